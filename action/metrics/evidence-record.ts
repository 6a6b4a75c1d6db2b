/** The evidence of a rollout over time, for its pictures: a few hundred points, whatever it takes. */
import type { Judgement, MetricJudgement } from '../../policies/judge/judgement.ts';
import type {
  EvidencePoint,
  MetricEvidence,
  RateWithInterval,
  RolloutEvidence,
} from '../../policies/judge/rollout-evidence.ts';
import type { RolloutPolicy } from '../../policies/policy-file/policy.ts';
import type { RolloutPlan } from '../../policies/rollout/state.ts';

const maxPoints = 400;

export function startEvidence({
  plan,
  stable,
  policy,
}: {
  plan: RolloutPlan;
  stable: string;
  policy: RolloutPolicy;
}): RolloutEvidence {
  return {
    service: plan.service,
    rollout: plan.rollout,
    candidate: plan.candidate,
    stable,
    judgement: 'no-data',
    message: 'nothing was judged',
    alpha: policy.alpha,
    beta: policy.beta,
    marks: [],
    metrics: [],
  };
}

/** One more look. The first and the last point always stay. */
export function recordEvidence(
  evidence: RolloutEvidence,
  { judgement, message, metrics }: Judgement,
  atSeconds: number,
): RolloutEvidence {
  return {
    ...evidence,
    judgement,
    message,
    metrics: metrics.map((metric) => {
      const known = evidence.metrics.find(({ name }) => name === metric.name);
      return recordMetric(known?.points ?? [], metric, atSeconds);
    }),
  };
}

function recordMetric(
  points: readonly EvidencePoint[],
  metric: MetricJudgement,
  atSeconds: number,
): MetricEvidence {
  const { name, kind, isCritical, judgement, summary, logEvidenceOfHarm, logEvidenceOfSafety } = metric;
  const point: EvidencePoint = {
    atSeconds,
    logEvidenceOfHarm,
    logEvidenceOfSafety,
    candidate: intervalOf(kind, metric.candidateRate, metric.candidateTrials),
    baseline: intervalOf(kind, metric.baselineRate, metric.baselineTrials),
  };
  return { name, kind, isCritical, judgement, summary, points: thin([...points, point]) };
}

/**
 * Looks come as often as every quarter of a second, for hours. Where there is one too many, the point with the closest
 * neighbours goes, so that those that stay are about evenly spread over all of the rollout.
 */
function thin(points: EvidencePoint[]): EvidencePoint[] {
  if (points.length <= maxPoints) return points;
  let closest = { index: 1, gapSeconds: Infinity };
  for (let index = 1; index < points.length - 1; index++) {
    const gapSeconds = (points[index + 1]?.atSeconds ?? 0) - (points[index - 1]?.atSeconds ?? 0);
    if (gapSeconds < closest.gapSeconds) closest = { index, gapSeconds };
  }
  return points.toSpliced(closest.index, 1);
}

const z95 = 1.959963984540054;

/** Wilson's 95 % interval of a share; for a rate, the one of a Poisson count; for a gauge, the figure alone. */
function intervalOf(
  kind: MetricJudgement['kind'],
  rate: number | null,
  trials: number,
): RateWithInterval | null {
  if (rate === null || trials <= 0) return null;
  if (kind === 'gauge') return { rate, low: rate, high: rate };
  const half = (z95 * z95) / 2;
  if (kind === 'rate') {
    const events = rate * trials;
    const width = z95 * Math.sqrt(events + half / 2);
    return {
      rate,
      low: Math.max(0, (events + half - width) / trials),
      high: (events + half + width) / trials,
    };
  }
  const scale = 1 + (2 * half) / trials;
  const center = (rate + half / trials) / scale;
  const width = (z95 / scale) * Math.sqrt((rate * (1 - rate)) / trials + half / (2 * trials * trials));
  return { rate, low: Math.max(0, center - width), high: Math.min(1, center + width) };
}
