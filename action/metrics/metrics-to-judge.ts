import type { MetricSettings } from '../../policies/judge/metric-settings.ts';
import type { MetricPolicy } from '../../policies/policy-file/policy.ts';

/** What a busy host does to anyone: slower by this much is harmless where a router measures. */
const latencySlackSeconds = 0.005;

/** The policy's metrics in the judge's terms. */
export function metricsToJudge(metrics: readonly MetricPolicy[]): MetricSettings[] {
  return metrics.map((metric) =>
    metric.name === 'latency'
      ? { ...metric, kind: 'latency', slack: latencySlackSeconds }
      : { ...metric, kind: 'ratio' },
  );
}
