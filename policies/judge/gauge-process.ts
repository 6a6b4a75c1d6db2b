/**
 * Procedure E: gauges such as memory and CPU. Block means of at least half an hour, of the candidate's mean minus the
 * highest harmless mean, are compared with zero by a t-test that may be looked at after every block:
 *
 *   log e = (1/2) log r + (n/2) [log(1 + t^2/nu) - log(1 + r t^2/nu)],  r = 1 / (1 + n g^2),  nu = n - 1,  t = mean / (sd / sqrt n)
 *
 * a mixture over effect sizes N(0, g^2) with the right-Haar prior on the unknown spread. It is two-sided; used one-sided, a
 * positive mean is required and the threshold is 1/(2 alpha).
 *
 * Assumption: block means are independent and about normal, which is why blocks are long: samples a second apart are
 * nearly the same number. Slow by nature, so a gauge should not be the only guard.
 * Source: scale-invariant t-statistic e-process; Pérez-Ortiz et al., "E-statistics, group invariance" (arXiv 2208.07610).
 */

/** Sums over block means; plain JSON. */
export interface GaugeProcess {
  blocks: number;
  sum: number;
  sumOfSquares: number;
  /** The block that is under way: since when, and both versions' sums of instance values. */
  sinceSeconds: number | null;
  candidate: GaugeSum;
  baseline: GaugeSum;
}

export interface GaugeSum {
  sum: number;
  values: number;
}

export const blockSeconds = 1800;
const effectVariance = 1;
const nothing: GaugeSum = { sum: 0, values: 0 };

export const startGaugeProcess: GaugeProcess = {
  blocks: 0,
  sum: 0,
  sumOfSquares: 0,
  sinceSeconds: null,
  candidate: nothing,
  baseline: nothing,
};

/** One tick: a value for each instance of both versions. `margin`: harmless up to ratio times the baseline plus slack. */
export function advanceGauge(
  process: GaugeProcess,
  tick: { atSeconds: number; candidate: readonly number[]; baseline: readonly number[] },
  margin: { ratio: number; slack: number },
): GaugeProcess {
  const { atSeconds } = tick;
  if (tick.candidate.length === 0 || tick.baseline.length === 0) return process;
  const sinceSeconds = process.sinceSeconds ?? atSeconds;
  const candidate = addAll(process.candidate, tick.candidate);
  const baseline = addAll(process.baseline, tick.baseline);
  if (atSeconds - sinceSeconds < blockSeconds) return { ...process, sinceSeconds, candidate, baseline };
  const excess = meanOf(candidate) - (margin.ratio * meanOf(baseline) + margin.slack);
  return {
    blocks: process.blocks + 1,
    sum: process.sum + excess,
    sumOfSquares: process.sumOfSquares + excess * excess,
    sinceSeconds: atSeconds,
    candidate: nothing,
    baseline: nothing,
  };
}

function addAll(sum: GaugeSum, values: readonly number[]): GaugeSum {
  return { sum: values.reduce((total, value) => total + value, sum.sum), values: sum.values + values.length };
}

function meanOf({ sum, values }: GaugeSum): number {
  return sum / values;
}

/** `log e` of n block means with this mean and standard deviation (n - 1 in the denominator). Zero below two blocks. */
export function logTMixture(n: number, mean: number, sd: number, variance: number): number {
  if (n < 2) return 0;
  const nu = n - 1;
  const r = 1 / (1 + n * variance);
  // A spread of zero is a limit, not an error: blocks that are all alike are as telling as n allows.
  const squared = sd > 0 ? (mean * mean * n) / (sd * sd) / nu : mean === 0 ? 0 : Number.POSITIVE_INFINITY;
  if (squared === Number.POSITIVE_INFINITY) return 0.5 * Math.log(r) - (n / 2) * Math.log(r);
  return 0.5 * Math.log(r) + (n / 2) * (Math.log1p(squared) - Math.log1p(r * squared));
}

/** Natural logarithms that harm is shown at log(1/alpha), safety at log(1/beta); the half for one-sidedness is taken off. */
export function gaugeEvidence({ blocks, sum, sumOfSquares }: GaugeProcess): { harm: number; safety: number } {
  if (blocks < 2) return { harm: -Math.LN2, safety: -Math.LN2 };
  const mean = sum / blocks;
  const spread = Math.max(0, (sumOfSquares - blocks * mean * mean) / (blocks - 1));
  const log = logTMixture(blocks, mean, Math.sqrt(spread), effectVariance) - Math.LN2;
  const none = -Math.LN2;
  return mean > 0 ? { harm: log, safety: none } : { harm: none, safety: log };
}
