import { Agent, request } from 'undici';

export interface PacedResult {
  requests: number;
  /** No answer, or one of 500 and above. */
  failed: number;
  worstMs: number;
  failures: string[];
}

export interface PacedLoad {
  result: PacedResult;
  stop(): Promise<PacedResult>;
}

const pulseMs = 10;

/** Open load: so many GET requests a second, whether or not the ones before were answered; every one another user's. */
export function startPacedLoad(url: string, perSecond: number): PacedLoad {
  const agent = new Agent({ connections: 256, pipelining: 1 });
  const result: PacedResult = { requests: 0, failed: 0, worstMs: 0, failures: [] };
  const underWay = new Set<Promise<void>>();
  const fail = (what: string): void => {
    result.failed++;
    if (result.failures.length < 10) result.failures.push(what);
  };
  const send = async (): Promise<void> => {
    const sentMs = performance.now();
    try {
      const answer = await request(`${url}/`, {
        dispatcher: agent,
        headers: { 'x-user': `user-${result.requests++}` },
      });
      await answer.body.dump();
      if (answer.statusCode >= 500) fail(`${answer.statusCode}`);
    } catch (error) {
      fail(String(error));
    }
    result.worstMs = Math.max(result.worstMs, performance.now() - sentMs);
  };
  const beganMs = performance.now();
  let due = 0;
  const pulse = setInterval(() => {
    // A pulse that comes late does not send all that it missed in one burst.
    const owed = Math.floor(((performance.now() - beganMs) * perSecond) / 1000);
    const most = Math.ceil((perSecond * pulseMs * 3) / 1000);
    for (let sent = 0; due < owed && sent < most; due++, sent++) {
      const sending = send().finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
    due = owed;
  }, pulseMs);
  return {
    result,
    async stop() {
      clearInterval(pulse);
      await Promise.all(underWay);
      if (!agent.destroyed) await agent.close();
      return result;
    },
  };
}
