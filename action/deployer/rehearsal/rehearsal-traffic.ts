/**
 * Our own requests while a rollback is rehearsed, so that its figures are true on a service without traffic too. They
 * are sent as ordinary users, each with a key of its own, and what answered each is read from the release header.
 */
import { setTimeout as pause } from 'node:timers/promises';

const clients = 8;
/** It is the users' service, and an update of a target may take minutes. */
const usualPauseMs = 10;
const requestTimeoutMs = 5000;

export interface TrafficOptions {
  url: string;
  /** Headers of the request with this number: who its user is. */
  headersOf(request: number): Record<string, string>;
  candidate: string;
  /** Between two requests of one client. */
  pauseMs?: number;
  signal: AbortSignal;
}

/** What was seen so far. Times are of `performance.now()`. */
export interface TrafficSeen {
  requests: number;
  /** Got no answer from any version. */
  dropped: number;
  /** Answered by the candidate. */
  met: number;
  /** Answers that named their release. */
  named: number;
  /** When the last request that met the candidate was sent. */
  lastMetSentAt: number | null;
  /** Requests answered in a row, the newest last, none of them by the candidate and none dropped. */
  awayInARow: number;
}

export interface RehearsalTraffic {
  seen(): Readonly<TrafficSeen>;
  /** Starts `awayInARow` anew: only requests that are sent from now on count into it. */
  countFromNow(): void;
  /** Looks after every answer; false when `requests` more or `milliseconds` have passed without it, or the traffic ended. */
  until(
    isEnough: (seen: TrafficSeen) => boolean,
    limit: { requests: number; milliseconds: number },
  ): Promise<boolean>;
  stop(): Promise<void>;
}

export function startTraffic(options: TrafficOptions): RehearsalTraffic {
  const seen: TrafficSeen = {
    requests: 0,
    dropped: 0,
    met: 0,
    named: 0,
    lastMetSentAt: null,
    awayInARow: 0,
  };
  let sent = 0;
  let countsFrom = 0;
  let isStopped = false;
  let looks: (() => void)[] = [];

  async function client(): Promise<void> {
    while (!isStopped && !options.signal.aborted) {
      const sentAt = performance.now();
      add(await ask(options, sent++), sentAt);
      await pause(options.pauseMs ?? usualPauseMs);
    }
  }

  function add(answer: Answer, sentAt: number): void {
    const isAway = !answer.isDropped && answer.release !== options.candidate;
    seen.requests += 1;
    if (answer.isDropped) seen.dropped += 1;
    if (answer.release !== null) seen.named += 1;
    if (answer.release === options.candidate) {
      seen.met += 1;
      seen.lastMetSentAt = Math.max(seen.lastMetSentAt ?? 0, sentAt);
    }
    if (sentAt >= countsFrom) seen.awayInARow = isAway ? seen.awayInARow + 1 : 0;
    for (const look of looks) look();
  }

  const running = Promise.all(Array.from({ length: clients }, client)).then(() => {
    for (const look of looks) look();
  });
  return {
    seen: () => seen,
    countFromNow() {
      countsFrom = performance.now();
      seen.awayInARow = 0;
    },
    async until(isEnough, limit) {
      const last = seen.requests + limit.requests;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const look = (): void => {
        if (isEnough(seen)) resolve(true);
        else if (seen.requests >= last || isStopped || options.signal.aborted) resolve(false);
      };
      const timer = setTimeout(() => resolve(isEnough(seen)), limit.milliseconds);
      looks.push(look);
      look();
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        looks = looks.filter((one) => one !== look);
      }
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

interface Answer {
  isDropped: boolean;
  release: string | null;
}

/** An answer of any status counts, but for a balancer's own "nobody answered" (502, 503, 504). */
async function ask({ url, headersOf, signal }: TrafficOptions, request: number): Promise<Answer> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { 'user-agent': 'evenkeel-rehearsal', ...headersOf(request) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
    await response.arrayBuffer();
    return {
      isDropped: [502, 503, 504].includes(response.status),
      release: response.headers.get('x-evenkeel-release'),
    };
  } catch {
    // Called off is no loss of the service's.
    return { isDropped: !signal.aborted, release: null };
  }
}
