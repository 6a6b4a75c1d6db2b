import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What one command said: its JSON object, its exit code, and its progress lines with the time each came. */
export interface CommandOutcome {
  exitCode: number | null;
  decision: string;
  reasonCode: string;
  result: Record<string, unknown>;
  lines: { atMs: number; text: string }[];
}

export interface RunningCommand {
  process: ChildProcess;
  outcome: Promise<CommandOutcome>;
  /** Resolves when a progress line has this text; false when the command ended without it. */
  waitForLine(text: string): Promise<boolean>;
}

/** Starts the same program again as a user would from another terminal. */
export function startEvenkeel(
  args: string[],
  options: { directory: string; onLine: (line: string) => void },
): RunningCommand {
  const entry = process.argv[1];
  if (entry === undefined) throw new Error('the program was started without a file');
  const child = spawn(process.execPath, [entry, ...args, '--json'], {
    cwd: options.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: { atMs: number; text: string }[] = [];
  const waiting: { text: string; resolve: (isSeen: boolean) => void }[] = [];
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  createInterface({ input: child.stderr }).on('line', (text) => {
    lines.push({ atMs: performance.now(), text });
    options.onLine(text);
    for (const waiter of waiting.filter((candidate) => text.includes(candidate.text))) waiter.resolve(true);
  });
  const outcome = new Promise<CommandOutcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      for (const waiter of waiting) waiter.resolve(false);
      resolve({ exitCode, lines, ...parsePrinted(printed) });
    });
  });
  return {
    process: child,
    outcome,
    waitForLine: (text) =>
      new Promise((resolve) => {
        if (lines.some((line) => line.text.includes(text))) resolve(true);
        else if (child.exitCode !== null || child.signalCode !== null) resolve(false);
        else waiting.push({ text, resolve });
      }),
  };
}

function parsePrinted(printed: string): Pick<CommandOutcome, 'decision' | 'reasonCode' | 'result'> {
  let value: unknown = null;
  try {
    value = JSON.parse(printed);
  } catch {
    // A command that was killed has printed nothing.
  }
  const field = (name: string): unknown =>
    typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
  const word = (name: string): string => {
    const text = field(name);
    return typeof text === 'string' ? text : 'none';
  };
  const result = field('result');
  return {
    decision: word('decision'),
    reasonCode: word('reasonCode'),
    result: typeof result === 'object' && result !== null ? Object.fromEntries(Object.entries(result)) : {},
  };
}
