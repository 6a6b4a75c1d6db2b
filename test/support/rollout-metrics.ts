/** A metric server with the history of two versions, and a source that reads it as a rollout would. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { askPrometheus, type AskPrometheus } from '../../action/metrics/prometheus/ask-prometheus.ts';
import { prometheusSource } from '../../action/metrics/prometheus/prometheus-source.ts';
import type { MetricSource, SourceReading } from '../../action/metrics/metric-source.ts';
import type { MetricPolicy, SelectedMetric } from '../../policies/policy-file/policy.ts';
import { startPrometheus, startVictoriaMetrics } from './metric-servers.ts';

const scrapeSeconds = 15;
/** As labels of the series have them: the first digits of both releases' digests. */
export const [candidate, stable] = ['c'.repeat(12), 'a'.repeat(12)];
const { signal } = new AbortController();

/** A series' samples, one every 15 seconds. `at` counts seconds since the first; null: not scraped. */
export interface History {
  series: string;
  valueAt(at: number): number | string | null;
}

export const errors: SelectedMetric = {
  kind: 'ratio',
  bad: 'requests_total{code=~"5.."}',
  total: 'requests_total',
};

export function metricOf(name: string, selected: SelectedMetric): MetricPolicy {
  const settings = { name, kind: selected.kind, isCritical: true, toleratedRatio: 1.1, slack: 0 };
  return { ...settings, source: { from: 'prometheus', ...selected } };
}

export function clientOf(url: string): AskPrometheus {
  return askPrometheus({ url, authorization: null, ca: null, timeoutSeconds: 10 });
}

export function sourceOf(ask: AskPrometheus, ...metrics: MetricPolicy[]): MetricSource {
  return prometheusSource({
    ask,
    metrics,
    version: { label: 'release', candidate, stable },
    scrapeSeconds,
    lagSeconds: 2,
    minimumCoverage: 0.8,
  });
}

const lookBehind = scrapeSeconds + 2;
export const begin = Math.floor(Date.now() / 1000) - 1800;
export const serverNames = ['Prometheus', 'VictoriaMetrics'] as const;

/** The samples of `seconds`, by their times. */
function samplesOf(histories: readonly History[], seconds: number): { line: string; atSeconds: number }[] {
  return histories.flatMap(({ series, valueAt }) => {
    const samples: { line: string; atSeconds: number }[] = [];
    for (let at = 0; at <= seconds; at += scrapeSeconds) {
      const value = valueAt(at);
      if (value !== null) samples.push({ line: `${series} ${value}`, atSeconds: begin + at });
    }
    return samples;
  });
}

/** A server with these histories in it. */
export function startWith(
  context: TestContext,
  server: (typeof serverNames)[number],
  histories: readonly History[],
  seconds = 300,
): Promise<string> {
  const samples = samplesOf(histories, seconds);
  if (server === 'VictoriaMetrics')
    return startVictoriaMetrics(
      context,
      `${samples.map(({ line, atSeconds }) => `${line} ${atSeconds * 1000}`).join('\n')}\n`,
    );
  const lines = samples.map(({ line, atSeconds }) => `${line} ${atSeconds}`);
  return startPrometheus(context, `${lines.join('\n')}\n# EOF\n`);
}

export function programsOf(server: (typeof serverNames)[number]): string[] {
  return server === 'Prometheus' ? ['prometheus', 'promtool'] : ['victoria-metrics'];
}

/** Looks when the newest samples are those of `at` seconds. */
export function lookAt(source: MetricSource, at: number): Promise<SourceReading | null> {
  return source.look(begin + at + lookBehind, signal);
}

/** Looks at each of these times and tells the last reading; the first look says where the first window begins. */
export async function readAt(source: MetricSource, ...times: number[]): Promise<SourceReading> {
  let reading: SourceReading | null = null;
  for (const at of times) reading = await lookAt(source, at);
  assert.ok(reading !== null, 'there is nothing to read yet');
  return reading;
}

export function ofRelease(release: string, code: string, instance = `${release[0]}1`): string {
  return `requests_total{release="${release}",code="${code}",job="shop",instance="${instance}"}`;
}
