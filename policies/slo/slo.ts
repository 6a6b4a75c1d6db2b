/** A service level objective: which share of a service's events is to be good over a rolling window. */
export interface Slo {
  name: string;
  /** More than 0 and less than 1: 0.999 lets one event in a thousand be bad. */
  objective: number;
  windowSeconds: number;
  indicator: Indicator;
}

/** Raw counters as Prometheus series selectors, never expressions: all events, and the good or the bad ones of them. */
export interface Indicator {
  total: string;
  part: 'good' | 'bad';
  /** The counters of that part. */
  selector: string;
}

/** What happened in a window that ends now. */
export interface EventCounts {
  bad: number;
  total: number;
}

/**
 * One window as it was read. `coveredSeconds` is for how much of it there is a history; `problem` says in a few words why
 * nothing is known of it.
 */
export type SloReading =
  | { windowSeconds: number; counts: EventCounts; coveredSeconds?: number }
  | { windowSeconds: number; problem: string };
