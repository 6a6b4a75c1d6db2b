import { spawnSync } from 'node:child_process';

interface Task {
  command: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** What it has to end with; 0 when left out. */
  exitCode?: number;
  /** What it has to print, so that a program that could not even start is not taken for a fast one. */
  prints?: RegExp;
}

export interface PairedTimes {
  /** Medians over the rounds, in milliseconds, and the median of the rounds' own ratios. */
  firstMs: number;
  secondMs: number;
  ratio: number;
}

/**
 * Times two commands in turn, A B A B …, as whole processes. The ratio is taken round by round, so that it holds when
 * the machine's speed drifts. A command that fails ends the bench: a figure of something that did not work is no figure.
 */
export function timePaired(first: Task, second: Task, rounds: number): PairedTimes {
  const firsts: number[] = [];
  const seconds: number[] = [];
  const ratios: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const firstMs = timeOnce(first);
    const secondMs = timeOnce(second);
    // The first round only warms the file cache.
    if (round < 0) continue;
    firsts.push(firstMs);
    seconds.push(secondMs);
    ratios.push(firstMs / secondMs);
  }
  return { firstMs: median(firsts), secondMs: median(seconds), ratio: median(ratios) };
}

/** The median of one command's times, for when its peer is not there. */
export function timeSingle(task: Task, rounds: number): number {
  timeOnce(task);
  return median(Array.from({ length: rounds }, () => timeOnce(task)));
}

function timeOnce(task: Task): number {
  const [program = '', ...args] = task.command;
  const started = performance.now();
  const result = spawnSync(program, args, {
    env: { ...process.env, ...task.env },
    ...(task.cwd === undefined ? {} : { cwd: task.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
  const elapsedMs = performance.now() - started;
  const isRight = task.prints === undefined || task.prints.test(result.stdout.toString());
  if (result.status !== (task.exitCode ?? 0) || !isRight) {
    throw new Error(
      `${task.command.join(' ')} ended with ${String(result.status)}: ${result.stderr.toString().slice(-500)}`,
    );
  }
  return elapsedMs;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
