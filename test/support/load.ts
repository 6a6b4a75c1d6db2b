import { Agent, request } from 'undici';

export interface LoadResult {
  requests: number;
  /** No answer at all, or the router's own 502, 503 or 504. */
  failed: number;
  /** Answers by the release named in the router's header. */
  byRelease: Record<string, number>;
  /** The release that each user met last, and how often it changed for them. */
  changesByUser: Map<string, string[]>;
  worstMs: number;
  /** The first few failures, as a person would want to see them. */
  failures: string[];
  /** When the latest request that failed had begun, on the clock of `performance.now()`. */
  lastFailedBeganMs: number;
}

export interface Load {
  result: LoadResult;
  stop(): Promise<LoadResult>;
}

/**
 * Closed load: `clients` connections, each sending its next request when the last was answered. One request in four is
 * a POST; with `keyed` it carries an Idempotency-Key.
 */
export function startLoad(url: string, clients: number, options: { keyed: boolean; users?: number }): Load {
  const agent = new Agent({ connections: clients, pipelining: 1 });
  const result: LoadResult = {
    requests: 0,
    failed: 0,
    byRelease: {},
    changesByUser: new Map(),
    worstMs: 0,
    failures: [],
    lastFailedBeganMs: 0,
  };
  let isStopped = false;
  let next = 0;
  const failed = (what: string, beganMs: number): void => {
    result.failed++;
    result.lastFailedBeganMs = Math.max(result.lastFailedBeganMs, beganMs);
    if (result.failures.length < 20) result.failures.push(what);
  };
  const client = async (): Promise<void> => {
    while (!isStopped) {
      const index = next++;
      const user = `user-${index % (options.users ?? 500)}`;
      const isPost = index % 4 === 3;
      const startedMs = performance.now();
      result.requests++;
      try {
        const response = await request(`${url}/`, {
          dispatcher: agent,
          method: isPost ? 'POST' : 'GET',
          headers: { 'x-user': user, ...(isPost && options.keyed ? { 'idempotency-key': `k${index}` } : {}) },
        });
        await response.body.dump();
        const release = String(response.headers['x-evenkeel-release'] ?? 'none');
        if (response.statusCode >= 502 && response.statusCode <= 504)
          failed(
            `${isPost ? 'POST' : 'GET'} ${response.statusCode} after ${(performance.now() - startedMs).toFixed(0)} ms`,
            startedMs,
          );
        result.byRelease[release] = (result.byRelease[release] ?? 0) + 1;
        const met = result.changesByUser.get(user) ?? [];
        if (met.at(-1) !== release) result.changesByUser.set(user, [...met, release]);
      } catch (error) {
        failed(
          `${isPost ? 'POST' : 'GET'} ${String(error)} after ${(performance.now() - startedMs).toFixed(0)} ms`,
          startedMs,
        );
      }
      result.worstMs = Math.max(result.worstMs, performance.now() - startedMs);
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    result,
    async stop() {
      if (!isStopped) {
        isStopped = true;
        await running;
        await agent.close();
      }
      return result;
    },
  };
}

/** Resolves once so many more requests have been answered: the tests' only clock. */
export async function afterRequests(load: Load, count: number): Promise<void> {
  const until = load.result.requests + count;
  while (load.result.requests < until) await new Promise((resolve) => setImmediate(resolve));
}
