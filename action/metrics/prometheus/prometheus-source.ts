import type { VersionSample } from '../../../policies/judge/tick.ts';
import type { MetricPolicy, SelectedMetric } from '../../../policies/policy-file/policy.ts';
import type { AskPrometheus } from './ask-prometheus.ts';
import type { MetricProblem, MetricSource, SourceReading } from '../metric-source.ts';
import { readSamples, type RawSeries } from './read-samples.ts';
import { addPart, sampleOfMetric, type MetricSeries, type SampleParts } from './sample-of-metric.ts';
import { bucketsOf, rangeQuery, type VersionLabel } from './selector-text.ts';
import type { Window } from './window-increase.ts';

export interface PrometheusSourceOptions {
  ask: AskPrometheus;
  metrics: readonly MetricPolicy[];
  version: VersionLabel;
  scrapeSeconds: number;
  /** How long after a scrape its samples can be read. */
  lagSeconds: number;
  minimumCoverage: number;
}

/** Fewer scrapes than this in a window, and one that came late would leave it empty. */
const scrapesPerWindow = 2;
/** A window that could not be read is read with the next one, for so long. */
const maxWindowSeconds = 600;
/** Before the window, to find the sample that it is counted from. */
const scrapesBefore = 3;

/**
 * Raw counter samples of both versions, each metric in one query at one instant: a range selector, which has no limit of
 * points. The window ends when the newest scrape can be read and begins where the last one ended, so that nothing is
 * counted twice or lost, also when the server was down in between.
 */
export function prometheusSource(options: PrometheusSourceOptions): MetricSource {
  const fromOf = new Map<string, number>();
  return {
    async look(atSeconds, signal) {
      const toSeconds = Math.floor(atSeconds - options.scrapeSeconds - options.lagSeconds);
      const due = options.metrics.filter(({ name }) => {
        const from = fromOf.get(name);
        if (from === undefined) fromOf.set(name, toSeconds);
        return from !== undefined && toSeconds - from >= scrapesPerWindow * options.scrapeSeconds;
      });
      if (due.length === 0) return null;
      const readings = await Promise.all(
        due.map(async (metric) => {
          const fromSeconds = fromOf.get(metric.name) ?? toSeconds;
          const parts = await readMetric(metric, { fromSeconds, toSeconds }, options, signal);
          const isTooOld = toSeconds - fromSeconds > maxWindowSeconds;
          if (!('problem' in parts) || isTooOld) fromOf.set(metric.name, toSeconds);
          return { name: metric.name, parts };
        }),
      );
      signal.throwIfAborted();
      return combine(readings);
    },
  };
}

function combine(readings: { name: string; parts: SampleParts | { problem: string } }[]): SourceReading {
  const candidate: VersionSample = {};
  const baseline: VersionSample = {};
  const problems: MetricProblem[] = [];
  for (const { name, parts } of readings) {
    if ('problem' in parts) {
      problems.push({ metric: name, message: parts.problem });
      continue;
    }
    addPart(candidate, name, parts.candidate);
    addPart(baseline, name, parts.baseline);
  }
  const isAnything = problems.length < readings.length;
  return { candidate: isAnything ? candidate : null, baseline: isAnything ? baseline : null, problems };
}

async function readMetric(
  { source }: MetricPolicy,
  window: Window,
  options: PrometheusSourceOptions,
  signal: AbortSignal,
): Promise<SampleParts | { problem: string }> {
  if (source.from !== 'prometheus') return { problem: 'it does not come from Prometheus' };
  const { scrapeSeconds } = options;
  const seconds = window.toSeconds - window.fromSeconds + scrapesBefore * scrapeSeconds;
  const series: MetricSeries = {};
  for (const [part, selector] of Object.entries(selectorsOf(source))) {
    const query = rangeQuery(selector, options.version, seconds);
    const asked = await options.ask('/api/v1/query', { query, time: String(window.toSeconds) }, signal);
    if ('problem' in asked) return asked;
    const read = readSamples(asked.answer);
    if (!read.ok) return { problem: read.problem };
    series[part] = read.series satisfies RawSeries[];
  }
  return sampleOfMetric(source, series, window, options);
}

/** What is asked for each part of a metric. A histogram is probed both ways: classic buckets, and native. */
function selectorsOf(metric: SelectedMetric): Record<string, string> {
  switch (metric.kind) {
    case 'ratio':
      return { bad: metric.bad, total: metric.total };
    case 'rate':
      return metric.exposure === null
        ? { count: metric.count }
        : { count: metric.count, exposure: metric.exposure };
    case 'latency':
      return { buckets: bucketsOf(metric.histogram), native: metric.histogram };
    case 'gauge':
      return { gauge: metric.gauge };
  }
}
