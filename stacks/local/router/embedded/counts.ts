import { latencyBoundsMs, type ReleaseCounters } from '../router.ts';

/** Counts as the data path keeps them: one slot of the histogram is touched per answer. */
export interface Counts {
  requests: number;
  errors: number;
  inFlight: number;
  answered: number;
  /** Answers between the bound before and this one. */
  slots: number[];
}

/** Begins at nothing, or where a router that was restarted had stopped; nothing is in flight then. */
export function newCounts(kept?: ReleaseCounters): Counts {
  const within = kept?.latency.counts ?? [];
  return {
    requests: kept?.requests ?? 0,
    errors: kept?.errors ?? 0,
    inFlight: 0,
    answered: kept?.latency.answered ?? 0,
    slots: latencyBoundsMs.map((_, index) => (within[index] ?? 0) - (within[index - 1] ?? 0)),
  };
}

export function observe(counts: Counts, elapsedMs: number): void {
  counts.answered++;
  for (let index = 0; index < latencyBoundsMs.length; index++) {
    if (elapsedMs > (latencyBoundsMs[index] ?? 0)) continue;
    counts.slots[index] = (counts.slots[index] ?? 0) + 1;
    return;
  }
}

export function readCounts({ requests, errors, inFlight, answered, slots }: Counts): ReleaseCounters {
  let sum = 0;
  const counts = slots.map((slot) => (sum += slot));
  return { requests, errors, inFlight, latency: { boundsMs: latencyBoundsMs, counts, answered } };
}
