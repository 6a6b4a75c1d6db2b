/**
 * How long the judge will take, before there is anything to judge: from the traffic, the share, how often errors happen
 * anyway, and the margin. Nothing here is a promise; detection-time.ts has the bounds, and simulation (npm run
 * bench:judge) says by how much the judge is later than they are.
 */
import {
  detectionAtStart,
  detectionLate,
  informationPerSecond,
  passInformationPerSecond,
} from './detection-time.ts';
import { eventMargins, latencyMargins, type MetricSettings } from './metric-settings.ts';
import type { Margin } from './ratio-increment.ts';

export interface PlanQuestion {
  metric: MetricSettings;
  requestsPerSecond: number;
  /** The candidate's share of the traffic. */
  share: number;
  /** The stable version's share of errors; not asked for latency. */
  baselineRate: number;
  /** This metric's part of alpha, and beta. */
  alpha: number;
  beta: number;
  horizonSeconds: number;
}

export interface PlannedDetection {
  /** How many times worse: errors, or answer times. */
  times: number;
  /** Seconds until a rollback, for harm that is there from the start and for harm that comes late; null: never within the horizon. */
  atStartSeconds: number | null;
  lateSeconds: number | null;
}

export interface MetricPlan {
  metric: string;
  kind: MetricSettings['kind'];
  share: number;
  baselineRate: number;
  detections: PlannedDetection[];
  /** Seconds until a candidate that is like the stable version passes; null: never within the horizon. */
  passSeconds: number | null;
}

/** Median delay over bound, as measured by simulation; many bounds share latency's capital. */
const overBound = { events: 1.35, latency: 2.5 } as const;
/** Nats that a pass takes beyond log(1/beta): its mixture over alternatives, and that it starts with less than one. */
const passOverhead = 0.7;
const eventTimes: readonly number[] = [1.5, 2, 3, 10];
const latencyTimes: readonly number[] = [1.3, 1.5, 2];

/** Gauges are left out: they take half hours whatever the traffic is. */
export function planMetric(question: PlanQuestion): MetricPlan {
  const { metric, share, requestsPerSecond, alpha, beta, horizonSeconds } = question;
  const isLatency = metric.kind === 'latency';
  // No errors at all are planned as hardly any: logarithms have no zero.
  const baselineRate = isLatency ? slowShare : Math.max(question.baselineRate, 1e-9);
  const within = (seconds: number): number | null => (seconds <= horizonSeconds ? seconds : null);
  const { fail, pass } = isLatency ? latencyAtSlowShare(metric) : eventMargins(metric);
  const detections = (isLatency ? latencyTimes : eventTimes).map((times): PlannedDetection => {
    const candidateRate = isLatency ? slowShareOf(times) : times * baselineRate;
    const situation = {
      candidateRate: Math.min(candidateRate, 0.999),
      baselineRate,
      share,
      requestsPerSecond,
    };
    const information = informationPerSecond(situation, fail);
    const factor = isLatency ? overBound.latency : overBound.events;
    return {
      times,
      atStartSeconds: within(factor * detectionAtStart(information, alpha, 1)),
      lateSeconds: within(factor * detectionLate(information, alpha, horizonSeconds, 1)),
    };
  });
  const same = { candidateRate: baselineRate, baselineRate, share, requestsPerSecond };
  const information = passInformationPerSecond(same, pass);
  const passSeconds = within((Math.log(1 / beta) + passOverhead) / information);
  return { metric: metric.name, kind: metric.kind, share, baselineRate, detections, passSeconds };
}

/**
 * Latency is planned at the bound that one answer in ten of the stable version exceeds, for answer times that spread like a
 * log-normal distribution with sigma 0.6, which is usual for services: how slow they are does not matter then, only how
 * many times slower.
 */
const slowShare = 0.1;
const slowQuantile = 1.2815515655446004;
const sigma = 0.6;

function slowShareOf(times: number): number {
  return normalTail(slowQuantile - Math.log(times) / sigma);
}

function latencyAtSlowShare(metric: MetricSettings): { fail: Margin; pass: Margin } {
  const { fail, pass } = latencyMargins(metric);
  return {
    fail: { ratio: slowShareOf(fail.stretch) / slowShare, slack: fail.slack },
    pass: { ratio: slowShareOf(pass.stretch) / slowShare, slack: pass.slack },
  };
}

/** P(Z > z), to seven digits: the complementary error function by its continued fraction, or by its series near zero. */
function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  let tail: number;
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 80; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    tail = 0.5 - sum / Math.sqrt(Math.PI);
  } else {
    let fraction = x;
    for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
    tail = Math.exp(-x * x) / (2 * Math.sqrt(Math.PI) * fraction);
  }
  return z >= 0 ? tail : 1 - tail;
}
