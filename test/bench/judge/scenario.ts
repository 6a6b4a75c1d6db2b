import type { Metric } from './procedure.ts';

/** A rollout as it is simulated: data only, so that it can be sent to a worker and read in a report. */
export interface Scenario {
  name: string;
  /** What is asked: may it roll back, how soon does it, does it at all, does it pass what is harmful. */
  question: 'false-rollback' | 'delay' | 'miss' | 'false-pass';
  metric: Metric;
  horizonSeconds: number;
  tickSeconds: number;
  requestsPerSecond: number;
  /** The candidate's share at the start, and where it was declared to change. */
  share: number;
  shareSteps: readonly { atSeconds: number; share: number }[];
  baseline: Behaviour;
  /** Like the baseline before `changeAtSeconds`, then this. */
  candidate: Behaviour;
  changeAtSeconds: number;
  /** What both versions share. */
  drift: 'none' | 'daily' | 'spikes';
  bursts: Bursts | null;
  /** Share of ticks in which the candidate, the baseline or both could not be read. */
  missingTicks: number;
  /** Every version starts again this often, with its counters at zero; null: never. */
  restartEverySeconds: number | null;
  /** The soonest anyone could show the harm, from the change on; null where there is none or none is computed. */
  boundSeconds: number | null;
  goals: Goals;
}

/** `stretch` is how many times slower every answer is. */
export interface Behaviour {
  errorRate: number;
  stretch: number;
}

export interface Bursts {
  meanSize: number;
  sizes: 'geometric' | 'fixed';
  /** What the counters show of them. */
  shown: 'instances' | 'bursts' | 'neither';
}

/** What ours has promised here; absent where nothing was. */
export interface Goals {
  falseRollbackShare?: number;
  delayOverBound?: number;
  missedShare?: number;
  falsePassShare?: number;
}

export const tickSeconds = 10;
export const daySeconds = 86_400;
export const alpha = 0.01;
export const beta = 0.05;

/** No verdict comes between two ticks: a bound of less than this many is taken in whole ticks, rounded up. */
const coarseTicks = 3;

/** What a promise is held against. */
export function reachableBoundSeconds(boundSeconds: number): number {
  return isCoarse(boundSeconds) ? Math.ceil(boundSeconds / tickSeconds) * tickSeconds : boundSeconds;
}

/** Whether a tick is a large part of the bound. */
export function isCoarse(boundSeconds: number): boolean {
  return boundSeconds < coarseTicks * tickSeconds;
}

/** A harmless day at 100 requests a second, 5 % of them to the candidate; scenarios say what they change. */
export const calmDay: Scenario = {
  name: '',
  question: 'false-rollback',
  metric: 'ratio',
  horizonSeconds: daySeconds,
  tickSeconds,
  requestsPerSecond: 100,
  share: 0.05,
  shareSteps: [],
  baseline: { errorRate: 0.001, stretch: 1 },
  candidate: { errorRate: 0.001, stretch: 1 },
  changeAtSeconds: 0,
  drift: 'none',
  bursts: null,
  missingTicks: 0,
  restartEverySeconds: null,
  boundSeconds: null,
  goals: { falseRollbackShare: alpha },
};
