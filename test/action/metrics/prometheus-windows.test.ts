/** When there are no figures: what is missing, said; and what becomes of the window. Against the real Prometheus. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AskPrometheus } from '../../../action/metrics/prometheus/ask-prometheus.ts';
import { silenceSeconds } from '../../../action/metrics/prometheus/prometheus-source.ts';
import { readSamples } from '../../../action/metrics/prometheus/read-samples.ts';
import { rangeQuery } from '../../../action/metrics/prometheus/selector-text.ts';
import type { SelectedMetric } from '../../../policies/policy-file/policy.ts';
import { skipWithout, startPrometheus } from '../../support/metric-servers.ts';
import {
  candidate,
  clientOf,
  errors,
  lookAt,
  metricOf,
  ofRelease,
  readAt,
  sourceOf,
  stable,
  startWith,
  type History,
} from '../../support/rollout-metrics.ts';

const skip = skipWithout('prometheus', 'promtool');
const ratio = metricOf('errors', errors);

/** Ten requests a second, none of them bad. */
function healthy(release: string, isScraped: (at: number) => boolean = () => true): History {
  return { series: ofRelease(release, '200'), valueAt: (at) => (isScraped(at) ? 10 * at : null) };
}

test(
  'a scrape that was missed is made up for by a longer window; nothing is lost',
  { skip },
  async (context) => {
    const url = await startWith(context, 'Prometheus', [
      healthy(stable),
      healthy(candidate, (at) => at !== 90),
    ]);
    const source = sourceOf(clientOf(url), ratio);
    const half = await readAt(source, 60, 90);
    assert.deepEqual(half, {
      candidate: null,
      baseline: null,
      problems: [
        {
          metric: 'errors',
          message: 'the candidate: only 50 % of the scrapes have a sample, 80 % are needed',
        },
      ],
    });
    assert.equal(await lookAt(source, 91), null, 'nothing new can be there before the next scrape');
    const { candidate: counted, baseline } = await readAt(source, 105, 120, 135);
    assert.deepEqual(counted, { events: { errors: { events: 0, trials: 750 } } });
    assert.deepEqual(baseline, counted);
    // No verdict of "no data" for this: the figures came 75 seconds after those that could be had at 60.
    assert.ok(silenceSeconds({ scrapeSeconds: 15, lagSeconds: 2, minimumCoverage: 0.8 }, 10) > 75);
  },
);

test('a window that can never be counted is left behind', { skip }, async (context) => {
  const url = await startWith(context, 'Prometheus', [
    healthy(stable),
    // The candidate is found by its server only after the rollout began.
    healthy(candidate, (at) => at >= 75),
  ]);
  const source = sourceOf(clientOf(url), ratio);
  const first = await readAt(source, 60, 90);
  assert.equal(first.candidate, null);
  assert.deepEqual(
    first.problems.map(({ message }) => message),
    ['the candidate: no sample at the beginning of the window'],
  );
  const second = await readAt(source, 120);
  assert.deepEqual(second.candidate, { events: { errors: { events: 0, trials: 300 } } });
  assert.deepEqual(second.problems, []);
});

test('in the bake the stable version goes, and the candidate is read alone', { skip }, async (context) => {
  const url = await startWith(context, 'Prometheus', [healthy(stable, (at) => at <= 60), healthy(candidate)]);
  const source = sourceOf(clientOf(url), ratio);
  // Its samples end in this window: for a while that may be a scrape that was missed.
  const first = await readAt(source, 45, 75, 90, 105, 120);
  assert.deepEqual(first.baseline, null);
  assert.deepEqual(first.candidate, { events: { errors: { events: 0, trials: 750 } } });
  const second = await readAt(source, 150);
  assert.deepEqual(second, {
    candidate: { events: { errors: { events: 0, trials: 300 } } },
    baseline: null,
    problems: [{ metric: 'errors', message: 'the stable version: no sample' }],
  });
});

test(
  'a server that is down is a problem and no exception, and its time is counted later',
  { skip },
  async (context) => {
    const url = await startWith(context, 'Prometheus', [healthy(stable), healthy(candidate)]);
    const client = clientOf(url);
    let isDown = true;
    // What goes wrong on the wire is shown by ask-prometheus.test.ts.
    const ask: AskPrometheus = (...asked) =>
      isDown ? Promise.resolve({ problem: 'the server answered 503' }) : client(...asked);
    const source = sourceOf(ask, ratio);
    assert.deepEqual(await readAt(source, 60, 90), {
      candidate: null,
      baseline: null,
      problems: [{ metric: 'errors', message: 'the server answered 503' }],
    });
    isDown = false;
    const reading = await readAt(source, 210);
    assert.deepEqual(reading.candidate, { events: { errors: { events: 0, trials: 1500 } } });
  },
);

test('one metric without figures takes nothing from another', { skip }, async (context) => {
  const url = await startWith(context, 'Prometheus', [healthy(stable), healthy(candidate)]);
  const restarts: SelectedMetric = { kind: 'rate', count: 'restarts_total', exposure: null };
  const requests: SelectedMetric = { kind: 'rate', count: 'requests_total', exposure: null };
  const source = sourceOf(clientOf(url), metricOf('restarts', restarts), metricOf('load', requests));
  const reading = await readAt(source, 60, 90);
  // One instance for 30 seconds.
  assert.deepEqual(reading.candidate, { events: { load: { events: 300, trials: 30 } } });
  assert.deepEqual(reading.problems, [{ metric: 'restarts', message: 'the candidate: no sample' }]);
});

