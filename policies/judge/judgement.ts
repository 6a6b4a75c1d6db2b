import type { MetricKind } from './metric-settings.ts';

export type JudgementName = 'pass' | 'fail' | 'inconclusive' | 'no-data';

/** One metric's share in a judgement. */
export interface MetricJudgement {
  name: string;
  kind: MetricKind;
  isCritical: boolean;
  judgement: JudgementName;
  /** Natural logarithms, with the metric's part of alpha taken off: harm is shown at log(1/alpha), safety at log(1/beta). */
  logEvidenceOfHarm: number;
  logEvidenceOfSafety: number;
  /** Requests (exposure, answers) since the step began; instances for a gauge. */
  candidateTrials: number;
  baselineTrials: number;
  /** Each version's figure: a share of requests, events per exposure, the share of answers over one bound, a mean. */
  candidateRate: number | null;
  baselineRate: number | null;
  /**
   * The candidate's figure in multiples of the stable version's: since the step began, and what it has been at least and
   * at most, right at every moment at once with probability 1 - alpha and 1 - beta. Null where nothing is known. For
   * latency: of the share of answers over one bound.
   */
  ratio: { estimate: number | null; atLeast: number | null; atMost: number | null };
  /** A metric that is not critical and stands out among its kind (e-BH at alpha): a warning, never a verdict. */
  isWarning: boolean;
  /** One sentence with figures: "errors 20.1 % of 311 requests, stable 0.2 % of 2,801: 92x, at least 17x". */
  summary: string;
}

export interface Judgement {
  judgement: JudgementName;
  reasonCode:
    | 'not-worse'
    | 'worse'
    | 'silent-candidate'
    | 'no-data'
    | 'undecided'
    | 'soaking'
    // Of synthetic customers, who are asked beside the figures.
    | 'probe-failed'
    | 'answers-differ'
    | 'unproven';
  message: string;
  metrics: MetricJudgement[];
}
