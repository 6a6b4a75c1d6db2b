/**
 * From raw samples to what happened in a window. Every series is corrected for resets by itself; summed up before that, a
 * reset of one instance would hide what the others counted. Nothing is extrapolated: `increase()` of the server's does, and
 * would count events that never were.
 */
import { counterIncrease } from '../../../policies/judge/counter-increase.ts';
import type { RawSeries } from './read-samples.ts';

/** Seconds since 1970; events after `fromSeconds` up to `toSeconds`. */
export interface Window {
  fromSeconds: number;
  toSeconds: number;
}

/**
 * What was seen of each scrape target, over all of its series: its first sample, before the window or in it, and its newest
 * up to the window's end. A scrape brings all series of a target or none, so one tells about the others.
 */
export type Targets = ReadonlyMap<string, { firstSeconds: number; lastSeconds: number }>;

export function targetOf({ labels }: RawSeries): string {
  return JSON.stringify([labels['job'] ?? '', labels['instance'] ?? '']);
}

export function targetsOf(series: readonly RawSeries[], window: Window): Targets {
  const targets = new Map<string, { firstSeconds: number; lastSeconds: number }>();
  for (const own of series) {
    const times = timesOf(own);
    const first = times[0];
    if (first === undefined) continue;
    const known = targets.get(targetOf(own));
    const last = times.findLast((at) => at <= window.toSeconds) ?? -Infinity;
    targets.set(targetOf(own), {
      firstSeconds: Math.min(known?.firstSeconds ?? Infinity, first),
      lastSeconds: Math.max(known?.lastSeconds ?? -Infinity, last),
    });
  }
  return targets;
}

/**
 * What a counter counted in the window. A series that begins inside it on a target that was seen earlier is a new label
 * (the first 503): it counts from zero. Where the target itself is new, or was away for long, what its counters held at
 * first is not of this window: they count from their first sample.
 */
export function increaseOf(series: RawSeries, targets: Targets, window: Window): number {
  const { base, inside } = samplesIn(series, window);
  if (base !== null) return counterIncrease([base, ...inside]);
  return counterIncrease(isNewLabel(series, targets) ? [0, ...inside] : inside);
}

export function isNewLabel(series: RawSeries, targets: Targets): boolean {
  const [begins] = timesOf(series);
  const seen = targets.get(targetOf(series));
  return seen !== undefined && begins !== undefined && seen.firstSeconds < begins;
}

/**
 * How many samples a series has in the window of those it should have. Null for one that begins inside, and for one that
 * ended while its target went on, which owes none after its end.
 */
export function coverageOf(
  series: RawSeries,
  targets: Targets,
  window: Window,
  scrapeSeconds: number,
): number | null {
  const times = timesOf(series).filter((at) => at <= window.toSeconds);
  const [begins] = times;
  const last = times.at(-1);
  if (begins === undefined || last === undefined || begins > window.fromSeconds) return null;
  const hasEnded = (targets.get(targetOf(series))?.lastSeconds ?? last) > last;
  if (hasEnded && last <= window.fromSeconds) return null;
  const seconds = (hasEnded ? last : window.toSeconds) - window.fromSeconds;
  const expected = Math.max(1, Math.floor(seconds / scrapeSeconds));
  return times.filter((at) => at > window.fromSeconds).length / expected;
}

/** The last sample before the window (null: none) and those inside it, in order; what is not a number is left out. */
export function samplesIn(
  { samples }: RawSeries,
  window: Window,
): { base: number | null; inside: readonly number[] } {
  let base: number | null = null;
  const inside: number[] = [];
  for (const { atSeconds, value } of samples) {
    if (Number.isNaN(value) || atSeconds > window.toSeconds) continue;
    if (atSeconds <= window.fromSeconds) base = value;
    else inside.push(value);
  }
  return { base, inside };
}

/** The newest value in the window, for gauges; NaN when that is what the gauge says, null when there is none. */
export function lastValueOf({ samples }: RawSeries, window: Window): number | null {
  const last = samples.findLast(({ atSeconds }) => atSeconds <= window.toSeconds);
  return last === undefined || last.atSeconds <= window.fromSeconds ? null : last.value;
}

/** When the series has a number; it may have become a native histogram on the way. */
function timesOf({ samples, histograms }: RawSeries): number[] {
  const numbers = samples.filter(({ value }) => !Number.isNaN(value));
  return [...numbers, ...histograms].map(({ atSeconds }) => atSeconds).sort((a, b) => a - b);
}
