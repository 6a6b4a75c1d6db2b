/**
 * Service times of the simulated service: log-normal, and what a histogram with Prometheus' default bounds shows of them.
 * `stretch` slows every answer by the same factor.
 */
import { normalCdf } from './peers/special-functions.ts';
import { informationPerRequest } from './bounds.ts';

const medianSeconds = 0.1;
const sigma = 0.6;

/** The default buckets of Prometheus' client libraries, in seconds. */
export const histogramBounds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The share of answers that take longer. */
export function shareSlowerThan(seconds: number, stretch: number): number {
  return normalCdf(-Math.log(seconds / (medianSeconds * stretch)) / sigma);
}

/**
 * Nats for each candidate request at the bound that tells most, against "at most `toleratedStretch` times slower": there
 * the tolerated ratio of slower answers is the share slower than le / toleratedStretch over the share slower than le.
 */
export function latencyInformation(stretch: number, toleratedStretch: number, share: number): number {
  const perBound = histogramBounds.map((le) => {
    const baselineRate = shareSlowerThan(le, 1);
    const tolerated = shareSlowerThan(le / toleratedStretch, 1);
    return informationPerRequest({
      baselineRate,
      candidateRate: shareSlowerThan(le, stretch),
      share,
      toleratedRatio: tolerated / baselineRate,
    });
  });
  // Beyond the last bounds both shares are zero as far as doubles go, and nothing is told.
  return Math.max(...perBound.filter(Number.isFinite));
}
