/**
 * The confidence interval of a shift between two samples from the Mann-Whitney test, and the verdict that automated canary
 * analysis makes of it: High when the whole interval lies above a quarter of the estimated shift's size, Low when below
 * minus that, Pass between.
 *
 * The interval is where the normal approximation of the rank sum (ties and continuity corrected) meets the normal
 * quantiles, as statistics packages compute it: by a root search over the shift, with an absolute tolerance of 1e-4. That
 * makes the verdict depend on units, so errors are given in percent here, where it does little harm.
 * Source: Hollander and Wolfe, Nonparametric Statistical Methods; Kayenta's documented behaviour (98 %, tolerance 0.25).
 */
import { findRoot } from './find-root.ts';
import { normalQuantile } from './special-functions.ts';

export interface ShiftInterval {
  low: number;
  high: number;
  estimate: number;
}

export type ShiftVerdict = 'Pass' | 'High' | 'Low';

const rootTolerance = 1e-4;
const shiftTolerance = 0.25;

/** Both samples in ascending order. Without spread in either, the interval is the one shift there is. */
export function shiftInterval(
  candidate: readonly number[],
  baseline: readonly number[],
  confidence: number,
): ShiftInterval {
  const lowest = (candidate[0] ?? 0) - (baseline.at(-1) ?? 0);
  const highest = (candidate.at(-1) ?? 0) - (baseline[0] ?? 0);
  if (lowest === highest) return { low: lowest, high: lowest, estimate: lowest };
  const quantile = normalQuantile(0.5 + confidence / 2);
  const rootAt = (z: number): number => {
    const statistic = (shift: number): number => standardizedRank(candidate, baseline, shift) - z;
    const from = statistic(lowest);
    if (from <= 0) return lowest;
    const to = statistic(highest);
    if (to >= 0) return highest;
    return findRoot(statistic, lowest, highest, rootTolerance, { from, to });
  };
  return { low: rootAt(quantile), high: rootAt(-quantile), estimate: rootAt(0) };
}

/** Whether the verdict is High. Not so where zero lies inside the interval, which one look at the ranks tells. */
export function isHigh(
  candidate: readonly number[],
  baseline: readonly number[],
  confidence: number,
): boolean {
  if (!(standardizedRank(candidate, baseline, 0) > normalQuantile(0.5 + confidence / 2))) return false;
  return judgeShift(shiftInterval(candidate, baseline, confidence)) === 'High';
}

export function judgeShift({ low, high, estimate }: ShiftInterval): ShiftVerdict {
  const tolerated = shiftTolerance * Math.abs(estimate);
  if (low > tolerated) return 'High';
  return high < -tolerated ? 'Low' : 'Pass';
}

/** The rank sum of `candidate` minus `shift` among both, standardised; one merge, since both are in order. */
function standardizedRank(candidate: readonly number[], baseline: readonly number[], shift: number): number {
  const nc = candidate.length;
  const nb = baseline.length;
  let fromCandidate = 0;
  let fromBaseline = 0;
  let rankSum = 0;
  let tieCubes = 0;
  while (fromCandidate < nc || fromBaseline < nb) {
    const ofCandidate =
      fromCandidate < nc ? (candidate[fromCandidate] ?? 0) - shift : Number.POSITIVE_INFINITY;
    const ofBaseline = fromBaseline < nb ? (baseline[fromBaseline] ?? 0) : Number.POSITIVE_INFINITY;
    const value = Math.min(ofCandidate, ofBaseline);
    const before = fromCandidate + fromBaseline;
    const candidatesBefore = fromCandidate;
    while (fromCandidate < nc && (candidate[fromCandidate] ?? 0) - shift === value) fromCandidate++;
    while (fromBaseline < nb && baseline[fromBaseline] === value) fromBaseline++;
    const tied = fromCandidate + fromBaseline - before;
    rankSum += (fromCandidate - candidatesBefore) * (before + (tied + 1) / 2);
    tieCubes += tied * tied * tied - tied;
  }
  const excess = rankSum - (nc * (nc + 1)) / 2 - (nc * nb) / 2;
  const all = nc + nb;
  const variance = ((nc * nb) / 12) * (all + 1 - tieCubes / (all * (all - 1)));
  return (excess - Math.sign(excess) / 2) / Math.sqrt(variance);
}
