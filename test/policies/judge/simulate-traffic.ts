import type { VersionCounters } from '../../../policies/judge/counter-increase.ts';

/** How one version behaves: its share of errors, and how long an answer takes, from a uniform number. */
export interface Behaviour {
  errorRate: number;
  latencyMs(uniform: number): number;
}

export const boundsMs: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** The same numbers for the same seed, on every machine (mulberry32). */
export function seedRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A latency with the given median whose slowest hundredth takes about six times as long. */
export function aroundMs(medianMs: number): (uniform: number) => number {
  // The logistic quantile: close to a log-normal, with a heavier tail.
  return (uniform) => medianMs * ((uniform + 1e-9) / (1 - uniform + 1e-9)) ** 0.4;
}

export function startCounters(): VersionCounters {
  return { requests: 0, errors: 0, latency: { boundsMs, counts: boundsMs.map(() => 0), answered: 0 } };
}

/** The counters after some more requests. */
export function serve(
  counters: VersionCounters,
  requests: number,
  behaviour: Behaviour,
  random: () => number,
): VersionCounters {
  const counts = [...counters.latency.counts];
  let errors = counters.errors;
  for (let request = 0; request < requests; request++) {
    if (random() < behaviour.errorRate) errors++;
    const tookMs = behaviour.latencyMs(random());
    for (let index = boundsMs.length - 1; index >= 0 && tookMs <= (boundsMs[index] ?? 0); index--)
      counts[index] = (counts[index] ?? 0) + 1;
  }
  return {
    requests: counters.requests + requests,
    errors,
    latency: { boundsMs, counts, answered: counters.latency.answered + requests },
  };
}

/** How many of `requests` go to the candidate. */
export function split(requests: number, share: number, random: () => number): number {
  let chosen = 0;
  for (let request = 0; request < requests; request++) if (random() < share) chosen++;
  return chosen;
}
