/** What every procedure under comparison is told and may answer; ours is one of them and gets nothing more. */
export interface Procedure {
  name: string;
  /** What it can judge; scenarios of the other metric leave it out. */
  metrics: readonly Metric[];
  start(setup: Setup): RunningProcedure;
}

export type Metric = 'ratio' | 'latency';
export type Verdict = 'fail' | 'pass' | null;

export interface Setup {
  metric: Metric;
  /** Chance of a false rollback over the horizon, and of a false pass. */
  alpha: number;
  beta: number;
  horizonSeconds: number;
  tickSeconds: number;
  /** The candidate's share of the traffic at the start, and when it was declared to change. */
  share: number;
  shareStepsSeconds: readonly number[];
}

export interface RunningProcedure {
  /** The stable version's ticks before the deployment, for those that learn from them. */
  learn?(baseline: VersionTick): void;
  tick(tick: ScenarioTick): Verdict;
}

export interface ScenarioTick {
  atSeconds: number;
  /** Increases during this tick; null where they could not be read. */
  candidate: VersionTick | null;
  baseline: VersionTick | null;
}

export interface VersionTick {
  requests: number;
  errors: number;
  /** How many bursts the errors came in, where that is known. */
  bursts?: number;
  /** [requests, errors] of each instance, where that is known. */
  instances?: readonly (readonly [requests: number, errors: number])[];
  latency?: LatencyTick;
}

/** `counts[i]` answers took at most `le[i]` seconds, of `requests` in all. */
export interface LatencyTick {
  le: readonly number[];
  counts: readonly number[];
}

/** What every procedure with a margin tolerates: errors up to this ratio, answers up to this much slower. */
export const toleratedRatio = 1.1;
