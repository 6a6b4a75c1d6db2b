import type { MetricSettings } from '../../policies/judge/metric-settings.ts';
import type { MetricPolicy } from '../../policies/policy-file/policy.ts';

/** The policy's metrics without where they come from, which the judge does not ask. */
export function metricsToJudge(metrics: readonly MetricPolicy[]): MetricSettings[] {
  return metrics.map(({ source: _, ...settings }) => settings);
}