const problems: [what: string, histories: History[], metric: SelectedMetric, message: string][] = [
  [
    'errors looked for by a label that there is not would never be found',
    [healthy(stable), healthy(candidate)],
    { kind: 'ratio', bad: 'requests_total{status=~"5.."}', total: 'requests_total' },
    'the candidate: no series of total has the label status, which bad selects by; correct the selector',
  ],
  [
    'errors with a metric of their own that is nowhere may be none, or a wrong name',
    [healthy(stable), healthy(candidate)],
    { kind: 'ratio', bad: 'errors_total', total: 'requests_total' },
    'the candidate: bad has no sample; expose it from the start, at zero, or select errors out of total by a label',
  ],
  [
    'errors that another job counted, and counts no more, are not zero',
    [
      ...[healthy(stable), healthy(candidate)],
      {
        series: `errors_total{release="${candidate}",job="log",instance="l1"}`,
        valueAt: (at) => (at <= 60 ? at : null),
      },
    ],
    { kind: 'ratio', bad: 'errors_total', total: 'requests_total' },
    'the candidate: bad: only 0 % of the scrapes have a sample, 80 % are needed',
  ],
  [
    'more errors than requests',
    [healthy(stable), healthy(candidate), { series: ofRelease(candidate, '503'), valueAt: (at) => at }],
    { kind: 'ratio', bad: 'requests_total', total: 'requests_total{code="503"}' },
    'the candidate: bad counted 330, more than total, 30, which it is to be a part of',
  ],
  [
    'infinity is no count',
    [healthy(stable), { series: ofRelease(candidate, '200'), valueAt: (at) => (at < 75 ? at : '+Inf') }],
    errors,
    'the candidate: a sample is infinite or below zero, which no counter is',
  ],
  [
    'histograms of the versions with other bounds',
    [...bucketsOf(stable, ['0.1', '+Inf']), ...bucketsOf(candidate, ['0.2', '+Inf'])],
    { kind: 'latency', histogram: 'answer_seconds' },
    'the versions have histograms with different bounds, so they cannot be compared',
  ],
  [
    'histograms of one version with other bounds on each instance',
    [
      ...bucketsOf(stable, ['0.1', '+Inf']),
      ...bucketsOf(candidate, ['0.1', '+Inf'], 'c1'),
      ...bucketsOf(candidate, ['0.2', '+Inf'], 'c2'),
    ],
    { kind: 'latency', histogram: 'answer_seconds' },
    'the candidate: its instances have histograms with different bounds, so they cannot be added',
  ],
  [
    'neither classic nor native',
    [healthy(stable), healthy(candidate)],
    { kind: 'latency', histogram: 'requests_total' },
    'the candidate: no sample of a histogram, with buckets (_bucket) or native',
  ],
  [
    'a query that the server refuses, in its words',
    [healthy(stable), healthy(candidate)],
    { kind: 'gauge', gauge: 'requests_total{code=~"("}' },
    'the server said: "invalid parameter \\"query\\": 1:',
  ],
];

function bucketsOf(release: string, bounds: string[], instance = `${release[0]}1`): History[] {
  return bounds.map((le) => ({
    series: `answer_seconds_bucket{release="${release}",le="${le}",job="shop",instance="${instance}"}`,
    valueAt: (at) => at,
  }));
}

for (const [what, histories, selected, message] of problems)
  test(`no data: ${what}`, { skip }, async (context) => {
    const url = await startWith(context, 'Prometheus', histories);
    const reading = await readAt(sourceOf(clientOf(url), metricOf('watched', selected)), 60, 90);
    assert.equal(reading.candidate?.events?.['watched'], undefined);
    const [problem] = reading.problems;
    assert.deepEqual([problem?.metric, problem?.message.slice(0, message.length)], ['watched', message]);
  });

test(
  'a range selector has no limit of points, where a range query ends at 11,000',
  { skip },
  async (context) => {
    const [from, count] = [Math.floor(Date.now() / 1000) - 86_400, 12_000];
    const samples = Array.from(
      { length: count },
      (_, at) => `a_total{release="${candidate}"} ${at} ${from + at}`,
    );
    const ask = clientOf(await startPrometheus(context, `${samples.join('\n')}\n# EOF\n`));
    const query = rangeQuery('a_total', { label: 'release', candidate, stable }, count);
    const { signal } = new AbortController();
    const time = String(from + count - 1);
    const raw = await ask('/api/v1/query', { query, time }, signal);
    assert.ok('answer' in raw);
    const read = readSamples(raw.answer);
    assert.ok(read.ok);
    assert.equal(read.series[0]?.samples.length, count);
    const steps = { query: 'a_total', start: String(from), end: time, step: '1' };
    const refused = await ask('/api/v1/query_range', steps, signal);
    assert.ok('answer' in refused);
    const refusal = readSamples(refused.answer);
    assert.match(refusal.ok ? '' : refusal.problem, /exceeded maximum resolution of 11,000 points/);
  },
);
