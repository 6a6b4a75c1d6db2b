/**
 * How many times as many answers are slow as the stable version's: the interval of ratio-interval.ts over one bound of the
 * histogram. The bound is chosen from the baseline's past before anything is counted over it, and then kept, so that the
 * choice owes nothing to what it measures: the first bound that at most a fifth of answers exceed.
 */
import { exceedancesOf, type Exceedances } from './latency-histogram.ts';
import {
  advanceRatioInterval,
  intervalGridAround,
  ratioLimits,
  startRatioInterval,
  type RatioInterval,
  type RatioLimits,
} from './ratio-interval.ts';
import type { LatencySample } from './tick.ts';

/** Plain JSON. */
export interface SlowRatio {
  /** The bound's place among the histogram's. */
  index: number;
  interval: RatioInterval;
}

/** Fewer answers than this do not tell which bound is telling. */
const minPastAnswers = 100;
const slowShare = 0.2;
/** Ratios of shares have no tolerated one of their own; the lattice lies around one. */
const grid = intervalGridAround(1);

/** Null while too little is known of the baseline. */
export function startSlowRatio(past: Exceedances): SlowRatio | null {
  if (past.answered < minPastAnswers) return null;
  const first = past.over.findIndex((over) => over <= slowShare * past.answered);
  return { index: first === -1 ? past.over.length - 1 : first, interval: startRatioInterval(grid) };
}

/** One tick; `horizonFraction` is its part of the horizon. */
export function advanceSlowRatio(
  { index, interval }: SlowRatio,
  tick: { candidate: LatencySample; baseline: LatencySample },
  horizonFraction: number,
): SlowRatio {
  const candidate = exceedancesOf(tick.candidate);
  const baseline = exceedancesOf(tick.baseline);
  const counts = {
    candidateEvents: candidate.over[index] ?? 0,
    candidateTrials: candidate.answered,
    baselineEvents: baseline.over[index] ?? 0,
    baselineTrials: baseline.answered,
  };
  return { index, interval: advanceRatioInterval(interval, grid, counts, horizonFraction) };
}

/** Errors of the two sides, as shares of rollouts: alpha and beta. */
export function slowRatioLimits(
  { interval }: SlowRatio,
  errorRates: { alpha: number; beta: number },
): RatioLimits {
  const { alpha, beta } = errorRates;
  return ratioLimits(interval, grid, { worse: -Math.log(alpha), better: -Math.log(beta) });
}
