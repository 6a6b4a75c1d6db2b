import { execFile } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inputFailure } from '../../../stacks/failure.ts';

/** The version that our own SDK speaks to, and that is built when none can be found. */
export const pulumiVersion = '3.259.0';

export interface FoundPulumi {
  path: string;
  version: string;
  foundBy: string;
}

interface SearchOptions {
  env: Readonly<Record<string, string | undefined>>;
  progress(line: string): void;
  signal: AbortSignal;
}

/**
 * Finds the Pulumi CLI, or gets it: `EVENKEEL_PULUMI`, PATH, Pulumi's own home, a build of an earlier run, the npm
 * package's download, a build from the Go module. When none works, one failure lists what was tried.
 */
export async function findPulumi(options: SearchOptions): Promise<FoundPulumi> {
  const { env } = options;
  const tried: string[] = [];
  const named = env['EVENKEEL_PULUMI'];
  if (named !== undefined && named !== '') {
    const version = await versionOf(named);
    if (typeof version === 'string') return { path: named, version, foundBy: 'EVENKEEL_PULUMI' };
    // Named and unusable is a mistake to correct, not one more place to pass over.
    throw inputFailure(
      'pulumi-missing',
      `EVENKEEL_PULUMI names ${named}, which ${version.reason}; correct or unset it`,
    );
  }
  const built = join(cacheHome(env), 'evenkeel', 'pulumi', pulumiVersion, 'pulumi');
  const places: [string, string][] = [
    ...(env['PATH'] ?? '')
      .split(delimiter)
      .flatMap((directory): [string, string][] =>
        directory === '' || directory.includes('node_modules') ? [] : [[join(directory, 'pulumi'), 'PATH']],
      ),
    [
      join(env['PULUMI_HOME'] ?? join(homedir(), '.pulumi'), 'versions', pulumiVersion, 'bin', 'pulumi'),
      'Pulumi’s own home',
    ],
    [join(env['PULUMI_HOME'] ?? join(homedir(), '.pulumi'), 'bin', 'pulumi'), 'Pulumi’s own home'],
    [built, 'an earlier build'],
  ];
  for (const [path, foundBy] of places) {
    if (!isExecutable(path)) continue;
    const version = await versionOf(path);
    if (typeof version === 'string') return { path, version, foundBy };
    tried.push(`${path} ${version.reason}`);
  }
  if (tried.length === 0) tried.push('PATH and Pulumi’s own home have none');
  return (await download(options, tried)) ?? (await build(options, built, tried)) ?? giveUp(tried);
}

function giveUp(tried: string[]): never {
  throw inputFailure(
    'pulumi-missing',
    `the Pulumi CLI is missing (tried: ${tried.join('; ')}); install Pulumi ${pulumiVersion} or name its path in EVENKEEL_PULUMI`,
  );
}

/** The npm package `pulumi` downloads the official CLI into Pulumi's own home. */
async function download({ progress, signal }: SearchOptions, tried: string[]): Promise<FoundPulumi | null> {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve('pulumi/run.js');
  } catch {
    tried.push('the npm package pulumi is not installed');
    return null;
  }
  progress(`downloading the Pulumi CLI ${pulumiVersion} …`);
  const script =
    'require(process.argv[1]).resolve().then((path) => process.stdout.write(path), (error) => { process.stderr.write(error.message); process.exit(1); })';
  const result = await run(process.execPath, ['--eval', script, join(entry, '..', 'lib', 'resolve.js')], {
    signal,
    timeoutMs: 180_000,
  });
  const path = result.stdout.trim().split('\n').at(-1) ?? '';
  const version = result.ok && path !== '' ? await versionOf(path) : null;
  if (typeof version === 'string') return { path, version, foundBy: 'the npm package’s download' };
  tried.push(`the npm package’s download failed (${lastLine(result.stderr)})`);
  return null;
}

/** Builds the CLI from its Go module in a directory of its own; the finished program is moved into place in one step. */
async function build(
  { progress, signal }: SearchOptions,
  target: string,
  tried: string[],
): Promise<FoundPulumi | null> {
  const go = await run('go', ['version'], { signal, timeoutMs: 20_000 });
  if (!go.ok) {
    tried.push('Go, to build it with, is not installed');
    return null;
  }
  progress(
    `building the Pulumi CLI ${pulumiVersion} from its Go module; this takes about five minutes, once …`,
  );
  const beganMs = performance.now();
  const ticker = setInterval(
    () => progress(`still building the Pulumi CLI (${Math.round((performance.now() - beganMs) / 1000)} s)`),
    20_000,
  );
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-pulumi-'));
  try {
    writeFileSync(join(directory, 'go.mod'), goModule);
    writeFileSync(join(directory, 'tools.go'), goTools);
    const output = join(directory, 'pulumi');
    const flags = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiVersion}`;
    const steps = [
      ['mod', 'tidy'],
      ['build', '-ldflags', flags, '-o', output, 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi'],
    ];
    for (const step of steps) {
      const result = await run('go', step, { signal, timeoutMs: 30 * 60_000, cwd: directory });
      if (result.ok) continue;
      tried.push(`the build from the Go module failed (${lastLine(result.stderr)})`);
      return null;
    }
    mkdirSync(join(target, '..'), { recursive: true });
    // Beside the target first: a rename is one step only inside a file system.
    const staged = `${target}.${process.pid}`;
    const copy = await run('cp', [output, staged], { signal, timeoutMs: 60_000 });
    if (!copy.ok) {
      tried.push(`the built CLI could not be kept in ${target} (${lastLine(copy.stderr)})`);
      return null;
    }
    renameSync(staged, target);
    progress(`built the Pulumi CLI in ${Math.round((performance.now() - beganMs) / 1000)} s`);
    return { path: target, version: pulumiVersion, foundBy: 'a build from the Go module' };
  } finally {
    clearInterval(ticker);
    rmSync(directory, { recursive: true, force: true });
  }
}

// The clipboard module's released version does not build everywhere; Pulumi itself replaces it, and a module that only
// uses Pulumi has to say so again.
const goModule = `module evenkeel.invalid/pulumi-cli

go 1.25

require github.com/pulumi/pulumi/pkg/v3 v${pulumiVersion}

replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
`;

const goTools = `//go:build tools

package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
`;

async function versionOf(path: string): Promise<string | { reason: string }> {
  if (!existsSync(path)) return { reason: 'does not exist' };
  const result = await run(path, ['version'], {
    timeoutMs: 30_000,
    env: { PULUMI_SKIP_UPDATE_CHECK: 'true' },
  });
  const version = /^v?(3\.\d+\.\d+)/m.exec(result.stdout)?.[1];
  if (!result.ok || version === undefined) return { reason: 'is not a Pulumi CLI of version 3' };
  return version;
}

interface RunResult {
  ok: boolean;
  stdout: string;
  stderr: string;
}

function run(
  program: string,
  args: string[],
  options: { signal?: AbortSignal; timeoutMs: number; cwd?: string; env?: Record<string, string> },
): Promise<RunResult> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      {
        encoding: 'utf8',
        timeout: options.timeoutMs,
        maxBuffer: 1 << 24,
        env: { ...process.env, ...options.env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (error, stdout, stderr) =>
        resolve({ ok: error === null, stdout, stderr: stderr === '' ? (error?.message ?? '') : stderr }),
    );
  });
}

function cacheHome(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['XDG_CACHE_HOME'];
  return named === undefined || named === '' ? join(homedir(), '.cache') : named;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}
