import type { MetricSettings } from '../../policies/judge/metric-settings.ts';
import { planMetric, type MetricPlan } from '../../policies/judge/plan.ts';
import { metricSettings } from '../../policies/judge/replay/replay-settings.ts';
import { inputFailure } from '../../stacks/failure.ts';

/** What is planned for: metrics at shares, on some traffic. */
export interface PlanRequest {
  requestsPerSecond: number;
  shares: number[];
  baselineRates: number[];
  metrics: MetricSettings[];
  alpha: number;
  beta: number;
  horizonSeconds: number;
  /** How long a step may stay undecided; null where no policy says. */
  deadlineSeconds: number | null;
}

export interface JudgePlan extends Omit<PlanRequest, 'metrics'> {
  metrics: MetricPlan[];
}

/** The plan of every metric at every share and, for errors, at every rate. */
export function planRollout(request: PlanRequest): JudgePlan {
  const critical = request.metrics.filter((metric) => metric.isCritical);
  const plans = request.shares.flatMap((share) =>
    critical
      .filter(({ kind }) => kind !== 'gauge')
      .flatMap((metric) => {
        const rates = metric.kind === 'latency' ? [0] : request.baselineRates;
        return rates.map((baselineRate) =>
          planMetric({ ...request, metric, share, baselineRate, alpha: request.alpha / critical.length }),
        );
      }),
  );
  return { ...request, metrics: plans };
}

/** What the options of `judge plan` ask for; `policy` brings the steps and metrics of a service. */
export function readPlanOptions(
  values: Readonly<Record<string, unknown>>,
  policy: Partial<PlanRequest>,
): PlanRequest {
  const { rps, share, rate, tolerate, slack } = values;
  if (policy.metrics !== undefined && (tolerate ?? slack) !== undefined)
    throw inputFailure(
      'usage',
      'with --service the policy says what is tolerated; leave --tolerate and --slack out',
    );
  const tolerated = shareOf('tolerate', tolerate);
  const slackShare = shareOf('slack', slack);
  const errors = metricSettings('errors', 'ratio', {
    ...(tolerated === null ? {} : { toleratedRatio: 1 + tolerated }),
    ...(slackShare === null ? {} : { slack: slackShare }),
  });
  const latency = metricSettings(
    'latency',
    'latency',
    tolerated === null ? {} : { toleratedRatio: 1 + tolerated },
  );
  const requestsPerSecond = rps === undefined ? policy.requestsPerSecond : Number(rps);
  if (requestsPerSecond === undefined)
    throw inputFailure('usage', 'say how many requests a second there are: `evenkeel judge plan --rps 100`');
  if (!(requestsPerSecond > 0) || !Number.isFinite(requestsPerSecond))
    throw inputFailure('usage', `--rps ${String(rps)} is not a number above 0`);
  const own = shareOf('share', share);
  const ownRate = shareOf('rate', rate);
  if (own !== null && (own === 0 || own >= 1))
    throw inputFailure('usage', '--share lies between 0% and 100%');
  if (ownRate !== null && ownRate >= 1) throw inputFailure('usage', '--rate lies below 100%');
  return {
    requestsPerSecond,
    shares: own === null ? (policy.shares ?? [0.05]) : [own],
    baselineRates: ownRate === null ? (policy.baselineRates ?? [0.001, 0.01]) : [ownRate],
    metrics: policy.metrics ?? [errors, latency],
    alpha: policy.alpha ?? 0.01,
    beta: policy.beta ?? 0.05,
    horizonSeconds: policy.horizonSeconds ?? 86_400,
    deadlineSeconds: policy.deadlineSeconds ?? null,
  };
}

function shareOf(option: string, text: unknown): number | null {
  if (text === undefined) return null;
  const [, number] = typeof text === 'string' ? (/^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text) ?? []) : [];
  if (number === undefined)
    throw inputFailure('usage', `--${option} ${JSON.stringify(text)} is no share; write --${option} 5%`);
  return Number(number) / 100;
}

/** The plan for people: a line for each metric, share and rate. */
export function planTable(plan: JudgePlan): string {
  const rows = plan.metrics.map((metric) => row(metric, plan.deadlineSeconds));
  const head = [
    'metric',
    'share',
    'usually',
    'worse',
    'rolled back after',
    'if it begins late',
    'passes after',
    '',
  ];
  const table = [head, ...rows.flat()];
  const widths = head.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return [
    `${plan.requestsPerSecond} requests a second; at most one harmless rollout in ${Math.round(1 / plan.alpha)} is rolled back, one harmful step in ${Math.round(1 / plan.beta)} passes`,
    '',
    ...table.map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    '',
    'Times are estimates: the least that is possible, times a factor from simulations; a tick and the soak come on top.',
    '"late": any time within the rollout. Latency: the slowest tenth of answers.',
  ].join('\n');
}

function row(metric: MetricPlan, deadlineSeconds: number | null): string[][] {
  const pass = metric.passSeconds;
  const isTooShort = deadlineSeconds !== null && (pass === null || pass > deadlineSeconds);
  return metric.detections.map(({ times, atStartSeconds, lateSeconds }, index) => [
    index === 0 ? metric.metric : '',
    index === 0 ? percent(metric.share) : '',
    index === 0 && metric.kind !== 'latency' ? percent(metric.baselineRate) : '',
    `${times}x`,
    duration(atStartSeconds),
    duration(lateSeconds),
    index === 0 ? duration(pass) : '',
    index === 0 && isTooShort ? `after the step's deadline, ${duration(deadlineSeconds)}` : '',
  ]);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** Two digits are all there is to say. */
function duration(seconds: number | null): string {
  if (seconds === null) return 'not within the rollout';
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toPrecision(2))} h`;
}
