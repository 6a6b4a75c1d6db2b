import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Comparison, ComparisonOutcome } from '../../analyzers/compare/comparison.ts';
import { unprovenOutcome } from '../../analyzers/compare/outcome-of.ts';
import { compareRules } from '../../analyzers/compare/rules.ts';
import { Failure } from '../../stacks/failure.ts';
import type { ComparisonReply, ComparisonRequest } from './comparison-worker.ts';

export interface ComparisonLimits {
  /** For one comparison; the process is ended after it. */
  seconds: number;
  /** Of its own heap. */
  memoryMegabytes: number;
}

/** Compares one after the other, each within its limits, whatever stands in the texts. `close` when done. */
export interface ComparisonRunner {
  /** Starts the process, for whoever has texts to read before there is something to compare. */
  prepare(): void;
  run(comparison: Comparison): Promise<ComparisonOutcome>;
  close(): Promise<void>;
}

/** How a comparison ended that has no answer of its own. */
type Ending = { outcome: ComparisonOutcome } | { limit: string; key: string };

/**
 * Comparisons run in a process that is kept from one to the next, and started anew when it died of one. What it died of
 * is the answer: `unproven`, naming the limit. Fails only when the signal is aborted.
 */
export function openComparisonRunner(limits: ComparisonLimits, signal: AbortSignal): ComparisonRunner {
  let thread: ChildProcess | null = null;
  /** Ends the comparison that is running; nothing when none is. */
  let settle: (ending: Ending | Failure, isThreadOver: boolean) => void = () => undefined;
  let count = 0;

  function start(): ChildProcess {
    const worker = startWorker(limits);
    const failed = (limit: string, key: string) => {
      // What an earlier thread still has to say was answered for when it was ended.
      if (worker === thread) settle({ limit, key }, true);
    };
    worker.on('message', (reply: ComparisonReply) => {
      if (worker !== thread || reply.number !== count) return;
      if ('outcome' in reply) settle({ outcome: reply.outcome }, false);
      else failed(`it failed, which is a fault in evenkeel (${reply.fault})`, 'fault');
    });
    worker.on('error', (error) => failed(`its process could not be used (${error.message})`, 'fault'));
    // A heap that is full ends in an abort: V8 leaves nothing to be caught.
    worker.on('exit', (code, ended) => {
      if (ended === 'SIGABRT' || code === 134)
        failed(`it needed more memory than ${limits.memoryMegabytes} MB`, 'memory');
      else failed(`its process ended (${ended ?? code})`, 'exit');
      // One that ended while it had nothing to do is started anew.
      if (worker === thread) thread = null;
    });
    return worker;
  }

  async function ask(comparison: Comparison): Promise<Ending> {
    const number = ++count;
    const worker = (thread ??= start());
    const ending = await new Promise<Ending | Failure>((resolve) => {
      const onAbort = () => settle(interrupted(), true);
      const timer = setTimeout(
        () => settle({ limit: `it took longer than ${limits.seconds} s`, key: 'time' }, true),
        limits.seconds * 1000,
      );
      settle = (how, isThreadOver) => {
        settle = () => undefined;
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        if (!isThreadOver) {
          resolve(how);
          return;
        }
        thread = null;
        worker.kill('SIGKILL');
        resolve(how);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      worker.send({ number, comparison } satisfies ComparisonRequest);
    });
    if (ending instanceof Failure) throw ending;
    return ending;
  }

  return {
    prepare() {
      thread ??= start();
    },
    async run(comparison) {
      if (signal.aborted) throw interrupted();
      const ending = await ask(comparison);
      if ('outcome' in ending) return ending.outcome;
      const path = [...(comparison.before.at(-1)?.keys() ?? []), ...comparison.after.keys()].at(-1) ?? '';
      const message = `the two versions could not be compared: ${ending.limit}`;
      return unprovenOutcome(compareRules.finishInTime, { path, key: ending.key, message });
    },
    close() {
      thread?.kill('SIGKILL');
      thread = null;
      return Promise.resolve();
    },
  };
}

function startWorker({ memoryMegabytes }: ComparisonLimits): ChildProcess {
  const name = import.meta.url.endsWith('.ts') ? './comparison-worker.ts' : './comparison-worker.js';
  return fork(fileURLToPath(new URL(name, import.meta.url)), [], {
    execArgv: [`--max-old-space-size=${memoryMegabytes}`],
    // Maps and undefined values arrive as what they are.
    serialization: 'advanced',
    // What a library prints must not end up between the answers.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

function interrupted(): Failure {
  return new Failure('effect', 'interrupted', 'interrupted', true);
}
