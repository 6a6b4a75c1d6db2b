/**
 * The likelihood-ratio mixture with capital that enters at fixed epochs instead of evenly: twelve alternatives of equal
 * weight, seven tenths at the start, the rest in ten equal parts over the horizon. It keeps the same promise as ours and
 * shows what the choice of weights and of spending is worth.
 * Source: the conditional binomial likelihood ratio; mixtures after Robbins, "Statistical methods related to the law of
 * the iterated logarithm", 1970.
 */
import { toleratedRatio, type Procedure } from '../procedure.ts';

export interface Counts {
  candidateEvents: number;
  candidateTrials: number;
  baselineEvents: number;
  baselineTrials: number;
}

export interface EpochPlan {
  multiples: readonly number[];
  start: number;
  epochTicks: number;
  epochs: number;
}

const multiples: readonly number[] = [1.15, 1.3, 1.5, 1.8, 2.2, 3, 4.5, 8, 16, 40, 120, 500];
const start = 0.7;
const epochs = 10;

export const epochMixture: Procedure = {
  name: 'epoch mixture',
  metrics: ['ratio'],
  start({ alpha, horizonSeconds, tickSeconds }) {
    const epochTicks = Math.max(1, Math.floor(horizonSeconds / tickSeconds / (epochs + 1)));
    const advance = startEpochMixture({ multiples, start, epochTicks, epochs }, toleratedRatio, 0);
    return {
      tick({ candidate, baseline }) {
        const logEvidence = advance({
          candidateEvents: candidate?.errors ?? 0,
          candidateTrials: baseline === null ? 0 : (candidate?.requests ?? 0),
          baselineEvents: baseline?.errors ?? 0,
          baselineTrials: baseline?.requests ?? 0,
        });
        return logEvidence >= Math.log(1 / alpha) ? 'fail' : null;
      },
    };
  },
};

/** Takes ticks one by one and answers with the logarithm of the evidence against "at most rho p_b + delta". */
export function startEpochMixture(plan: EpochPlan, rho: number, delta: number): (tick: Counts) => number {
  const weight = 1 / plan.multiples.length;
  const cells = plan.multiples.map(() => plan.start * weight);
  let ticks = 0;
  return (tick) => {
    const isEpoch = ticks > 0 && ticks % plan.epochTicks === 0 && ticks / plan.epochTicks <= plan.epochs;
    const added = isEpoch ? ((1 - plan.start) / plan.epochs) * weight : 0;
    ticks++;
    let sum = 0;
    for (const [index, multiple] of plan.multiples.entries()) {
      const grown = ((cells[index] ?? 0) + added) * Math.exp(logRatio(tick, rho, delta, rho * multiple));
      // A cell this large convicted long ago.
      cells[index] = Math.min(1e300, grown);
      sum += cells[index];
    }
    return Math.log(sum);
  };
}

function logRatio(tick: Counts, rho: number, delta: number, alternative: number): number {
  const { candidateEvents, candidateTrials: nc, baselineEvents, baselineTrials: nb } = tick;
  if (nc === 0 || nb === 0) return 0;
  const scale = alternative * nc + nb;
  const a = (alternative * (rho * nc + nb)) / (rho * scale);
  const b = (rho * nc + nb) / scale;
  return candidateEvents * Math.log(a) + baselineEvents * Math.log(b) - nc * delta * (a - 1);
}
