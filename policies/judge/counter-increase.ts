/**
 * From cumulative counters to what happened between two looks. Two trust boundaries are kept here: a counter that falls
 * has been reset, so all it shows is new; and a sample that cannot be right is no sample (`null`), never a zero.
 */
import type { Tick, VersionSample } from './tick.ts';

/**
 * Cumulative counts of one version, as a router reports them. `errors` includes answers with a 5xx status, requests that
 * got no answer and requests the router had to send again. `latency.counts[i]` is the number of answers within
 * `latency.boundsMs[i]` milliseconds, so it never falls with `i`; the bounds are finite and ascending, and
 * `latency.answered` is the number of all answers.
 */
export interface VersionCounters {
  requests: number;
  errors: number;
  latency: { boundsMs: readonly number[]; counts: readonly number[]; answered: number };
}

/** The readings that the next ones are counted from; plain JSON. */
export interface CountersSoFar {
  boundsMs: number[] | null;
  candidate: VersionCounters | null;
  baseline: VersionCounters | null;
}

export const noCounters: CountersSoFar = { boundsMs: null, candidate: null, baseline: null };

/**
 * From one look at both versions' counters to a tick. Before the bake both are counted at once or not at all, so that a
 * tick compares the same time; a look that was missed loses nothing, since the next one covers it. The bake does not need
 * the stable version, which may be gone. The first look only sets the base.
 */
export function countTick(
  soFar: CountersSoFar,
  look: { atSeconds: number; candidate: VersionCounters | null; baseline: VersionCounters | null },
  isBake: boolean,
): { soFar: CountersSoFar; tick: Tick } {
  const boundsMs =
    soFar.boundsMs ?? look.baseline?.latency.boundsMs ?? look.candidate?.latency.boundsMs ?? [];
  const candidate = readVersion(look.candidate, boundsMs);
  const baseline = readVersion(look.baseline, boundsMs);
  const isCounted = candidate !== null && (baseline !== null || isBake);
  const sampleOf = (
    previous: VersionCounters | null,
    current: VersionCounters | null,
  ): VersionSample | null =>
    current === null
      ? null
      : toSample(
          isCounted && previous !== null ? versionIncrease(previous, current) : emptyCounters(boundsMs),
        );
  return {
    tick: {
      atSeconds: look.atSeconds,
      candidate: sampleOf(soFar.candidate, candidate),
      baseline: sampleOf(soFar.baseline, baseline),
    },
    soFar: isCounted
      ? { boundsMs: [...boundsMs], candidate, baseline: baseline ?? soFar.baseline }
      : { ...soFar, boundsMs: boundsMs.length === 0 ? soFar.boundsMs : [...boundsMs] },
  };
}

/** What was counted, as the judge takes it. */
export function toSample({ requests, errors, latency }: VersionCounters): VersionSample {
  return {
    // A request fails at most once: errors above the requests are repetitions of the same ones.
    events: { errors: { events: Math.min(errors, requests), trials: requests } },
    latencies: {
      latency: {
        bounds: latency.boundsMs.map((boundMs) => boundMs / 1000),
        within: latency.counts,
        answered: latency.answered,
      },
    },
  };
}

/** The increase over a series of samples; `null` is a sample that is missing. The first one only sets the base. */
export function counterIncrease(samples: readonly (number | null)[]): number {
  let previous: number | null = null;
  let total = 0;
  for (const sample of samples) {
    if (sample === null) continue;
    if (previous !== null) total += sample < previous ? sample : sample - previous;
    previous = sample;
  }
  return total;
}

/**
 * What one version did between two readings. When any of its counters fell, all of them started again: the others may
 * have passed their old value already, and would hide what they counted since.
 */
export function versionIncrease(previous: VersionCounters, current: VersionCounters): VersionCounters {
  const pairs = zipCounters(previous, current);
  const isReset = pairs.some(([before, after]) => after < before);
  return isReset ? current : combineCounters(current, previous, (after, before) => after - before);
}

export function emptyCounters(boundsMs: readonly number[]): VersionCounters {
  return { requests: 0, errors: 0, latency: { boundsMs, counts: boundsMs.map(() => 0), answered: 0 } };
}

/**
 * A reading in the judge's own shape, or null when it cannot be right. A histogram with other bounds than the ones the
 * rollout began with counts as no latency at all: its shares could not be compared.
 */
export function readVersion(
  counters: VersionCounters | null,
  boundsMs: readonly number[],
): VersionCounters | null {
  if (counters === null) return null;
  const { requests, errors, latency } = counters;
  if (![requests, errors, latency.answered, ...latency.counts].every(isCount)) return null;
  const isSameHistogram =
    latency.boundsMs.length === boundsMs.length &&
    latency.counts.length === boundsMs.length &&
    boundsMs.every((bound, index) => latency.boundsMs[index] === bound);
  const { latency: none } = emptyCounters(boundsMs);
  return {
    requests,
    errors,
    latency: isSameHistogram ? { boundsMs, counts: [...latency.counts], answered: latency.answered } : none,
  };
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

function combineCounters(
  first: VersionCounters,
  second: VersionCounters,
  combine: (a: number, b: number) => number,
): VersionCounters {
  return {
    requests: combine(first.requests, second.requests),
    errors: combine(first.errors, second.errors),
    latency: {
      boundsMs: first.latency.boundsMs,
      counts: first.latency.counts.map((count, index) => combine(count, second.latency.counts[index] ?? 0)),
      answered: combine(first.latency.answered, second.latency.answered),
    },
  };
}

function zipCounters(previous: VersionCounters, current: VersionCounters): [number, number][] {
  return [
    [previous.requests, current.requests],
    [previous.errors, current.errors],
    [previous.latency.answered, current.latency.answered],
    ...previous.latency.counts.map((count, index): [number, number] => [
      count,
      current.latency.counts[index] ?? 0,
    ]),
  ];
}
