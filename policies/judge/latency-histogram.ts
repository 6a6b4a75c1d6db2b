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

/** How much slower is harmless: a factor, a shift, and a share of answers that may be late in any case. */
export interface LatencyMargin {
  stretch: number;
  shiftMs: number;
  slack: number;
}

/** Answers slower than each bound, of all answers. Not whole where the past fades. */
export interface Exceedances {
  over: number[];
  answered: number;
}

/** Answers slower than a time between the bounds, interpolated; all of them at zero, and none known beyond the last bound. */
export function interpolateOver(
  exceedances: Exceedances,
  boundsMs: readonly number[],
  timeMs: number,
): number {
  const { over, answered } = exceedances;
  if (timeMs <= 0) return answered;
  let lowMs = 0;
  let lowOver = answered;
  for (const [index, boundMs] of boundsMs.entries()) {
    const boundOver = over[index] ?? 0;
    if (timeMs <= boundMs) return lowOver + ((boundOver - lowOver) * (timeMs - lowMs)) / (boundMs - lowMs);
    lowMs = boundMs;
    lowOver = boundOver;
  }
  return lowOver;
}

/** The slowest answer of the baseline that the margin would turn into one of `boundMs`. */
export function withoutMargin(boundMs: number, margin: LatencyMargin): number {
  return (boundMs - margin.shiftMs) / margin.stretch;
}

/** A share that is never zero or one, so that bets on it stay finite. */
export function smoothShare(events: number, trials: number): number {
  return (events + 0.5) / (trials + 1);
}

/** The margin at one bound, from the baseline's past. */
export function marginAtBound(
  past: Exceedances,
  boundsMs: readonly number[],
  index: number,
  margin: LatencyMargin,
): Margin {
  const boundMs = boundsMs[index] ?? 0;
  const share = smoothShare(past.over[index] ?? 0, past.answered);
  const tolerated = interpolateOver(past, boundsMs, withoutMargin(boundMs, margin));
  return { ratio: Math.max(1, smoothShare(tolerated, past.answered) / share), slack: margin.slack };
}
