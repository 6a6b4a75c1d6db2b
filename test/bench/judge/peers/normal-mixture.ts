/**
 * The asymptotic confidence sequence for a difference of means, tuned to be tightest near `tunedFor` samples; roll back
 * when all of it lies above zero. No margin: a difference that is real but harmless stops a rollout sooner or later.
 * Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
 * sequences" (arXiv 2103.06476); experimentation platforms, GrowthBook among them, offer it as "sequential testing",
 * two-sided and tuned for 5,000 samples.
 */
import type { Procedure } from '../procedure.ts';
import { addTick, noTotals, passAtTheEnd } from './running-totals.ts';

const tunedFor = 5000;

export const normalMixture: Procedure = {
  name: 'normal mixture',
  metrics: ['ratio'],
  start({ alpha, horizonSeconds }) {
    const totals = noTotals();
    const rho = mixtureScale(tunedFor, alpha);
    return {
      tick(tick) {
        addTick(totals, tick);
        const {
          candidateRequests: nc,
          candidateErrors: kc,
          baselineRequests: nb,
          baselineErrors: kb,
        } = totals;
        const pc = kc / nc;
        const pb = kb / nb;
        const standardError = Math.sqrt((pc * (1 - pc)) / nc + (pb * (1 - pb)) / nb);
        // Without errors on both sides the estimated variance says nothing.
        const isKnown = kc > 0 && kb > 0;
        const isAbove = isKnown && pc - pb > halfWidth({ standardError, samples: nc + nb }, rho, alpha);
        return isAbove ? 'fail' : passAtTheEnd(tick.atSeconds, horizonSeconds);
      },
    };
  },
};

/** The mixture's scale that makes the sequence about tightest at `samples`. */
export function mixtureScale(samples: number, alpha: number): number {
  const doubled = -2 * Math.log(alpha);
  return Math.sqrt((doubled + Math.log(doubled + 1)) / samples);
}

export interface Estimate {
  standardError: number;
  samples: number;
}

/** Half the width of the two-sided sequence. */
export function halfWidth({ standardError, samples }: Estimate, rho: number, alpha: number): number {
  const spread = samples * rho * rho;
  const squared = ((2 * (spread + 1)) / spread) * Math.log(Math.sqrt(spread + 1) / alpha);
  return standardError * Math.sqrt(squared);
}

/** The evidence against no difference, as a logarithm: it reaches log(1/alpha) where the sequence leaves zero. */
export function logMixtureEvidence(
  difference: number,
  { standardError, samples }: Estimate,
  rho: number,
): number {
  const spread = samples * rho * rho;
  const z = difference / standardError;
  return ((spread / (1 + spread)) * z * z) / 2 - Math.log1p(spread) / 2;
}
