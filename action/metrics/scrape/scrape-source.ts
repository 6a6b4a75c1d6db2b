import { request } from 'undici';
import type { MetricPolicy, SelectedMetric } from '../../../policies/policy-file/policy.ts';
import { matcherOf } from '../../../policies/selector/match-selector.ts';
import type { VersionSample } from '../../../policies/judge/tick.ts';
import type { MetricProblem, MetricSource, SourceReading } from '../metric-source.ts';
import type { RawSeries } from '../prometheus/read-samples.ts';
import { addPart, sampleOfMetric, type MetricSeries } from '../prometheus/sample-of-metric.ts';
import { readExposition, seriesKey, type ExposedSample } from './read-exposition.ts';

/** Where the instances of both versions serve their metrics now. */
export interface ScrapeTargets {
  candidate: string[];
  baseline: string[];
}

export interface ScrapeSourceOptions {
  metrics: readonly MetricPolicy[];
  targets(): Promise<ScrapeTargets | null>;
  everySeconds: number;
  timeoutSeconds: number;
}

/** All instances at one look: what each of them exposes, by its address. */
interface Scrape {
  atSeconds: number;
  candidate: Map<string, ExposedSample[]>;
  baseline: Map<string, ExposedSample[]>;
}

const maxBytes = 16 * 1024 * 1024;
/** In the place of digests: which version an address is of is known here. */
const version = { label: 'version', candidate: 'candidate', stable: 'baseline' };

/**
 * Reads every instance itself. Counters are counted from one look to the next, each instance on its own; one that is new
 * counts from its first look. Their text is taken as it is: that an instance is of a version is known from the router, and
 * its own labels do not tell. An instance that cannot be read makes the look a problem: a part of the instances is not the
 * version. The next look that succeeds is counted from the last one that did, so nothing is lost meanwhile; only what an
 * instance counted between its last look and its end is.
 */
export function scrapeSource(options: ScrapeSourceOptions): MetricSource {
  let last: Scrape | null = null;
  let nextAtSeconds = -Infinity;
  return {
    async look(atSeconds, signal) {
      if (atSeconds < nextAtSeconds) return null;
      nextAtSeconds = atSeconds + options.everySeconds;
      const targets = await options.targets();
      const scraped =
        targets === null
          ? { problem: 'the instances are not known, since the router cannot be reached' }
          : await scrapeAll(targets, atSeconds, options, signal);
      signal.throwIfAborted();
      if ('problem' in scraped) {
        const problems = options.metrics.map(({ name }) => ({ metric: name, message: scraped.problem }));
        return { candidate: null, baseline: null, problems };
      }
      const before = last;
      last = scraped;
      return before === null ? null : compare(options.metrics, stillThere(before, scraped), scraped);
    },
  };
}

/** Instances that were taken away since: they owe no sample. */
function stillThere(before: Scrape, now: Scrape): Scrape {
  const those = (side: 'candidate' | 'baseline') =>
    new Map([...before[side]].filter(([instance]) => now[side].has(instance)));
  return { ...before, candidate: those('candidate'), baseline: those('baseline') };
}

function compare(metrics: readonly MetricPolicy[], before: Scrape, now: Scrape): SourceReading {
  const candidate: VersionSample = {};
  const baseline: VersionSample = {};
  const problems: MetricProblem[] = [];
  const window = { fromSeconds: before.atSeconds, toSeconds: now.atSeconds };
  const rules = { version, scrapeSeconds: now.atSeconds - before.atSeconds, minimumCoverage: 1 };
  for (const { name, source } of metrics) {
    if (source.from !== 'scrape') continue;
    const series = seriesOf(source, [before, now]);
    const parts = sampleOfMetric(source, series, window, rules);
    for (const [part, sample] of [
      [parts.candidate, candidate],
      [parts.baseline, baseline],
    ] as const) {
      if (!('problem' in part)) addPart(sample, name, part);
      else if (problems.at(-1)?.metric !== name) problems.push({ metric: name, message: part.problem });
    }
  }
  return { candidate, baseline, problems };
}

/** Both looks as series with two samples each. */
function seriesOf(metric: SelectedMetric, scrapes: readonly Scrape[]): MetricSeries {
  const series: MetricSeries = {};
  for (const [part, selector] of selectorsOf(metric)) {
    const isPicked = matcherOf(selector);
    const byKey = new Map<string, RawSeries>();
    for (const scrape of scrapes)
      for (const side of ['candidate', 'baseline'] as const)
        for (const [instance, samples] of scrape[side])
          for (const { name, labels, value } of samples) {
            if (!isPicked(name, labels)) continue;
            const own = { ...labels, job: '', instance, version: side };
            const key = `${instance} ${seriesKey(name, labels)}`;
            const known: RawSeries = byKey.get(key) ?? { labels: own, samples: [], histograms: [] };
            known.samples.push({ atSeconds: scrape.atSeconds, value });
            byKey.set(key, known);
          }
    series[part] = [...byKey.values()];
  }
  return series;
}

function selectorsOf(metric: SelectedMetric): [string, string][] {
  switch (metric.kind) {
    case 'ratio':
      return [
        ['bad', metric.bad],
        ['total', metric.total],
      ];
    case 'rate':
      return [
        ['count', metric.count],
        ...(metric.exposure === null ? [] : [['exposure', metric.exposure] as [string, string]]),
      ];
    case 'latency':
      return [['buckets', metric.histogram.replace(/^[a-zA-Z0-9_:]+/, (name) => `${name}_bucket`)]];
    case 'gauge':
      return [['gauge', metric.gauge]];
  }
}

async function scrapeAll(
  targets: ScrapeTargets,
  atSeconds: number,
  { timeoutSeconds }: ScrapeSourceOptions,
  signal: AbortSignal,
): Promise<Scrape | { problem: string }> {
  const scrape: Scrape = { atSeconds, candidate: new Map(), baseline: new Map() };
  const problems: string[] = [];
  await Promise.all(
    (['candidate', 'baseline'] as const).flatMap((side) =>
      targets[side].map(async (url) => {
        const read = await scrapeOne(url, timeoutSeconds, signal);
        if ('problem' in read) problems.push(`${url}: ${read.problem}`);
        else scrape[side].set(url, read.samples);
      }),
    ),
  );
  const [problem] = problems.sort();
  return problem === undefined ? scrape : { problem };
}

async function scrapeOne(
  url: string,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<{ samples: ExposedSample[] } | { problem: string }> {
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const { statusCode, headers, body } = await request(url, {
      headers: { accept: 'application/openmetrics-text; version=1.0.0, text/plain; version=0.0.4' },
      signal: AbortSignal.any([signal, deadline]),
    });
    if (statusCode !== 200) {
      await body.dump();
      return { problem: `the instance answered ${statusCode}` };
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) return { problem: 'its metrics are longer than 16 MiB' };
      chunks.push(chunk);
    }
    const isOpenMetrics = /^application\/openmetrics-text\b/.test(String(headers['content-type']));
    const read = readExposition(Buffer.concat(chunks).toString('utf8'), isOpenMetrics);
    return read.ok ? { samples: read.samples } : { problem: read.problem };
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return { problem: `the instance did not answer within ${timeoutSeconds} s` };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
    return { problem: `the instance cannot be reached (${code})` };
  }
}
