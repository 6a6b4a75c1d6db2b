import type { LatencyMargins } from './latency-process.ts';
import type { Spending } from './mixture.ts';
import type { Margin } from './ratio-increment.ts';

/**
 * What a metric is and how much worse is harmless.
 *   ratio    bad ones of all requests        rate   a count in an exposure, such as restarts in instance-seconds
 *   latency  a histogram of answer times     gauge  one value an instance, such as memory
 */
export interface MetricSettings {
  name: string;
  kind: MetricKind;
  isCritical: boolean;
  /** Harmless up to `toleratedRatio` times the stable version's figure … */
  toleratedRatio: number;
  /** … plus this: a fraction of requests (ratio), events per exposure (rate), seconds (latency), the gauge's own unit. */
  slack: number;
  /** A critical metric that is not read for so long makes the judgement `no-data`; the judge's own limit unless said. */
  staleSeconds?: number;
  /** Its trials are our own requests, which come whether or not anybody uses the service. */
  isSynthetic?: boolean;
  /** This metric's part of alpha relative to the other critical ones'; 1 unless said. */
  weight?: number;
}

export type MetricKind = 'ratio' | 'rate' | 'latency' | 'gauge';

/** What every metric's state carries: its parts of alpha and beta for the evidence, and how capital enters. */
export interface MetricParts {
  alpha: number;
  beta: number;
  spending: Spending;
  /** When both versions' figures were last read; null: never. */
  readAtSeconds: number | null;
}

const minPassRatio = 1.5;
/**
 * What may be added to the margin that fails and still pass. One request in two thousand, so that a service with hardly
 * any errors passes after some ten thousand requests of the candidate; one event in 10,000 exposures for rates.
 */
const passSlack = { ratio: 0.0005, rate: 0.0001 } as const;
/** The share of answers that may be late at any bound, whatever the stable version's is: pauses come to everyone. */
const lateShares = { fail: 0.005, pass: 0.03 } as const;
/** A wider slack for a pass than for a fail, so that a candidate equal to the baseline passes before long. */
const minPassSlackSeconds = 0.002;

/** Where harm begins for the fail side, and for the pass side. */
export function eventMargins(settings: MetricSettings): { fail: Margin; pass: Margin } {
  const { toleratedRatio, slack, kind } = settings;
  return {
    fail: { ratio: toleratedRatio, slack },
    pass: {
      ratio: passRatioOf(toleratedRatio),
      slack: slack + passSlack[kind === 'rate' ? 'rate' : 'ratio'],
    },
  };
}

export function latencyMargins({ toleratedRatio, slack }: MetricSettings): LatencyMargins {
  return {
    fail: { stretch: toleratedRatio, shift: slack, slack: lateShares.fail },
    pass: {
      stretch: passRatioOf(toleratedRatio),
      shift: Math.max(2 * slack, minPassSlackSeconds),
      slack: lateShares.pass,
    },
  };
}

function passRatioOf(toleratedRatio: number): number {
  return Math.max(minPassRatio, 1 + 2 * (toleratedRatio - 1));
}
