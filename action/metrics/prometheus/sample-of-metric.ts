/** From the series of one metric to what each version did in a window, or in a few words why that is not known. */
import type { EventSample, VersionSample } from '../../../policies/judge/tick.ts';
import type { SelectedMetric } from '../../../policies/policy-file/policy.ts';
import { describeAbsentErrors } from './absent-errors.ts';
import { latencyOf, type LatencyPart } from './latency-of-series.ts';
import type { RawSeries } from './read-samples.ts';
import { versionOf } from './selector-text.ts';
import { describeGap, lost, type Gap, type Look, type SampleRules } from './window-gap.ts';
import { increaseOf, lastValueOf, samplesIn, targetOf, targetsOf, type Window } from './window-increase.ts';

/** Series by the part of the metric that they are: bad, total, count, exposure, buckets, native, gauge. */
export type MetricSeries = Record<string, RawSeries[]>;

export type SamplePart =
  { kind: 'events'; sample: EventSample } | LatencyPart | { kind: 'gauge'; values: number[] };

export interface SampleParts {
  candidate: SamplePart | Gap;
  baseline: SamplePart | Gap;
}

/** Two counters of one service may be scraped a moment apart. */
const tolerance = 1.05;

/** What both versions did. A version without figures says why, and takes nothing from the other. */
export function sampleOfMetric(
  metric: SelectedMetric,
  series: MetricSeries,
  window: Window,
  rules: SampleRules,
): SampleParts {
  const ofVersion = (name: 'candidate' | 'baseline'): SamplePart | Gap => {
    const own: MetricSeries = {};
    for (const [part, all] of Object.entries(series))
      own[part] = all.filter(({ labels }) => versionOf(labels, rules.version) === name);
    const targets = targetsOf(Object.values(own).flat(), window);
    const known = sampleOfVersion(metric, own, series, { window, targets, rules });
    const who = name === 'candidate' ? 'the candidate' : 'the stable version';
    return 'problem' in known ? { ...known, problem: `${who}: ${known.problem}` } : known;
  };
  const parts = { candidate: ofVersion('candidate'), baseline: ofVersion('baseline') };
  const { candidate, baseline } = parts;
  if ('problem' in candidate || 'problem' in baseline) return parts;
  if (candidate.kind !== 'latency' || baseline.kind !== 'latency') return parts;
  if (candidate.sample.bounds.join() === baseline.sample.bounds.join()) return parts;
  const gap = lost('the versions have histograms with different bounds, so they cannot be compared');
  return { candidate: gap, baseline: gap };
}

/** Puts one metric's part into a version's sample. */
export function addPart(sample: VersionSample, name: string, part: SamplePart): void {
  if (part.kind === 'events') sample.events = { ...sample.events, [name]: part.sample };
  else if (part.kind === 'latency') sample.latencies = { ...sample.latencies, [name]: part.sample };
  else sample.gauges = { ...sample.gauges, [name]: part.values };
}

function sampleOfVersion(
  metric: SelectedMetric,
  series: MetricSeries,
  ofBoth: MetricSeries,
  look: Look,
): SamplePart | Gap {
  const of = (part: string): RawSeries[] => series[part] ?? [];
  switch (metric.kind) {
    case 'ratio':
      return ratioOf(metric, series, ofBoth, look);
    case 'rate':
      return rateOf(of('count'), metric.exposure === null ? null : of('exposure'), look);
    case 'latency':
      return latencyOf(of('buckets'), of('native'), look);
    case 'gauge': {
      const gap = describeGap(of('gauge'), look, 'gauge');
      if (gap !== null) return gap;
      const values = of('gauge').flatMap((own) => lastValueOf(own, look.window) ?? []);
      if (values.length === 0) return lost('no sample');
      if (!values.every(Number.isFinite)) return lost('a sample is infinite or no number');
      return { kind: 'gauge', values };
    }
  }
}

function ratioOf(
  metric: SelectedMetric & { kind: 'ratio' },
  { bad = [], total = [] }: MetricSeries,
  ofBoth: MetricSeries,
  look: Look,
): SamplePart | Gap {
  const gap = describeGap(total, look);
  if (gap !== null) return gap;
  if (bad.length === 0) {
    const absence = describeAbsentErrors(metric, ofBoth);
    if (absence !== null) return lost(absence);
  } else {
    const badGap = describeGap(bad, look, 'may-begin');
    if (badGap !== null) return { ...badGap, problem: `bad: ${badGap.problem}` };
  }
  const trials = Math.round(sumOf(total, look));
  const events = Math.round(sumOf(bad, look));
  if (events > Math.max(trials * tolerance, trials + 1))
    return lost(`bad counted ${events}, more than total, ${trials}, which it is to be a part of`);
  return { kind: 'events', sample: { events: Math.min(events, trials), trials } };
}

function rateOf(count: RawSeries[], exposure: RawSeries[] | null, look: Look): SamplePart | Gap {
  const gap = describeGap(count, look) ?? (exposure === null ? null : describeGap(exposure, look));
  if (gap !== null) return gap;
  const { window } = look;
  const seen = count.filter((own) => samplesIn(own, window).inside.length > 0);
  const instances = new Set(seen.map(targetOf)).size;
  const trials =
    exposure === null ? instances * (window.toSeconds - window.fromSeconds) : sumOf(exposure, look);
  return { kind: 'events', sample: { events: sumOf(count, look), trials } };
}

function sumOf(series: readonly RawSeries[], { targets, window }: Look): number {
  return series.reduce((sum, own) => sum + increaseOf(own, targets, window), 0);
}
