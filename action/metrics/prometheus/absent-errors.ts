/**
 * A version without a single series of errors: either it had none, or they are looked for where they never are. The second
 * would pass whatever the version does, so the first has to be shown.
 */
import type { SelectedMetric } from '../../../policies/policy-file/policy.ts';
import { partsOfSelector } from '../../../policies/selector/read-selector.ts';
import type { RawSeries } from './read-samples.ts';
import type { MetricSeries } from './sample-of-metric.ts';
import { targetOf } from './window-increase.ts';

/**
 * Why the absence is not zero errors, or null when it is. Labels of the metric that counts all requests show that errors
 * would be found there; a metric of its own is known to be on the same targets once one of them has had an error.
 * `series`: of both versions.
 */
export function describeAbsentErrors(
  metric: SelectedMetric & { kind: 'ratio' },
  { bad = [], total = [] }: MetricSeries,
): string | null {
  const own = partsOfSelector(metric.bad);
  if (own.name === partsOfSelector(metric.total).name) {
    const unknown = own.labels.find((label) => !hasLabel(total, label));
    return unknown === undefined
      ? null
      : `no series of total has the label ${unknown}, which bad selects by; correct the selector`;
  }
  const targets = new Set(total.map(targetOf));
  return bad.some((series) => targets.has(targetOf(series)))
    ? null
    : 'bad has no sample; expose it from the start, at zero, or select errors out of total by a label';
}

function hasLabel(series: readonly RawSeries[], label: string): boolean {
  return series.some(({ labels }) => Object.hasOwn(labels, label));
}
