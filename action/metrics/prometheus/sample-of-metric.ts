/** From the series of one metric to what each version did in a window, or in a few words why that is not known. */
import type { EventSample, LatencySample, VersionSample } from '../../../policies/judge/tick.ts';
import type { SelectedMetric } from '../../../policies/policy-file/policy.ts';
import type { RawSeries } from './read-samples.ts';
import { versionOf, type VersionLabel } from './selector-text.ts';
import {
  coverageOf,
  increaseOf,
  lastValueOf,
  nativeIncreaseOf,
  withinBounds,
  type Window,
} from './window-increase.ts';

/** Series by the part of the metric that they are: bad, total, count, exposure, buckets, native, gauge. */
export type MetricSeries = Record<string, RawSeries[]>;

export type SamplePart =
  | { kind: 'events'; sample: EventSample }
  | { kind: 'latency'; sample: LatencySample }
  | { kind: 'gauge'; values: number[] };

export interface SampleParts {
  candidate: SamplePart;
  baseline: SamplePart;
}

export interface SampleRules {
  version: VersionLabel;
  scrapeSeconds: number;
  minimumCoverage: number;
}

type Known<Value> = Value | { problem: string };

/** Where native histograms, whose buckets come and go, are cut, in seconds. */
export const nativeBounds: readonly number[] = [
  0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** Two counters of one service may be scraped a moment apart. */
const tolerance = 1.05;

export function sampleOfMetric(
  metric: SelectedMetric,
  series: MetricSeries,
  window: Window,
  rules: SampleRules,
): Known<SampleParts> {
  const ofVersion = (name: 'candidate' | 'baseline'): Known<SamplePart> => {
    const own: MetricSeries = {};
    for (const [part, all] of Object.entries(series))
      own[part] = all.filter(({ labels }) => versionOf(labels, rules.version) === name);
    const known = sampleOfVersion(metric, own, window, rules);
    const who = name === 'candidate' ? 'the candidate' : 'the stable version';
    return 'problem' in known ? { problem: `${who}: ${known.problem}` } : known;
  };
  const candidate = ofVersion('candidate');
  if ('problem' in candidate) return candidate;
  const baseline = ofVersion('baseline');
  if ('problem' in baseline) return baseline;
  if (candidate.kind === 'latency' && baseline.kind === 'latency') {
    const bounds = candidate.sample.bounds.join();
    if (bounds !== baseline.sample.bounds.join())
      return { problem: 'the versions have histograms with different bounds, so they cannot be compared' };
  }
  return { candidate, baseline };
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
  window: Window,
  rules: SampleRules,
): Known<SamplePart> {
  const of = (part: string): RawSeries[] => series[part] ?? [];
  switch (metric.kind) {
    case 'ratio': {
      const gap = gapIn(of('total'), window, rules);
      if (gap !== null) return { problem: gap };
      const trials = Math.round(sumOf(of('total'), of('total'), window));
      // Errors that never happened have no series; what counts all requests shows that the version is there.
      const events = Math.round(sumOf(of('bad'), [...of('bad'), ...of('total')], window));
      if (events > trials * tolerance)
        return { problem: `bad counted ${events}, more than total, ${trials}, which it is to be a part of` };
      return { kind: 'events', sample: { events: Math.min(events, trials), trials } };
    }
    case 'rate': {
      const gap = gapIn(of(metric.exposure === null ? 'count' : 'exposure'), window, rules);
      if (gap !== null) return { problem: gap };
      const events = sumOf(of('count'), of('count'), window);
      const seconds = window.toSeconds - window.fromSeconds;
      const trials =
        metric.exposure === null
          ? instancesOf(of('count')) * seconds
          : sumOf(of('exposure'), of('exposure'), window);
      return { kind: 'events', sample: { events, trials } };
    }
    case 'latency':
      return latencyOf(of('buckets'), of('native'), window, rules);
    case 'gauge': {
      const values = of('gauge').flatMap((own) => lastValueOf(own, window) ?? []);
      if (values.length === 0) return { problem: 'no sample' };
      if (!values.every(Number.isFinite)) return { problem: 'a sample is infinite' };
      return { kind: 'gauge', values };
    }
  }
}

function latencyOf(
  classic: RawSeries[],
  native: RawSeries[],
  window: Window,
  rules: SampleRules,
): Known<SamplePart> {
  const histograms = native.filter(({ histograms: own }) => own.length > 0);
  if (classic.length > 0) return classicLatency(classic, window, rules);
  const gap = gapIn(histograms, window, rules);
  if (gap !== null) return { problem: `${gap} of a histogram, neither with buckets (_bucket) nor native` };
  const buckets = histograms.flatMap((own) => nativeIncreaseOf(own, window));
  return { kind: 'latency', sample: { bounds: nativeBounds, ...withinBounds(buckets, nativeBounds) } };
}

function classicLatency(series: RawSeries[], window: Window, rules: SampleRules): Known<SamplePart> {
  const gap = gapIn(series, window, rules);
  if (gap !== null) return { problem: gap };
  const byBound = new Map<number, number>();
  for (const own of series) {
    const text = own.labels['le'] ?? '';
    const bound = text === '+Inf' ? Infinity : Number(text);
    if (text === '' || Number.isNaN(bound)) return { problem: 'a bucket has no bound (le)' };
    byBound.set(bound, (byBound.get(bound) ?? 0) + increaseOf(own, series, window));
  }
  const answered = byBound.get(Infinity);
  if (answered === undefined) return { problem: 'the bucket without a bound (le="+Inf") is missing' };
  const bounds = [...byBound.keys()].filter(Number.isFinite).sort((a, b) => a - b);
  // Buckets are not scraped at one instant by all servers: what is within a bound is within the next.
  let most = 0;
  const within = bounds.map((bound) => (most = Math.min(answered, Math.max(most, byBound.get(bound) ?? 0))));
  return { kind: 'latency', sample: { bounds, within, answered } };
}

/** Why the window cannot be counted; null where it can. */
function gapIn(
  series: readonly RawSeries[],
  window: Window,
  { scrapeSeconds, minimumCoverage }: SampleRules,
): string | null {
  if (series.length === 0) return 'no sample';
  const coverages = series.flatMap((own) => coverageOf(own, window, scrapeSeconds) ?? []);
  if (coverages.length === 0) return 'no sample at the beginning of the window';
  const least = Math.min(...coverages);
  if (least >= minimumCoverage) return null;
  return `only ${Math.round(least * 100)} % of the scrapes have a sample, ${Math.round(minimumCoverage * 100)} % are needed`;
}

function sumOf(series: readonly RawSeries[], siblings: readonly RawSeries[], window: Window): number {
  return series.reduce((sum, own) => sum + increaseOf(own, siblings, window), 0);
}

function instancesOf(series: readonly RawSeries[]): number {
  return new Set(series.map(({ labels }) => labels['instance'] ?? '')).size;
}
