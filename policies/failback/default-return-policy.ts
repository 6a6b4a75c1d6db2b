import type { ReturnPolicy } from './return-state.ts';

/**
 * With no errors anywhere a step passes after some 400 requests of the instance: log(1/beta) over the slack. A fifth of a
 * minute's soak lets a cold cache show itself; one false step back in a hundred costs a wait and no request.
 */
export const defaultReturnPolicy: ReturnPolicy = {
  stepWeights: [5, 10, 25, 50, 100],
  firstWaitSeconds: 2,
  longestWaitSeconds: 600,
  minSoakSeconds: 5,
  jitter: 0.5,
  noDataSeconds: 30,
  stepDeadlineSeconds: 600,
  mostFailures: 6,
  concurrencyHeadroom: 2,
  mostUnprovenShare: 0.5,
  alpha: 0.01,
  beta: 0.05,
  errorSlack: 0.01,
  latencySlackSeconds: 0.005,
};
