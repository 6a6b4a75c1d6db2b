import type { VersionSample } from '../../../policies/judge/tick.ts';
import type { MetricPolicy, SelectedMetric } from '../../../policies/policy-file/policy.ts';
import type { AskPrometheus } from './ask-prometheus.ts';
import type { MetricProblem, MetricSource, SourceReading } from '../metric-source.ts';
import { readSamples } from './read-samples.ts';
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
 * How long a metric may bring no figures while nothing is wrong with its server but one scrape that was missed: until the
 * window is so long that the scrape is a share that may be missing.
 */
export function silenceSeconds(
  server: Pick<PrometheusSourceOptions, 'scrapeSeconds' | 'lagSeconds' | 'minimumCoverage'>,
  timeoutSeconds: number,
): number {
  const scrapes = Math.ceil(1 / (1 - server.minimumCoverage) - 1e-9);
  const longest = Math.min(scrapes * server.scrapeSeconds, maxWindowSeconds);
  return longest + 2 * server.scrapeSeconds + server.lagSeconds + timeoutSeconds;
}

/** Where a metric's next window begins, and when it is asked for at the earliest. */
interface NextWindow {
  fromSeconds: number;
  askAtSeconds: number;
}

/**
 * Raw counter samples of both versions, each selector in one query at one instant: a range selector, which has no limit of
 * points, unlike a range query. The window ends when the newest scrape can be read and begins where the last one ended, so
 * that nothing is counted twice, nor lost while the server is down. A window that can never be counted, because a version
 * was not there when it began, is left behind.
 */
export function prometheusSource(options: PrometheusSourceOptions): MetricSource {
  const { scrapeSeconds } = options;
  const nextOf = new Map<string, NextWindow>();
  return {
    async look(atSeconds, signal) {
      const toSeconds = Math.floor(atSeconds - scrapeSeconds - options.lagSeconds);
      const due = options.metrics.flatMap((metric) => {
        const next = nextOf.get(metric.name);
        if (next === undefined) nextOf.set(metric.name, { fromSeconds: toSeconds, askAtSeconds: atSeconds });
        const isDue =
          next !== undefined &&
          atSeconds >= next.askAtSeconds &&
          toSeconds - next.fromSeconds >= scrapesPerWindow * scrapeSeconds;
        return isDue ? [{ metric, window: { fromSeconds: next.fromSeconds, toSeconds } }] : [];
      });
      if (due.length === 0) return null;
      const readings = await Promise.all(
        due.map(async ({ metric, window }) => {
          const parts = await readMetric(metric, window, options, signal);
          const isTooOld = toSeconds - window.fromSeconds > maxWindowSeconds;
          const isOver = isTooOld || !maySucceedLater(parts);
          nextOf.set(metric.name, {
            fromSeconds: isOver ? toSeconds : window.fromSeconds,
            // Not before there is something new.
            askAtSeconds: atSeconds + scrapeSeconds,
          });
          return { name: metric.name, parts };
        }),
      );
      signal.throwIfAborted();
      return combine(readings);
    },
  };
}

/** Both versions are counted over one window or neither is, as long as that can be waited for. */
function maySucceedLater({ candidate, baseline }: SampleParts): boolean {
  return [candidate, baseline].some((part) => 'problem' in part && !part.isLost);
}

function combine(readings: { name: string; parts: SampleParts }[]): SourceReading {
  const candidate: VersionSample = {};
  const baseline: VersionSample = {};
  const problems: MetricProblem[] = [];
  for (const { name, parts } of readings) {
    const [problem] = [parts.candidate, parts.baseline].flatMap((part) =>
      'problem' in part ? part.problem : [],
    );
    if (problem !== undefined) problems.push({ metric: name, message: problem });
    if (maySucceedLater(parts)) continue;
    if (!('problem' in parts.candidate)) addPart(candidate, name, parts.candidate);
    if (!('problem' in parts.baseline)) addPart(baseline, name, parts.baseline);
  }
  return { candidate: orNull(candidate), baseline: orNull(baseline), problems };
}

function orNull(sample: VersionSample): VersionSample | null {
  return Object.keys(sample).length === 0 ? null : sample;
}

async function readMetric(
  { source }: MetricPolicy,
  window: Window,
  options: PrometheusSourceOptions,
  signal: AbortSignal,
): Promise<SampleParts> {
  if (source.from !== 'prometheus') return neither('it does not come from Prometheus');
  const seconds = window.toSeconds - window.fromSeconds + scrapesBefore * options.scrapeSeconds;
  const asked = await Promise.all(
    Object.entries(selectorsOf(source)).map(async ([part, selector]) => {
      const query = rangeQuery(selector, options.version, seconds);
      const answer = await options.ask('/api/v1/query', { query, time: String(window.toSeconds) }, signal);
      return {
        part,
        read: 'problem' in answer ? { ok: false as const, ...answer } : readSamples(answer.answer),
      };
    }),
  );
  const series: MetricSeries = {};
  for (const { part, read } of asked) {
    if (!read.ok) return neither(read.problem);
    series[part] = read.series;
  }
  return sampleOfMetric(source, series, window, options);
}

function neither(problem: string): SampleParts {
  const gap = { problem, isLost: false };
  return { candidate: gap, baseline: gap };
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
