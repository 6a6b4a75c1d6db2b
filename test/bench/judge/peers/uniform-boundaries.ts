/**
 * Uniform boundaries for martingales: evidence from mixtures that are exact for one family of increments each, as
 * logarithms, and two stitched bounds. `s` is a sum of centred observations, `v` its intrinsic time, `tunedFor` the
 * intrinsic time at which a mixture is about tightest, at level `tunedAlpha`.
 * Source: Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences"
 * (arXiv 1810.08240), propositions 5 to 10 and theorem 1; for the band, Howard and Ramdas, "Sequential estimation of
 * quantiles" (arXiv 1906.09712), theorem 2.
 */
import { findRoot } from './find-root.ts';
import {
  logBeta,
  logBetaShare,
  logGamma,
  logGammaShares,
  normalCdf,
  riemannZeta,
} from './special-functions.ts';

export interface Tuning {
  tunedFor: number;
  tunedAlpha: number;
}

/** The two-sided normal mixture's scale; a one-sided one takes it at twice the level. */
function normalScale({ tunedFor, tunedAlpha }: Tuning): number {
  const doubled = 2 * Math.log(1 / tunedAlpha);
  return tunedFor / (doubled + Math.log(1 + doubled));
}

function oneSidedScale({ tunedFor, tunedAlpha }: Tuning): number {
  return normalScale({ tunedFor, tunedAlpha: 2 * tunedAlpha });
}

/** Sub-Gaussian increments. */
export function logNormalMixture(s: number, v: number, tuning: Tuning, isOneSided: boolean): number {
  const scale = isOneSided ? oneSidedScale(tuning) : normalScale(tuning);
  const twoSided = Math.log(scale / (v + scale)) / 2 + (s * s) / (2 * (v + scale));
  return isOneSided ? twoSided + Math.log(2 * normalCdf(s / Math.sqrt(v + scale))) : twoSided;
}

/** The sum at which the normal mixture's evidence reaches log(1/alpha). */
export function normalMixtureBound(v: number, alpha: number, tuning: Tuning, isOneSided: boolean): number {
  const wanted = Math.log(1 / alpha);
  const scale = normalScale(tuning);
  const twoSided = Math.sqrt((v + scale) * (Math.log1p(v / scale) + 2 * wanted));
  if (!isOneSided) return twoSided;
  const excess = (s: number): number => logNormalMixture(s, v, tuning, true) - wanted;
  return findRoot(excess, 0, 2 * twoSided + 10, 1e-12);
}

/** Sub-exponential increments of scale `c`. */
export function logGammaExponentialMixture(s: number, v: number, c: number, tuning: Tuning): number {
  const start = oneSidedScale(tuning) / (c * c);
  const shape = v / (c * c) + start;
  const reach = (c * s + v) / (c * c) + start;
  const normalizer = start * Math.log(start) - logGamma(start) - logGammaShares(start, start).lower;
  return (
    normalizer +
    logGamma(shape) +
    logGammaShares(shape, reach).lower -
    shape * Math.log(reach) +
    reach -
    start
  );
}

/** Sub-Poisson increments of scale `c`. */
export function logGammaPoissonMixture(s: number, v: number, c: number, tuning: Tuning): number {
  const start = oneSidedScale(tuning) / (c * c);
  const rate = v / (c * c) + start;
  const shape = s / c + rate;
  const normalizer = start * Math.log(start) - logGamma(start) - logGammaShares(start, start).upper;
  return (
    normalizer + logGamma(shape) + logGammaShares(shape, rate).upper - shape * Math.log(rate) + v / (c * c)
  );
}

