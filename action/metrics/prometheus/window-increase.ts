/**
 * From raw samples to what happened in a window. Every series is corrected for resets by itself; summed up before that, a
 * reset of one instance would hide what the others counted. Nothing is extrapolated: `increase()` of the server's does, and
 * would count events that never were.
 */
import { counterIncrease } from '../../../policies/judge/counter-increase.ts';
import type { NativeBucket, RawSeries } from './read-samples.ts';

/** Seconds since 1970; events after `fromSeconds` up to `toSeconds`. */
export interface Window {
  fromSeconds: number;
  toSeconds: number;
}

/**
 * What a counter counted in the window. A series that begins inside it, beside others of its version that were there
 * before, is a new label (the first 503): it counts from zero. When all of a version begins inside the window the version
 * was found only now, and what it counted before is not of this window: it counts from its first sample.
 */
export function increaseOf(series: RawSeries, siblings: readonly RawSeries[], window: Window): number {
  const values = valuesIn(series, window);
  if (values.base !== null) return counterIncrease([values.base, ...values.inside]);
  const isNewLabel = siblings.some((other) => other !== series && valuesIn(other, window).base !== null);
  return counterIncrease(isNewLabel ? [0, ...values.inside] : values.inside);
}

/** How many samples a series has in the window of those it should have; null for one that is not there all the time. */
export function coverageOf(series: RawSeries, window: Window, scrapeSeconds: number): number | null {
  const times = timesOf(series);
  const begins = times[0];
  if (begins === undefined || begins > window.fromSeconds) return null;
  const expected = Math.max(1, Math.floor((window.toSeconds - window.fromSeconds) / scrapeSeconds));
  return times.filter((at) => isInside(at, window)).length / expected;
}

function timesOf({ samples, histograms }: RawSeries): number[] {
  return [...samples, ...histograms].map(({ atSeconds }) => atSeconds);
}

function valuesIn({ samples }: RawSeries, window: Window): { base: number | null; inside: number[] } {
  let base: number | null = null;
  const inside: number[] = [];
  for (const { atSeconds, value } of samples) {
    if (atSeconds <= window.fromSeconds) base = value;
    else if (isInside(atSeconds, window)) inside.push(value);
  }
  return { base, inside };
}

function isInside(atSeconds: number, { fromSeconds, toSeconds }: Window): boolean {
  return atSeconds > fromSeconds && atSeconds <= toSeconds;
}

/** The last value in the window, for gauges; null when there is none. */
export function lastValueOf(series: RawSeries, window: Window): number | null {
  return valuesIn(series, window).inside.at(-1) ?? null;
}

/**
 * Observations of a native histogram in the window, by bucket. Buckets are merged as the server sees fit, which looks like
 * some that fall and some that appear: by total counts the histogram is one counter, and only a fall of that is a reset.
 */
export function nativeIncreaseOf(series: RawSeries, window: Window): NativeBucket[] {
  let previous: RawSeries['histograms'][number] | null = null;
  const increases: NativeBucket[] = [];
  for (const histogram of series.histograms) {
    if (histogram.atSeconds > window.toSeconds) break;
    if (previous !== null && histogram.atSeconds > window.fromSeconds) {
      const isReset = histogram.count < previous.count;
      const before = isReset ? [] : previous.buckets;
      for (const { low, high, count } of histogram.buckets) {
        const own = count - observedWithin(before, low, high);
        if (own !== 0) increases.push({ low, high, count: own });
      }
    }
    previous = histogram;
  }
  return increases;
}

/** What buckets hold between two times, evenly spread inside each of them. */
function observedWithin(buckets: readonly NativeBucket[], low: number, high: number): number {
  let sum = 0;
  for (const bucket of buckets) {
    const overlap = Math.min(high, bucket.high) - Math.max(low, bucket.low);
    if (overlap > 0) sum += bucket.count * Math.min(1, overlap / (bucket.high - bucket.low));
    else if (bucket.low === bucket.high && bucket.low > low && bucket.high <= high) sum += bucket.count;
  }
  return sum;
}

/** Observations up to each bound, and all of them. Inside a native bucket they are taken as evenly spread. */
export function withinBounds(
  buckets: readonly NativeBucket[],
  bounds: readonly number[],
): { within: number[]; answered: number } {
  const answered = buckets.reduce((sum, { count }) => sum + count, 0);
  const within = bounds.map((bound) => Math.max(0, observedWithin(buckets, -Infinity, bound)));
  // Merged buckets may round a little below zero; counts over bounds never fall.
  for (let index = 1; index < within.length; index++)
    within[index] = Math.max(within[index] ?? 0, within[index - 1] ?? 0);
  return { within, answered: Math.max(answered, within.at(-1) ?? 0) };
}
