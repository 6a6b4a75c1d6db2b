/**
 * What one judged rollout looked like over time: the input of its pictures. Plain JSON; one series a metric, thinned to
 * at most a few hundred points.
 */
export interface RolloutEvidence {
  service: string;
  rollout: string;
  candidate: string;
  stable: string;
  judgement: 'pass' | 'fail' | 'inconclusive' | 'no-data';
  message: string;
  alpha: number;
  beta: number;
  /** What happened when: "5 % of requests", "every user", "rolled back". */
  marks: { atSeconds: number; label: string }[];
  metrics: MetricEvidence[];
}

export interface MetricEvidence {
  name: string;
  kind: 'ratio' | 'rate' | 'latency' | 'gauge';
  isCritical: boolean;
  judgement: 'pass' | 'fail' | 'inconclusive' | 'no-data';
  summary: string;
  points: EvidencePoint[];
}

export interface EvidencePoint {
  atSeconds: number;
  /** Natural logarithms; harm is shown at log(1/alpha), safety at log(1/beta). */
  logEvidenceOfHarm: number;
  logEvidenceOfSafety: number;
  /**
   * Each version's figure since the step began (a share of requests, a count a second, the share of answers slower than
   * one bound, a mean), with a 95 % interval; null where nothing was seen.
   */
  candidate: RateWithInterval | null;
  baseline: RateWithInterval | null;
}

export interface RateWithInterval {
  rate: number;
  low: number;
  high: number;
}
