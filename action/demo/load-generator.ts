import { Agent, request } from 'undici';

/** What users saw since the generator was started; `dropped` are requests that no version answered. */
export interface LoadCounts {
  requests: number;
  dropped: number;
  /** Answers by the release that gave them, as the router or the service names it. */
  byRelease: Record<string, { requests: number; errors: number }>;
}

export interface LoadGenerator {
  counts(): LoadCounts;
  stop(): Promise<void>;
}

const users = 2000;

/**
 * Steady open load: a request every `1000 / requestsPerSecond` milliseconds whatever became of the one before, one in
 * ten a payment with an idempotency key, the rest orders; each by one of two thousand users.
 */
export function startLoad(url: string, requestsPerSecond: number): LoadGenerator {
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const counts: LoadCounts = { requests: 0, dropped: 0, byRelease: {} };
  const underWay = new Set<Promise<void>>();
  const startedMs = performance.now();
  let sent = 0;

  async function send(index: number): Promise<void> {
    const isPayment = index % 10 === 9;
    const user = `user-${(index * 7919) % users}`;
    try {
      const response = await request(isPayment ? `${url}/payments` : `${url}/orders/${(index * 31) % 1000}`, {
        dispatcher: agent,
        method: isPayment ? 'POST' : 'GET',
        headers: isPayment ? { 'x-user': user, 'idempotency-key': `key-${index}` } : { 'x-user': user },
        headersTimeout: 10_000,
      });
      await response.body.dump();
      const header = response.headers['x-evenkeel-release'];
      count(typeof header === 'string' ? header : null, response.statusCode);
    } catch {
      counts.dropped++;
    } finally {
      counts.requests++;
    }
  }

  function count(release: string | null, status: number): void {
    // The router's own answers name no release: nobody behind it answered.
    if (release === null) {
      counts.dropped++;
      return;
    }
    const version = (counts.byRelease[release] ??= { requests: 0, errors: 0 });
    version.requests++;
    if (status >= 500) version.errors++;
  }

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * requestsPerSecond);
    for (; sent < due; sent++) {
      const sending: Promise<void> = send(sent).finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
  }, 5);

  return {
    counts: () => structuredClone(counts),
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      await agent.close();
    },
  };
}
