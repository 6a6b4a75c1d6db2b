import { Failure } from '../../stacks/failure.ts';
import { startTraffic } from '../deployer/rehearsal/rehearsal-traffic.ts';
import { conformanceCases, destroyCase, type ConformanceCase } from './conformance-cases.ts';
import { Broken, type TargetBench } from './target-bench.ts';

/** What one case came to. */
export interface CaseResult {
  name: string;
  promise: string;
  outcome: 'passed' | 'failed' | 'not-applicable' | 'not-tried';
  message: string;
  /** Null where nothing is to be done. */
  remedy: string | null;
  seconds: number;
}

/** Some clouds take minutes for a balancer; what takes longer than this would be called off by a rollout as well. */
const usualCaseDeadlineMs = 15 * 60_000;

/**
 * Tries every case in order, with users under way from the first update on, and takes the target down at the end whatever
 * happened. Without a first release that is served nothing else can be tried.
 */
export async function runConformance(
  bench: TargetBench,
  signal: AbortSignal,
  report: (result: CaseResult) => void,
  cases: readonly ConformanceCase[] = conformanceCases,
  caseDeadlineMs = usualCaseDeadlineMs,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const add = (result: CaseResult): void => {
    results.push(result);
    report(result);
  };
  let users: Users | null = null;
  try {
    for (const one of cases) {
      if (signal.aborted) break;
      const isCreated = results.find(({ name }) => name === 'create')?.outcome;
      if (isCreated === 'failed') add(notTried(one));
      else add(await tryCase(one, { bench, signal, users, caseDeadlineMs }));
      if (one.name === 'create' && results.at(-1)?.outcome === 'passed') users = startUsers(bench, signal);
    }
  } finally {
    await users?.stop();
    // Also after an interruption: a signal that is spent would leave the target standing.
    const { signal: never } = new AbortController();
    add(await tryCase(destroyCase, { bench, signal: never, users: null, caseDeadlineMs }));
  }
  return results;
}

type Users = ReturnType<typeof startTraffic>;

function startUsers(bench: TargetBench, signal: AbortSignal): Users {
  return startTraffic({
    url: `${bench.publicUrl() ?? ''}${bench.service.healthPath}`,
    headersOf: (request) => bench.asUser(`evenkeel-test-user-${request}`),
    candidate: bench.green.digest,
    // A whole run takes a while, and what is counted exactly is measured on its own.
    pauseMs: 50,
    signal,
  });
}

interface Trial {
  bench: TargetBench;
  signal: AbortSignal;
  users: Users | null;
  caseDeadlineMs: number;
}

async function tryCase(
  one: ConformanceCase,
  { bench, signal, users, caseDeadlineMs }: Trial,
): Promise<CaseResult> {
  const startedAt = performance.now();
  const before = { ...(users?.seen() ?? { requests: 0, dropped: 0 }) };
  const result = (outcome: CaseResult['outcome'], message: string): CaseResult => ({
    name: one.name,
    promise: one.promise,
    outcome,
    message,
    remedy: outcome === 'failed' ? one.remedy : null,
    seconds: Math.round(performance.now() - startedAt) / 1000,
  });
  try {
    const seen = await inTime(caseDeadlineMs, signal, (limited) => one.run(bench, limited));
    const after = users?.seen() ?? { requests: 0, dropped: 0 };
    const dropped = after.dropped - before.dropped;
    if (dropped > 0 && one.mayDrop !== true) {
      const requests = after.requests - before.requests;
      return result('failed', `${dropped} of ${requests} users’ requests got no answer meanwhile`);
    }
    return seen === null
      ? result('not-applicable', 'this target has nothing of the kind to try')
      : result('passed', seen);
  } catch (error) {
    if (error instanceof Broken || error instanceof Failure) return result('failed', error.message);
    throw error;
  }
}

/** Trust boundary: somebody's module, which may hang, and need not hear that it is called off. */
async function inTime<Value>(
  deadlineMs: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const deadline = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    deadline.abort();
    reject(new Broken(`it did not end within ${deadlineMs / 1000} s, and was called off`));
  }, deadlineMs);
  try {
    return await Promise.race([run(AbortSignal.any([signal, deadline.signal])), late]);
  } finally {
    clearTimeout(timer);
  }
}

function notTried({ name, promise }: ConformanceCase): CaseResult {
  const message = 'the first release is not served, so nothing else can be tried';
  return { name, promise, outcome: 'not-tried', message, remedy: null, seconds: 0 };
}
