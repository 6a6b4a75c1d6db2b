import { spawn } from 'node:child_process';
import { redactText } from '../../policies/audit/redact.ts';
import type { CommandRun } from '../../analyzers/scope.ts';
import { environmentOfCommand } from './command-environment.ts';

const tailCharacters = 8 * 1024;
/** From asking a command to end until it is ended. */
const graceMs = 2000;

export interface CommandToRun {
  service: string;
  command: string[];
  directory: string;
  timeoutSeconds: number;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/**
 * Runs one declared command: argument by argument, without a shell and without the workflow's secrets, with a time limit
 * that ends its whole process group, and with the end of what it printed, secrets taken out. What it leaves running ends
 * with it. Never fails: what went wrong is the outcome.
 */
export function runCommand(input: CommandToRun): Promise<CommandRun> {
  const [program = '', ...args] = input.command;
  const startedMs = performance.now();
  const { text, collect } = outputTail();
  let isTimedOut = false;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: input.directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environmentOfCommand(input.env),
    });
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
      kill ??= setTimeout(() => signalGroup('SIGKILL'), graceMs);
    };
    const limit = setTimeout(() => {
      isTimedOut = true;
      end();
    }, input.timeoutSeconds * 1000);
    // Pressed three times, Ctrl-C ends this process at once; what it started must not outlive it.
    const endAtOnce = (): void => signalGroup('SIGKILL');
    process.once('exit', endAtOnce);
    input.signal.addEventListener('abort', end);
    const finish = (outcome: CommandRun['outcome'], exitCode: number | null, printed: string): void => {
      clearTimeout(limit);
      clearTimeout(kill);
      process.off('exit', endAtOnce);
      input.signal.removeEventListener('abort', end);
      const { service, command } = input;
      const seconds = (performance.now() - startedMs) / 1000;
      resolve({ service, command, outcome, exitCode, seconds, outputTail: printed });
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.once('error', (error) => finish('not-started', null, error.message));
    // A server that it left in the background would otherwise keep its output open until the time limit.
    child.once('exit', () => signalGroup('SIGKILL'));
    child.once('close', (code) =>
      finish(isTimedOut ? 'timed-out' : code === 0 ? 'passed' : 'failed', code, text()),
    );
  });
}

/** The end of a stream of text. More is kept than is given, so that a secret is whole when it is looked for. */
function outputTail(): { collect(chunk: string): void; text(): string } {
  let kept = '';
  return {
    collect(chunk) {
      kept = (kept + chunk).slice(-8 * tailCharacters);
    },
    text: () => redactText(kept).slice(-tailCharacters),
  };
}
