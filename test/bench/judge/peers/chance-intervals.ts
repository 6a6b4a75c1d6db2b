/**
 * A confidence sequence for each version's error ratio, alpha split between them: roll back when the candidate's lies
 * wholly above the margin times the baseline's, pass when it lies wholly below 1.5 times. Valid at any time, but what two
 * intervals waste beside one comparison shows in the delay; and it takes a drift for harm or for its absence.
 * Looks once a minute, since each interval is two root searches.
 * Source: Howard et al. (uniform-boundaries.ts), beta-binomial mixture, as in their bernoulli_confidence_interval.
 */
import { toleratedRatio, type Procedure } from '../procedure.ts';
import { addTick, noTotals } from './running-totals.ts';
import { chanceInterval } from './uniform-boundaries.ts';

const lookSeconds = 60;
const tunedTrials = 10_000;
const harmfulRatio = 1.5;

export const chanceIntervals: Procedure = {
  name: 'two chance intervals',
  metrics: ['ratio'],
  start({ alpha }) {
    const totals = noTotals();
    let nextLook = 0;
    let hasPassed = false;
    return {
      tick(tick) {
        addTick(totals, tick);
        const { candidateRequests, candidateErrors, baselineRequests, baselineErrors } = totals;
        if (tick.atSeconds < nextLook || candidateRequests === 0 || baselineRequests === 0) return null;
        nextLook += lookSeconds;
        // An interval holds what was observed, so most looks need no search.
        const observed = candidateErrors / candidateRequests / (baselineErrors / baselineRequests);
        if (!(observed > toleratedRatio) && hasPassed) return null;
        const own = chanceInterval(candidateErrors, candidateRequests, alpha / 2, tunedTrials);
        const other = chanceInterval(baselineErrors, baselineRequests, alpha / 2, tunedTrials);
        if (own.low > toleratedRatio * other.high) return 'fail';
        hasPassed ||= own.high < harmfulRatio * other.low;
        return hasPassed ? 'pass' : null;
      },
    };
  },
};
