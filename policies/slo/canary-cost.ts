/**
 * What a canary may cost: the requests that its steps send to a candidate that fails entirely, until that is found.
 *
 *   cost = max over steps of   rate w (noData + 2 tick) + n(w)
 *
 * with w the step's share, `rate` all requests a second. The first term is time that passes whatever the evidence: a
 * candidate whose counters are gone is noticed after `noData`, and the judgement comes with a tick and is acted on with
 * the next. The second is what the judge's test of errors (procedure A, `policies/judge/fail-process.ts`) needs to see:
 *
 *   n(w) = min over the judge's alternatives of   ceil(log(1 / (alpha s v)) / x)
 *
 * with x the increment of one failed candidate request among (1 - w) / w good ones of the stable version, s the capital
 * that is there from the start and v the alternative's weight: the judge's mixture is never less than one term of it. The
 * widest step counts and not the sum: a candidate that fails entirely does not reach the next step.
 *
 * Assumptions: traffic is no higher than in the busiest window that was read, and the stable version is healthy
 * meanwhile. What a flip, a bake or a candidate that fails partly cost is not in it.
 */
import { failGrid, failSpending } from '../judge/fail-process.ts';
import { ratioIncrement, type Margin } from '../judge/ratio-increment.ts';
import type { SloReading } from './slo.ts';

/** What the policy says of the canary. */
export interface CanaryPlan {
  stepBasisPoints: readonly number[];
  tickSeconds: number;
  noDataSeconds: number;
  /** Chance of a false rollback: the smaller, the more evidence a rollback needs. */
  alpha: number;
  /** What the judge tolerates of errors. */
  margin: Margin;
}

export interface CanaryCost {
  /** Bad events; null when no rate is known, or the judge could not tell a total failure from what is tolerated. */
  badEvents: number | null;
  requestsPerSecond: number | null;
  /** The step that would cost most. */
  basisPoints: number;
  /** From the failure until users are off the candidate, as far as it does not depend on the traffic. */
  detectionSeconds: number;
}

/** The cost of a canary under the traffic that was read. */
export function canaryCost(readings: readonly SloReading[], canary: CanaryPlan): CanaryCost {
  const detectionSeconds = canary.noDataSeconds + 2 * canary.tickSeconds;
  const requestsPerSecond = busiestRate(readings);
  const [dearest] = canary.stepBasisPoints
    .map((basisPoints) => ({
      basisPoints,
      badEvents:
        (requestsPerSecond ?? NaN) * (basisPoints / 10_000) * detectionSeconds +
        requestsToFail(basisPoints / 10_000, canary),
    }))
    .sort((a, b) => b.badEvents - a.badEvents);
  return {
    badEvents: dearest !== undefined && Number.isFinite(dearest.badEvents) ? dearest.badEvents : null,
    requestsPerSecond,
    basisPoints: dearest?.basisPoints ?? 0,
    detectionSeconds,
  };
}

function busiestRate(readings: readonly SloReading[]): number | null {
  const rates = readings.flatMap((reading) =>
    'counts' in reading && reading.counts.total > 0 ? [reading.counts.total / reading.windowSeconds] : [],
  );
  return rates.length === 0 ? null : Math.max(...rates);
}

/** Failed requests of a candidate with this share until the judge rolls back; infinite when it never would. */
function requestsToFail(share: number, { alpha, margin }: CanaryPlan): number {
  const counts = {
    candidateEvents: 1,
    candidateTrials: 1,
    baselineEvents: 0,
    baselineTrials: (1 - share) / share,
  };
  const requests = failGrid.multiples.map((multiple, index) => {
    const capital = failSpending.declared.start * (failGrid.startWeights[index] ?? 0);
    const increment = ratioIncrement(counts, margin, multiple * margin.ratio);
    return increment > 0 ? Math.ceil(Math.log(1 / (alpha * capital)) / increment) : Number.POSITIVE_INFINITY;
  });
  return Math.min(...requests);
}
