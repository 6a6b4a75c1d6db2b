/**
 * A threshold without statistics: roll back when the candidate's error ratio over the last five minutes is above twice
 * the baseline's. What an alerting rule or an analysis template with a fixed limit does.
 * Source: the kind of check that progressive-delivery controllers offer (a metric query, a threshold, an interval).
 */
import type { Procedure, ScenarioTick } from '../procedure.ts';
import { addTick, noTotals, passAtTheEnd } from './running-totals.ts';

const windowSeconds = 300;
const factor = 2;

export const staticThreshold: Procedure = {
  name: 'static 2x baseline',
  metrics: ['ratio'],
  start({ tickSeconds, horizonSeconds }) {
    const totals = noTotals();
    const ticksInWindow = Math.ceil(windowSeconds / tickSeconds);
    const window: ScenarioTick[] = [];
    return {
      tick(tick) {
        addTick(totals, tick);
        window.push(tick);
        const leaving = window.length > ticksInWindow ? window.shift() : undefined;
        if (leaving !== undefined) addTick(totals, leaving, -1);
        const { candidateRequests, candidateErrors, baselineRequests, baselineErrors } = totals;
        const isFull = window.length === ticksInWindow;
        const isAbove =
          candidateRequests > 0 &&
          baselineRequests > 0 &&
          candidateErrors / candidateRequests > (factor * baselineErrors) / baselineRequests;
        return isFull && isAbove ? 'fail' : passAtTheEnd(tick.atSeconds, horizonSeconds);
      },
    };
  },
};
