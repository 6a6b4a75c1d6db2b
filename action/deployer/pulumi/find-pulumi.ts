import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { effectFailure, inputFailure } from '../../../stacks/failure.ts';
import { buildPulumi } from './build-pulumi.ts';
import { isExecutable, lastLine, runProgram, type RunOptions } from './run-program.ts';

/** The version that our own SDK speaks to, and that is built when none can be found. */
export const pulumiVersion = '3.259.0';

export interface FoundPulumi {
  path: string;
  version: string;
  foundBy: string;
}

// A provider named by its path in the project's settings, and the events the SDK reads: not tried with earlier ones.
const minMinorVersion = 200;
const downloadTimeoutMs = 180_000;

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
    const version = await versionOf(named, env);
    if (typeof version === 'string') return { path: named, version, foundBy: 'EVENKEEL_PULUMI' };
    // Named and unusable is a mistake to correct, not one more place to pass over.
    throw inputFailure(
      'pulumi-missing',
      `EVENKEEL_PULUMI names ${named}, which ${version.reason}; correct or unset it`,
    );
  }
  const built = join(cacheHome(env), 'evenkeel', 'pulumi', pulumiVersion, 'pulumi');
  const namedHome = env['PULUMI_HOME'];
  const pulumiHome =
    namedHome === undefined || namedHome === '' ? join(homeDirectory(env), '.pulumi') : namedHome;
  const places: [string, string][] = [
    ...(env['PATH'] ?? '')
      .split(delimiter)
      .flatMap((directory): [string, string][] =>
        directory === '' || directory.includes('node_modules') ? [] : [[join(directory, 'pulumi'), 'PATH']],
      ),
    [join(pulumiHome, 'versions', pulumiVersion, 'bin', 'pulumi'), 'Pulumi’s own home'],
    [join(pulumiHome, 'bin', 'pulumi'), 'Pulumi’s own home'],
    [built, 'an earlier build'],
  ];
  for (const [path, foundBy] of places) {
    if (!isExecutable(path)) continue;
    const version = await versionOf(path, env);
    if (typeof version === 'string') return { path, version, foundBy };
    tried.push(`${path} ${version.reason}`);
  }
  if (tried.length === 0) tried.push('PATH and Pulumi’s own home have none');
  const downloaded = await download(options, pulumiHome, tried);
  if (downloaded !== null) return downloaded;
  const problem = await buildPulumi({ ...options, version: pulumiVersion, target: built });
  if (problem === null) return { path: built, version: pulumiVersion, foundBy: 'a build from the Go module' };
  if (options.signal.aborted) {
    throw effectFailure('interrupted', 'the search for the Pulumi CLI was called off', true);
  }
  throw missing([...tried, problem]);
}

function missing(tried: string[]): Error {
  return inputFailure(
    'pulumi-missing',
    `the Pulumi CLI is missing (tried: ${tried.join('; ')}); install Pulumi ${pulumiVersion} or name its path in EVENKEEL_PULUMI`,
  );
}

/** The official download into Pulumi's own home: by the npm package `pulumi`, or by the SDK where that is not installed. */
async function download(
  { env, progress, signal }: SearchOptions,
  pulumiHome: string,
  tried: string[],
): Promise<FoundPulumi | null> {
  progress(`downloading the Pulumi CLI ${pulumiVersion} …`);
  const path = join(pulumiHome, 'versions', pulumiVersion, 'bin', 'pulumi');
  const problem = await downloadInto(join(path, '..', '..'), { env, signal, timeoutMs: downloadTimeoutMs });
  const version = problem === null ? await versionOf(path, env) : null;
  if (typeof version === 'string') return { path, version, foundBy: 'the official download' };
  tried.push(`the official download failed (${problem ?? version?.reason ?? ''})`);
  return null;
}

/** Null when it worked, else why it did not. */
async function downloadInto(root: string, options: RunOptions): Promise<string | null> {
  let installer: string;
  try {
    installer = createRequire(import.meta.url).resolve('pulumi/lib/download.js');
  } catch {
    // The published bundle stands alone.
    const { PulumiCommand } = await import('@pulumi/pulumi/automation/index.js');
    try {
      // Its default is the SDK's own version, which is the one we want.
      await PulumiCommand.install({ root });
      return null;
    } catch (error) {
      return error instanceof Error ? lastLine(error.message) : String(error);
    }
  }
  const script =
    'require(process.argv[1]).installCLI(process.argv[2], process.argv[3]).catch((error) => { process.stderr.write(error.cause?.message ?? error.message); process.exit(1); })';
  const result = await runProgram(
    process.execPath,
    ['--eval', script, installer, pulumiVersion, root],
    options,
  );
  return result.ok ? null : lastLine(result.stderr);
}

async function versionOf(path: string, env: RunOptions['env']): Promise<string | { reason: string }> {
  if (!existsSync(path)) return { reason: 'does not exist' };
  const result = await runProgram(path, ['version'], {
    timeoutMs: 30_000,
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: 'true' },
  });
  const version = /^v?(\d+\.\d+\.\d+)/m.exec(result.stdout)?.[1];
  if (!result.ok || version === undefined) return { reason: 'is not a Pulumi CLI' };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 3 || minor < minMinorVersion) {
    return { reason: `is version ${version}, and 3.${minMinorVersion}.0 or a later 3 is needed` };
  }
  return version;
}

function cacheHome(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['XDG_CACHE_HOME'];
  return named === undefined || named === '' ? join(homeDirectory(env), '.cache') : named;
}

function homeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['HOME'];
  return named === undefined || named === '' ? homedir() : named;
}
