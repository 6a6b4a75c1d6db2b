import { spawn } from 'node:child_process';
import { redactText } from '../../policies/audit/redact.ts';
import type { CommandRun } from '../../analyzers/scope.ts';

const tailBytes = 8 * 1024;
/** From asking a command to end until it is ended. */
const graceMs = 2000;

/**
 * Runs one declared command: argument by argument, without a shell, with a time limit that ends its whole process
 * group, and with the end of what it printed, secrets taken out.
 */
export function runCommand(input: {
  service: string;
  command: string[];
  directory: string;
  timeoutSeconds: number;
  signal: AbortSignal;
}): Promise<CommandRun> {
  const [program = '', ...args] = input.command;
  const startedMs = performance.now();
  let tail = '';
  let isTimedOut = false;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: input.directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: 'true' },
    });
    const finish = (outcome: CommandRun['outcome'], exitCode: number | null): void => {
      clearTimeout(limit);
      clearTimeout(kill);
      input.signal.removeEventListener('abort', end);
      const { service, command } = input;
      const seconds = (performance.now() - startedMs) / 1000;
      resolve({ service, command, outcome, exitCode, seconds, outputTail: redactText(tail) });
    };
    const collect = (chunk: Buffer): void => {
      tail = (tail + chunk.toString('utf8')).slice(-tailBytes);
    };
    let kill: NodeJS.Timeout | undefined;
    const signalGroup = (signal: 'SIGTERM' | 'SIGKILL'): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // The group is gone already.
      }
    };
    const end = (): void => {
      signalGroup('SIGTERM');
      kill = setTimeout(() => signalGroup('SIGKILL'), graceMs);
    };
    const limit = setTimeout(() => {
      isTimedOut = true;
      end();
    }, input.timeoutSeconds * 1000);
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    input.signal.addEventListener('abort', end);
    child.once('error', (error) => {
      tail = error.message;
      finish('not-started', null);
    });
    child.once('close', (code) => finish(isTimedOut ? 'timed-out' : code === 0 ? 'passed' : 'failed', code));
  });
}
