/**
 * The share of answers slower than a time, from a histogram, and the margin a slower candidate is given there.
 *
 * "Stretched by 1 + tau and shifted by s" is harmless: P_c(over x) <= P_b(over (x - s) / (1 + tau)). At a histogram's
 * bound that is a ratio to the baseline's own share there, rho_j = S_b((le_j - s) / (1 + tau)) / S_b(le_j) >= 1, which
 * exceedance-increment.ts takes. Without such a margin a harmless +2 % alarms in a quarter of rollouts or more.
 *
 * Assumption: between two bounds answers lie as `interpolateOver` says; so rho_j is an estimate. A candidate exactly like the baseline lies
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

/**
 * Answers slower than a time, of all answers. Between two bounds the logarithm of the odds is a straight line over the
 * logarithm of time, which is how answer times lie whose spread is a factor; a line over time itself would take answers
 * that all lie close to a bound for ones that fill their bucket, and the margin there for far too small. Below the first
 * bound it is that line; above the last one nothing is known.
 */
export function interpolateOver(exceedances: Exceedances, bounds: readonly number[], time: number): number {
  const { over, answered } = exceedances;
  if (time <= 0) return answered;
  let low = 0;
  let lowOver = answered;
  for (const [index, bound] of bounds.entries()) {
    const boundOver = over[index] ?? 0;
    if (time === bound) return boundOver;
    if (time < bound) {
      if (low === 0) return lowOver + ((boundOver - lowOver) * time) / bound;
      const place = Math.log(time / low) / Math.log(bound / low);
      const odds = (1 - place) * logOdds(lowOver, answered) + place * logOdds(boundOver, answered);
      const between = answered / (1 + Math.exp(-odds));
      return Math.min(lowOver, Math.max(boundOver, between));
    }
    low = bound;
    lowOver = boundOver;
  }
  return lowOver;
}

function logOdds(events: number, trials: number): number {
  return Math.log((events + 0.5) / (trials - events + 0.5));
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
