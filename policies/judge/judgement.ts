/**
 * Cumulative counts of one version, as a router or a metric source reports them. `errors` includes answers with a
 * 5xx status, requests that got no answer and requests the router had to send again.
 * `latency.counts[i]` is the number of answers within `latency.boundsMs[i]` milliseconds, so it never falls with `i`;
 * the bounds are finite and ascending, and `latency.answered` is the number of all answers.
 */
export interface VersionCounters {
  requests: number;
  errors: number;
  latency: { boundsMs: readonly number[]; counts: readonly number[]; answered: number };
}

/** What both versions did since the sample before. `null`: this version could not be read; nothing is concluded from it. */
export interface Tick {
  /** Seconds since the rollout began. */
  atSeconds: number;
  candidate: VersionCounters | null;
  baseline: VersionCounters | null;
}

export type JudgementName = 'pass' | 'fail' | 'inconclusive' | 'no-data';

/** One metric's share in a judgement. Evidence is a natural logarithm: fail at `log(1/alpha)`, pass at `log(1/beta)`. */
export interface MetricJudgement {
  name: 'errors' | 'latency';
  judgement: JudgementName;
  logEvidenceOfHarm: number;
  logEvidenceOfSafety: number;
  candidateRequests: number;
  baselineRequests: number;
  /** One sentence with figures: "errors 20.1 % of 311 requests, stable 0.2 % of 2,801". */
  summary: string;
}

export interface Judgement {
  judgement: JudgementName;
  reasonCode: 'not-worse' | 'worse' | 'silent-candidate' | 'no-data' | 'undecided' | 'soaking';
  message: string;
  metrics: MetricJudgement[];
}
