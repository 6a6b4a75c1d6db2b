/**
 * The share of answers slower than a time, from a histogram, and the margin a slower candidate is given there.
 *
 * "Stretched by 1 + tau and shifted by s" is harmless: P_c(over x) <= P_b(over (x - s) / (1 + tau)). At a histogram's
 * bound that is a ratio to the baseline's own share there, rho_j = S_b((le_j - s) / (1 + tau)) / S_b(le_j) >= 1, which
 * exceedance-increment.ts takes. Without such a margin a harmless +2 % alarms in a quarter of rollouts or more.
 *
 * Assumption: answers lie evenly between two bounds; so rho_j is an estimate. A candidate exactly like the baseline lies
 * inside every such margin whatever the estimate is, because rho_j >= 1; only how much slower is tolerated depends on it.
 */
import type { Margin } from './ratio-increment.ts';
import type { LatencySample } from './tick.ts';

/** How much slower is harmless: a factor, a shift in seconds, and a share of answers that may be late in any case. */
export interface LatencyMargin {
  stretch: number;
  shift: number;
  slack: number;
}

/** Answers slower than each bound, of all answers. Not whole where the past fades. */
export interface Exceedances {
  over: number[];
  answered: number;
}

export function exceedancesOf({ within, answered }: LatencySample): Exceedances {
  return { over: within.map((count) => Math.max(0, answered - count)), answered };
}

/** Answers slower than a time between the bounds, interpolated; all of them at zero, and none known beyond the last bound. */
export function interpolateOver(exceedances: Exceedances, bounds: readonly number[], time: number): number {
  const { over, answered } = exceedances;
  if (time <= 0) return answered;
  let low = 0;
  let lowOver = answered;
  for (const [index, bound] of bounds.entries()) {
    const boundOver = over[index] ?? 0;
    if (time <= bound) return lowOver + ((boundOver - lowOver) * (time - low)) / (bound - low);
    low = bound;
    lowOver = boundOver;
  }
  return lowOver;
}

/** The slowest answer of the baseline that the margin would turn into one of `bound`. */
export function withoutMargin(bound: number, margin: LatencyMargin): number {
  return (bound - margin.shift) / margin.stretch;
}

/** A share that is never zero or one, so that bets on it stay finite. */
export function smoothShare(events: number, trials: number): number {
  return (events + 0.5) / (trials + 1);
}

/** The margin at one bound, from the baseline's past. */
export function marginAtBound(
  past: Exceedances,
  bounds: readonly number[],
  index: number,
  margin: LatencyMargin,
): Margin {
  const bound = bounds[index] ?? 0;
  const share = smoothShare(past.over[index] ?? 0, past.answered);
  const tolerated = interpolateOver(past, bounds, withoutMargin(bound, margin));
  return { ratio: Math.max(1, smoothShare(tolerated, past.answered) / share), slack: margin.slack };
}
