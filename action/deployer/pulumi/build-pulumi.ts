import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isExecutable, lastLine, runProgram } from './run-program.ts';

export interface BuildOptions {
  version: string;
  /** Where the finished program goes. */
  target: string;
  env: Readonly<Record<string, string | undefined>>;
  progress(line: string): void;
  signal: AbortSignal;
}

const buildTimeoutMs = 30 * 60_000;

/**
 * Builds the CLI from its Go module, in a directory of its own; the finished program is moved into place in one step.
 * Only one process at a time builds, and the others take what it built. Null when `target` is there, else why it is not.
 */
export async function buildPulumi(options: BuildOptions): Promise<string | null> {
  const { version, target, env, progress, signal } = options;
  const go = await runProgram('go', ['version'], { env, signal, timeoutMs: 20_000 });
  if (!go.ok) return 'Go, to build it with, is not installed';
  mkdirSync(dirname(target), { recursive: true });
  const beganMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - beganMs) / 1000);
  const ticker = setInterval(() => progress(`still building the Pulumi CLI (${seconds()} s)`), 20_000);
  const letGo = await takeTurn(`${target}.building`, options);
  try {
    // Another process may have built it while this one waited.
    if (letGo === null || isExecutable(target)) return letGo === null ? 'the build was called off' : null;
    progress(`building the Pulumi CLI ${version} from its Go module; this takes about five minutes, once …`);
    const problem = await buildInto(options);
    if (problem === null) progress(`built the Pulumi CLI in ${seconds()} s`);
    return problem;
  } finally {
    clearInterval(ticker);
    letGo?.();
  }
}

/** Null when it worked, else a sentence on why it did not. */
async function buildInto({ version, target, env, signal }: BuildOptions): Promise<string | null> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-pulumi-'));
  // Beside the target: a rename is one step only inside a file system.
  const staged = `${target}.${process.pid}`;
  try {
    writeFileSync(join(directory, 'go.mod'), goModuleOf(version));
    writeFileSync(join(directory, 'tools.go'), goTools);
    const flags = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
    const steps = [
      ['mod', 'tidy'],
      ['build', '-ldflags', flags, '-o', staged, 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi'],
    ];
    for (const step of steps) {
      const result = await runProgram('go', step, { env, signal, timeoutMs: buildTimeoutMs, cwd: directory });
      if (!result.ok) return `the build from the Go module failed (${lastLine(result.stderr)})`;
    }
    renameSync(staged, target);
    return null;
  } finally {
    rmSync(directory, { recursive: true, force: true });
    rmSync(staged, { force: true });
  }
}

/** Waits until no living process holds the file, then holds it; the result lets go. Null when called off. */
async function takeTurn(file: string, { progress, signal }: BuildOptions): Promise<(() => void) | null> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    }
    if (!isHeld(file)) rmSync(file, { force: true });
    else {
      if (isFirst) progress('another process is building the Pulumi CLI; waiting for it …');
      await wait(500);
    }
  }
  return null;
}

function isHeld(file: string): boolean {
  try {
    const text = readFileSync(file, 'utf8');
    // Just made, and not yet written to.
    if (text === '') return true;
    process.kill(Number(text), 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

// The clipboard module's released version does not build everywhere; Pulumi itself replaces it, and a module that only
// uses Pulumi has to say so again.
const goModuleOf = (version: string): string => `module evenkeel.invalid/pulumi-cli

go 1.25

require github.com/pulumi/pulumi/pkg/v3 v${version}

replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
`;

const goTools = `//go:build tools

package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
`;