/** Increments of at least -g and at most h. */
export function logBetaBinomialMixture(
  s: number,
  v: number,
  range: { g: number; h: number },
  tuning: Tuning,
  isOneSided: boolean,
): number {
  const { g, h } = range;
  const all = g + h;
  const scale = isOneSided ? oneSidedScale(tuning) : normalScale(tuning);
  const start = Math.max(scale - g * h, 1e-3 * g * h);
  const end = isOneSided ? h / all : 1;
  const logPartialBeta = (a: number, b: number): number => logBeta(a, b) + logBetaShare(a, b, end);
  return (
    (v / (g * h)) * Math.log(all) -
    ((v + h * s) / (h * all)) * Math.log(g) -
    ((v - g * s) / (g * all)) * Math.log(h) +
    logPartialBeta((start + v - g * s) / (g * all), (start + v + h * s) / (h * all)) -
    logPartialBeta(start / (g * all), start / (h * all))
  );
}

/** A confidence sequence for the chance behind `successes` of `trials`: tuned for `tunedTrials` trials at 5 %. */
export function chanceInterval(
  successes: number,
  trials: number,
  alpha: number,
  tunedTrials: number,
): { low: number; high: number } {
  const observed = successes / trials;
  const excess = (chance: number): number => {
    const variance = chance * (1 - chance);
    const tuning = { tunedFor: tunedTrials * variance, tunedAlpha: 0.05 };
    const range = { g: chance, h: 1 - chance };
    const sum = (observed - chance) * trials;
    return logBetaBinomialMixture(sum, trials * variance, range, tuning, false) - Math.log(1 / alpha);
  };
  const edge = 1e-12;
  return {
    low: successes === 0 || excess(edge) <= 0 ? 0 : findRoot(excess, edge, observed, 1e-12),
    high: successes === trials || excess(1 - edge) <= 0 ? 1 : findRoot(excess, observed, 1 - edge, 1e-12),
  };
}

/** The polynomially stitched bound, for sums of scale `c`, from intrinsic time `from` on. */
export function stitchedBound(
  v: number,
  alpha: number,
  { from, c, s, eta }: { from: number; c: number; s: number; eta: number },
): number {
  const time = Math.max(v, from);
  const k1 = (eta ** 0.25 + eta ** -0.25) / Math.SQRT2;
  const k2 = (Math.sqrt(eta) + 1) / 2;
  const term =
    s * Math.log(Math.log((eta * time) / from)) + Math.log(riemannZeta(s) / (alpha * Math.log(eta) ** s));
  const linear = k2 * c * term;
  return Math.sqrt(k1 * k1 * time * term + linear * linear) + linear;
}

/**
 * Half the width of a band around an empirical distribution function of `samples` values that covers the true one at
 * every value and at every sample size from `from` on: a sqrt((log log(e t / from) + C) / t).
 */
export function distributionBand(
  samples: number,
  { constant, from, a }: { constant: number; from: number; a: number },
): number {
  return a * Math.sqrt((Math.log1p(Math.log(Math.max(samples, from) / from)) + constant) / samples);
}

/** The smallest C with which the band is ever crossed with a chance of at most alpha. */
export function bandConstant(alpha: number, a: number): number {
  const excess = (constant: number): number => Math.log(crossingChance(constant, a)) - Math.log(alpha);
  let high = 8;
  while (excess(high) > 0) high *= 2;
  let low = high / 2;
  while (low > 1e-3 && excess(low) < 0) low /= 2;
  return findRoot(excess, low, high, 1e-12);
}

/** The bound on the chance, minimised over eta by a golden-section search; infinite where the theorem says nothing. */
function crossingChance(constant: number, a: number): number {
  const at = (eta: number): number => {
    const gamma = Math.sqrt(2 / eta) * (a - Math.sqrt((2 * (eta - 1)) / constant));
    if (!(gamma > 1)) return Number.POSITIVE_INFINITY;
    const square = gamma * gamma;
    return 4 * Math.exp(-square * constant) * (1 + 1 / ((square - 1) * Math.log(eta)));
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let low = 1;
  let high = 2 * a * a;
  // Infinite above some eta, so an infinite pair means: further down.
  while (high - low > 1e-13) {
    const left = high - golden * (high - low);
    const right = low + golden * (high - low);
    if (at(left) <= at(right)) high = right;
    else low = left;
  }
  return at((low + high) / 2);
}
