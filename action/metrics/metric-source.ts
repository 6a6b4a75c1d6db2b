import type { VersionSample } from '../../policies/judge/tick.ts';

/**
 * What both versions did since the source was read the last time. `null`: the version could not be read. A metric that has
 * a problem is missing in one version or both; the judge compares nothing with it, but in the bake a candidate is judged
 * alone.
 */
export interface SourceReading {
  candidate: VersionSample | null;
  baseline: VersionSample | null;
  problems: MetricProblem[];
}

export interface MetricProblem {
  metric: string;
  /** What is wrong, in a few words that go after the metric's name. */
  message: string;
}

/** Where some of a rollout's metrics come from. */
export interface MetricSource {
  /**
   * Looks once, at this time in seconds since 1970. `null` while there is nothing newer than at the last look. What is
   * down is a problem in the reading and never an exception; only an abortion through `signal` is.
   */
  look(atSeconds: number, signal: AbortSignal): Promise<SourceReading | null>;
}
