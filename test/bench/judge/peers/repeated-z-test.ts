/**
 * The textbook test of two proportions, pooled and one-sided at level alpha, on everything counted so far, at every tick.
 * Right once; wrong when repeated, which is how dashboards and home-made gates use it.
 * Source: any textbook; what repeating does to it: Armitage, McPherson and Rowe, "Repeated significance tests on
 * accumulating data", 1969.
 */
import type { Procedure } from '../procedure.ts';
import { addTick, noTotals, passAtTheEnd, type Totals } from './running-totals.ts';
import { normalQuantile } from './special-functions.ts';

export const repeatedZTest: Procedure = {
  name: 'z-test every tick',
  metrics: ['ratio'],
  start({ alpha, horizonSeconds }) {
    const critical = normalQuantile(1 - alpha);
    const totals = noTotals();
    return {
      tick(tick) {
        addTick(totals, tick);
        return zStatistic(totals) >= critical ? 'fail' : passAtTheEnd(tick.atSeconds, horizonSeconds);
      },
    };
  },
};

/** Zero while there is nothing to compare. */
export function zStatistic(totals: Totals): number {
  const { candidateRequests: nc, candidateErrors: kc, baselineRequests: nb, baselineErrors: kb } = totals;
  const pooled = (kc + kb) / (nc + nb);
  const variance = pooled * (1 - pooled) * (1 / nc + 1 / nb);
  return variance > 0 ? (kc / nc - kb / nb) / Math.sqrt(variance) : 0;
}
