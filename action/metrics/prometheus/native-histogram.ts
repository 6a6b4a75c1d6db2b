/**
 * Native histograms as exceedances over fixed bounds. Their buckets end at powers of 2^(2^-schema), and are merged in pairs
 * when there are too many of them: every power of two stays an end through all of that, for each schema from 0 up. So
 * counts over powers of two are exact, the same for both versions and from look to look; nothing is interpolated.
 */
import type { NativeBucket, RawSeries } from './read-samples.ts';
import { isNewLabel, type Targets, type Window } from './window-increase.ts';

/** About a millisecond to 16 seconds. */
export const nativeBounds: readonly number[] = Array.from({ length: 15 }, (_, index) => 2 ** (index - 10));

export interface AnswersWithin {
  within: number[];
  answered: number;
}

/**
 * What a histogram observed in the window; null when its buckets do not end at the bounds. All of it is one counter: when
 * any count falls, everything started again.
 */
export function nativeIncreaseOf(series: RawSeries, targets: Targets, window: Window): AnswersWithin | null {
  const none: AnswersWithin = { within: nativeBounds.map(() => 0), answered: 0 };
  const snapshots = series.histograms.filter(({ atSeconds }) => atSeconds <= window.toSeconds);
  const isThereBefore = snapshots.some(({ atSeconds }) => atSeconds <= window.fromSeconds);
  let previous: AnswersWithin | null = !isThereBefore && isNewLabel(series, targets) ? none : null;
  let sum = none;
  for (const { atSeconds, count, buckets } of snapshots) {
    const within = countWithin(buckets);
    if (within === null) return null;
    const current = { within, answered: count };
    if (atSeconds > window.fromSeconds && previous !== null) sum = add(sum, increase(previous, current));
    previous = current;
  }
  return sum;
}

export function add(first: AnswersWithin, second: AnswersWithin): AnswersWithin {
  return {
    within: first.within.map((count, index) => count + (second.within[index] ?? 0)),
    answered: first.answered + second.answered,
  };
}

function increase(previous: AnswersWithin, current: AnswersWithin): AnswersWithin {
  const isReset =
    current.answered < previous.answered ||
    current.within.some((count, index) => count < (previous.within[index] ?? 0));
  if (isReset) return current;
  return {
    within: current.within.map((count, index) => count - (previous.within[index] ?? 0)),
    answered: current.answered - previous.answered,
  };
}

/** Observations up to each bound; null when a bucket that is not empty lies across one. */
function countWithin(buckets: readonly NativeBucket[]): number[] | null {
  const within = nativeBounds.map(() => 0);
  for (const { low, high, count } of buckets) {
    if (count === 0) continue;
    for (const [index, bound] of nativeBounds.entries()) {
      if (high <= bound) within[index] = (within[index] ?? 0) + count;
      else if (low < bound) return null;
    }
  }
  return within;
}
