/**
 * What the judge is told: what each version did since the tick before. Increases, never cumulative counters
 * (counter-increase.ts turns the one into the other). A metric that could not be read is absent, a version that could
 * not be read is `null`; neither is ever a zero.
 */
export interface Tick {
  /** Seconds since the rollout began; they never run backwards. */
  atSeconds: number;
  candidate: VersionSample | null;
  baseline: VersionSample | null;
}

/** One version during one tick: its metrics by name. */
export interface VersionSample {
  /** Metrics of kind `ratio` and `rate`. */
  events?: Readonly<Record<string, EventSample>>;
  /** Metrics of kind `latency`. */
  latencies?: Readonly<Record<string, LatencySample>>;
  /** Metrics of kind `gauge`: one value for each instance. */
  gauges?: Readonly<Record<string, readonly number[]>>;
}

/** Events in trials: bad requests of all requests (`ratio`), or a count in an exposure such as instance-seconds (`rate`). */
export interface EventSample {
  events: number;
  trials: number;
  /** Independent groups that the events came in, where a log tells them apart; judged instead of the events. */
  groups?: number;
  /** The same by instance: [trials, events] of each. */
  instances?: readonly (readonly [trials: number, events: number])[];
}

/** Answers within each bound. `within[i]` counts those of at most `bounds[i]` seconds, so it never falls with `i`. */
export interface LatencySample {
  /** Finite, ascending, in seconds. */
  bounds: readonly number[];
  within: readonly number[];
  answered: number;
}
