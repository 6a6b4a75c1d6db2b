/**
 * Evidence without concurrent stable traffic: after the flip every user is on the candidate.
 *
 * It is procedure A' in the limit of n_b -> infinity: the projection then leaves the baseline where it is, and what
 * remains is the candidate's likelihood ratio against a fixed rate u. For a fail, u is the margin above an upper bound
 * of the stable version's rate; for a pass, the margin above a lower bound. One trial at a true rate x multiplies the
 * expectation by 1 + s (x - u), s = (p - u) / (u (1 - u)), which is at most one where x is on the null's side of u.
 *
 * Assumption: the stable version would have kept the rate it had during the canary, constant since then. This is the
 * one place where a drift common to both versions can be taken for harm, or hide it; the bake is short for that reason.
 * The chance that a bound does not hold is paid for by the caller, out of alpha or beta.
 *
 * The bounds hold at whatever moment the bake happens to start: they are a confidence sequence, the rates at which a
 * Beta(1/2, 1/2) mixture of likelihoods stays below 1/error times their own (Robbins; Howard et al., arXiv 1810.08240).
 */
import { gammaln } from 'simple-statistics';
import { logLikelihoodRatio } from './exceedance-increment.ts';

/** `log e` of k events in n trials, betting on `rate` against `boundary`; zero where that is no bet. */
export function fixedBaselineIncrement(
  events: number,
  trials: number,
  boundary: number,
  rate: number,
): number {
  if (!(trials > 0) || events > trials) return 0;
  if (!(boundary > 0 && boundary < 1 && rate > 0 && rate < 1)) return 0;
  return logLikelihoodRatio(events, trials, rate, boundary);
}

/** Above the true rate, at every moment at once, except with probability `errorRate`. One when nothing was seen. */
export function upperRateBound(events: number, trials: number, errorRate: number): number {
  if (!(trials > 0)) return 1;
  return findEdge(events, trials, errorRate, Math.min(1, events / trials), 1);
}

/** Below the true rate in the same sense. Zero when nothing was seen. */
export function lowerRateBound(events: number, trials: number, errorRate: number): number {
  if (!(trials > 0)) return 0;
  return findEdge(events, trials, errorRate, Math.min(1, events / trials), 0);
}

/** Where the evidence against a rate first reaches 1/errorRate, between the observed rate and one end. */
function findEdge(events: number, trials: number, errorRate: number, observed: number, end: number): number {
  const wanted = Math.log(1 / errorRate);
  const k = Math.min(events, trials);
  const mixed = logBeta(k + 0.5, trials - k + 0.5) - logBeta(0.5, 0.5);
  let inside = observed;
  let outside = end;
  for (let halvings = 0; halvings < 100; halvings++) {
    const rate = inside + (outside - inside) / 2;
    if (rate === inside || rate === outside) break;
    const own = timesLog(k, Math.log(rate)) + timesLog(trials - k, Math.log1p(-rate));
    if (mixed - own < wanted) inside = rate;
    else outside = rate;
  }
  return outside;
}

/** Zero events contribute nothing, whatever their logarithm. */
function timesLog(count: number, log: number): number {
  return count === 0 ? 0 : count * log;
}

function logBeta(a: number, b: number): number {
  return gammaln(a) + gammaln(b) - gammaln(a + b);
}
