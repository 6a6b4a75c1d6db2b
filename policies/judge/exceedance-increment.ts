/**
 * Procedure A': evidence about two proportions of any size, and so about the share of answers slower than a bound.
 *
 * Null for a fail: p_c <= rho p_b + delta for every p_b; for a pass: p_c >= rho p_b + delta. The alternative is one
 * pair (p_c, p_b), taken from past ticks only. It is compared with the null's pair (u, q), u = rho q + delta, nearest
 * to it: the q that makes n_c kl(p_c || u) + n_b kl(p_b || q) smallest (reverse information projection).
 *
 *   log e = k_c log(p_c / u) + (n_c - k_c) log((1 - p_c) / (1 - u)) + the same for the baseline with p_b and q
 *
 * Why E[e] <= 1 under the null. One trial of the candidate at a true rate x multiplies the expectation by
 * 1 + s_c (x - u) with s_c = (p_c - u) / (u (1 - u)), one of the baseline by 1 + s_b (y - q), s_b alike. At the minimum
 * the derivative is zero, which reads n_c s_c rho + n_b s_b = 0. With 1 + t <= exp(t):
 *
 *   E[e] <= exp(n_c s_c (x - u) + n_b s_b (y - q)) = exp(n_c s_c (x - rho y - delta))
 *
 * For a fail p_c > u, so s_c > 0 and the null makes the bracket at most zero; for a pass both signs turn.
 *
 * Assumption and what breaks it: as in ratio-increment.ts. Precondition: the alternative lies outside the null.
 * Source: Turner, Ly and Grünwald, "Generic e-variables for exact sequential k-sample tests" (arXiv 2106.02693).
 */
import type { Margin, TickCounts } from './ratio-increment.ts';

/** The rates the e-value bets on. */
export interface AlternativeRates {
  candidate: number;
  baseline: number;
}

/**
 * The natural logarithm of one tick's e-value. Zero where either side had no trials, where a count exceeds its trials
 * (a torn tick), and where the alternative lies inside the null on its own: nothing can be bet there.
 */
export function exceedanceIncrement(
  counts: TickCounts,
  margin: Margin,
  alternative: AlternativeRates,
): number {
  const { candidateEvents, candidateTrials, baselineEvents, baselineTrials } = counts;
  if (!(candidateTrials > 0) || !(baselineTrials > 0)) return 0;
  if (candidateEvents > candidateTrials || baselineEvents > baselineTrials) return 0;
  const nearest = projectOntoMargin(candidateTrials, baselineTrials, margin, alternative);
  if (nearest === null) return 0;
  return (
    logLikelihoodRatio(candidateEvents, candidateTrials, alternative.candidate, nearest.candidate) +
    logLikelihoodRatio(baselineEvents, baselineTrials, alternative.baseline, nearest.baseline)
  );
}

/** `log` of P(k of n at `rate`) / P(k of n at `nullRate`), for rates strictly between 0 and 1. */
export function logLikelihoodRatio(events: number, trials: number, rate: number, nullRate: number): number {
  const ofEvent = Math.log(rate / nullRate);
  const ofOther = Math.log1p((nullRate - rate) / (1 - nullRate));
  return events * ofEvent + (trials - events) * ofOther;
}

/** The rate whose odds are `factor` times those of `rate`: a way to be worse that never leaves 0 to 1. */
export function multiplyOdds(rate: number, factor: number): number {
  return (factor * rate) / (1 - rate + factor * rate);
}

/** The pair on the margin nearest to the alternative; null when there is none strictly inside the unit square. */
export function projectOntoMargin(
  candidateTrials: number,
  baselineTrials: number,
  margin: Margin,
  alternative: AlternativeRates,
): AlternativeRates | null {
  const { ratio, slack } = margin;
  if (!isRate(alternative.candidate) || !isRate(alternative.baseline)) return null;
  const baseline =
    slack === 0
      ? projectWithoutSlack(candidateTrials, baselineTrials, ratio, alternative)
      : projectWithSlack(candidateTrials, baselineTrials, margin, alternative);
  const candidate = ratio * baseline + slack;
  return isRate(baseline) && isRate(candidate) ? { candidate, baseline } : null;
}

/** The smaller root of a quadratic, written so that nothing cancels. */
function projectWithoutSlack(nc: number, nb: number, ratio: number, alternative: AlternativeRates): number {
  const { candidate: pc, baseline: pb } = alternative;
  const a = ratio * (nc + nb);
  const b = nc * (ratio + pc) + nb * (1 + ratio * pb);
  const c = nc * pc + nb * pb;
  return (2 * c) / (b + Math.sqrt(Math.max(0, b * b - 4 * a * c)));
}

/**
 * The derivative in q rises (the divergence is convex) and changes sign between the alternative's own p_b and the q at
 * which the margin meets its p_c, so halving finds the only root.
 */
function projectWithSlack(nc: number, nb: number, margin: Margin, alternative: AlternativeRates): number {
  const { ratio, slack } = margin;
  const { candidate: pc, baseline: pb } = alternative;
  const atCandidate = Math.max(0, (pc - slack) / ratio);
  let low = Math.min(pb, atCandidate);
  let high = Math.max(pb, atCandidate);
  for (let halvings = 0; halvings < 200; halvings++) {
    const q = low + (high - low) / 2;
    if (q <= low || q >= high) break;
    const u = ratio * q + slack;
    const isPastRoot = u >= 1 || nc * ratio * slope(pc, u) + nb * slope(pb, q) < 0;
    if (isPastRoot) high = q;
    else low = q;
  }
  return low + (high - low) / 2;
}

/** Minus the derivative of kl(rate || at) in `at`. */
function slope(rate: number, at: number): number {
  return (rate - at) / (at * (1 - at));
}

function isRate(value: number): boolean {
  return value > 0 && value < 1;
}
