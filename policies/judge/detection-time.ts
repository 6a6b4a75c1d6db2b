/**
 * How long detection takes at least: nobody whose false alarms are bounded can, on average, be much sooner.
 *
 * One second of traffic tells I nats between what is true, (p_c, p_b), and the harmless pair nearest to it, on the margin:
 *
 *   I = requests a second * min_q [w kl(p_c, rho q + delta) + (1 - w) kl(p_b, q)]         w: the candidate's share
 *
 * Harm from the start takes log(1/(s alpha)) / I, s the part of the capital that is there from the start (s = 1 is Wald's
 * bound for a known alternative). Harm that comes at an unknown time within a horizon of T seconds takes
 * W(T I / ((1 - s) alpha)) / I, W Lambert's function: log(1/alpha) and the logarithm of how many places it could have been.
 * In events and trials; for latency, the share of answers over a histogram's bound.
 * Source: Wald's identity; Lorden's and Pollak's bounds for change points.
 */
import { projectOntoMargin } from './exceedance-increment.ts';
import type { Margin } from './ratio-increment.ts';

export interface Situation {
  candidateRate: number;
  baselineRate: number;
  /** The candidate's share of the traffic. */
  share: number;
  requestsPerSecond: number;
}

/** I, in nats a second. Zero where what is true lies on the harmless side, or nothing can be seen. */
export function informationPerSecond(situation: Situation, margin: Margin): number {
  const { candidateRate, baselineRate, share, requestsPerSecond } = situation;
  if (candidateRate <= margin.ratio * baselineRate + margin.slack) return 0;
  return informationAgainst(candidateRate, baselineRate, share, requestsPerSecond, margin);
}

/** The same for a pass: what is true lies on the better side of the margin. */
export function passInformationPerSecond(situation: Situation, margin: Margin): number {
  const { candidateRate, baselineRate, share, requestsPerSecond } = situation;
  if (candidateRate >= margin.ratio * baselineRate + margin.slack) return 0;
  return informationAgainst(candidateRate, baselineRate, share, requestsPerSecond, margin);
}

function informationAgainst(
  candidate: number,
  baseline: number,
  share: number,
  requestsPerSecond: number,
  margin: Margin,
): number {
  const nearest = projectOntoMargin(share, 1 - share, margin, { candidate, baseline });
  if (nearest === null) return 0;
  const ofCandidate = share * divergence(candidate, nearest.candidate);
  return requestsPerSecond * (ofCandidate + (1 - share) * divergence(baseline, nearest.baseline));
}

/** Seconds until harm from the start is shown; infinite where nothing tells. */
export function detectionAtStart(information: number, alpha: number, capital: number): number {
  return Math.log(1 / (capital * alpha)) / information;
}

/** Seconds from a change at an unknown time until it is shown. `capital`: the part that enters over the horizon. */
export function detectionLate(
  information: number,
  alpha: number,
  horizonSeconds: number,
  capital: number,
): number {
  if (information === 0) return Number.POSITIVE_INFINITY;
  return lambertW((horizonSeconds * information) / (capital * alpha)) / information;
}

/** The w >= 0 with w e^w = x, for x >= 0, by Newton's method on w + log w = log x. */
function lambertW(x: number): number {
  if (x === 0) return 0;
  let w = Math.log1p(x);
  for (let round = 0; round < 100; round++) {
    const next = (w * (1 + Math.log(x / w))) / (1 + w);
    if (Math.abs(next - w) <= 1e-15 * next) return next;
    w = next;
  }
  return w;
}

/** kl(p, q) of Bernoulli distributions, in nats. */
function divergence(p: number, q: number): number {
  const ofEvent = p > 0 ? p * Math.log(p / q) : 0;
  return ofEvent + (p < 1 ? (1 - p) * Math.log((1 - p) / (1 - q)) : 0);
}
