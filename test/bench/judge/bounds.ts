/**
 * How soon harm can be shown at all, by anyone who keeps the promise on false rollbacks: the yardstick for every delay.
 *
 * One candidate request, with the baseline's that come beside it, tells at most
 *
 *   I = min over q of kl(p_c || rho q) + ((1 - w) / w) kl(p_b || q)     nats, w the candidate's share
 *
 * about p_c against every harmless pair (rho q, q). Wald: a sequential test of level alpha needs log(1/alpha) / I requests
 * on average. Where the harm may begin at any time of a horizon T, the same argument with capital spread evenly over T
 * gives, with I in nats a second, W0(T I / alpha) / I, W0 the principal branch of Lambert's W.
 * Written apart from policies/judge on purpose: a yardstick does not come from the workshop it measures.
 */

export interface Comparison {
  baselineRate: number;
  candidateRate: number;
  /** The candidate's share of the traffic. */
  share: number;
  toleratedRatio: number;
}

/** I above, in nats for each candidate request. Zero where the candidate is harmless. */
export function informationPerRequest(comparison: Comparison): number {
  const { baselineRate: pb, candidateRate: pc, share, toleratedRatio: rho } = comparison;
  if (pc <= rho * pb) return 0;
  const perRequest = (1 - share) / share;
  const q = nearestBaseline(pc, pb, perRequest, rho);
  return divergence(pc, rho * q) + perRequest * divergence(pb, q);
}

/** The q of the minimum: the smaller root of a quadratic. */
function nearestBaseline(pc: number, pb: number, perRequest: number, rho: number): number {
  const a = rho * (1 + perRequest);
  const b = rho + pc + perRequest * (1 + rho * pb);
  const c = pc + perRequest * pb;
  return (2 * c) / (b + Math.sqrt(Math.max(0, b * b - 4 * a * c)));
}

/** Kullback-Leibler divergence of two coins. */
function divergence(p: number, q: number): number {
  const ofOne = p === 0 ? 0 : p * Math.log(p / q);
  const ofZero = p === 1 ? 0 : (1 - p) * Math.log((1 - p) / (1 - q));
  return ofOne + ofZero;
}

/** Seconds until harm that is there from the start can be shown. */
export function startBoundSeconds(natsPerSecond: number, alpha: number): number {
  return Math.log(1 / alpha) / natsPerSecond;
}

/** Seconds from a change at an unknown time of the horizon until it can be shown. */
export function lateBoundSeconds(natsPerSecond: number, alpha: number, horizonSeconds: number): number {
  return lambertW((horizonSeconds * natsPerSecond) / alpha) / natsPerSecond;
}

/** W0(x) for x >= 0, by Halley's iteration. */
export function lambertW(x: number): number {
  if (!(x > 0)) return 0;
  let w = x < 2 ? x / (1 + x) : Math.log(x) - Math.log(Math.log(x) + 0.5);
  for (let iteration = 0; iteration < 50; iteration++) {
    const excess = w - x * Math.exp(-w);
    const step = excess / (w + 1 - ((w + 2) * excess) / (2 * w + 2));
    w -= step;
    if (Math.abs(step) <= 1e-15 * Math.abs(w)) break;
  }
  return w;
}
