import type { VersionCounters } from '../../../policies/judge/counter-increase.ts';

const boundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** So many requests, so many of them errors, all answered within about the same time. */
export function countsOf(requests: number, errors: number, ms: number): VersionCounters {
  return {
    requests,
    errors,
    latency: {
      boundsMs,
      counts: boundsMs.map((bound) => (ms <= bound ? requests : 0)),
      answered: requests,
    },
  };
}
