import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { gitSettings } from './git-repository.ts';

/** What a person or a script sees of one command. */
export interface CliResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface CliRun {
  directory: string;
  env?: Record<string, string>;
  /** What it reads on standard input; nothing unless said. */
  input?: string;
  /** Called with everything on stderr so far, whenever there is more; for a test that has to act meanwhile. */
  onProgress?(stderr: string, processId: number): void;
}

const cli = join(import.meta.dirname, '../../action/cli.ts');

/** Runs the command line in a process of its own, as a terminal would, but without one. */
export function runEvenkeel(
  args: readonly string[],
  { directory, env, input, onProgress }: CliRun,
): Promise<CliResult> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: directory,
      TMPDIR: process.env['TMPDIR'],
      ...gitSettings,
      ...env,
    },
  });
  // A command that does not read to the end closes the pipe; that is its business.
  child.stdin.on('error', () => undefined).end(input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    if (child.pid !== undefined) onProgress?.(stderr, child.pid);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
