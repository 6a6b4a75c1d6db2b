import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AskPrometheus } from '../../../action/metrics/prometheus/ask-prometheus.ts';
import { prometheusSloReader } from '../../../action/slo/prometheus-slo-reader.ts';
import type { Indicator } from '../../../policies/slo/slo.ts';

const indicator: Indicator = { total: 'requests_total', part: 'bad', selector: 'requests_total{code="500"}' };
const nowSeconds = 1_800_000_000;
const { signal } = new AbortController();

/** Ten requests a second since long ago, one in a hundred of them bad. */
const steady: AskPrometheus = (_path, { query, start, end, step }) => {
  const code = query === indicator.total ? '200' : '500';
  const rate = query === indicator.total ? 10 : 0.1;
  const values: [number, string][] = [];
  for (let at = Number(start); at <= Number(end); at += Number(step)) values.push([at, String(rate * at)]);
  return Promise.resolve({
    answer: {
      status: 'success',
      data: { resultType: 'matrix', result: [{ metric: { __name__: 'requests_total', code }, values }] },
    },
  });
};

function reader(ask: AskPrometheus, scrapeIntervalSeconds = 15): ReturnType<typeof prometheusSloReader> {
  return prometheusSloReader({ ask, nowSeconds: () => nowSeconds, scrapeIntervalSeconds, lagSeconds: 5 });
}

test('windows of any length, with few enough points, and both selectors over the same instants', async () => {
  const asked: Readonly<Record<string, string>>[] = [];
  const { ratioOver } = reader((path, parameters, ofSignal) => {
    assert.equal(path, '/api/v1/query_range');
    asked.push(parameters);
    return steady(path, parameters, ofSignal);
  });
  for (const [windowSeconds, stepSeconds] of [
    [300, 15],
    [21_600, 15],
    [2_592_000, 260],
    [31_536_000, 3154],
  ] as const) {
    asked.length = 0;
    const read = await ratioOver(indicator, windowSeconds, signal);
    assert.ok('total' in read);
    // The window is at most one step too long.
    assert.ok(read.total >= 10 * windowSeconds && read.total <= 10 * (windowSeconds + stepSeconds));
    assert.ok(Math.abs(read.bad / read.total - 0.01) < 1e-9);
    const [first, second] = asked;
    assert.deepEqual({ ...first, query: '' }, { ...second, query: '' });
    assert.equal(first?.['step'], String(stepSeconds));
    assert.equal(first['end'], String(nowSeconds - 20), 'when the newest scrape can be read');
    assert.ok((Number(first['end']) - Number(first['start'])) / stepSeconds + 1 < 11_000);
  }
});

test('a step is never shorter than a scrape', async () => {
  let step: string | undefined;
  const { ratioOver } = reader((path, parameters, ofSignal) => {
    step = parameters['step'];
    return steady(path, parameters, ofSignal);
  }, 60);
  await ratioOver(indicator, 300, signal);
  assert.equal(step, '60');
});

test('a source that cannot be read is a problem in its own words', async () => {
  const refused = await reader(() => Promise.resolve({ problem: 'connection refused' })).ratioOver(
    indicator,
    300,
    signal,
  );
  assert.deepEqual(refused, { problem: 'connection refused' });
  const torn = await reader((path, parameters, ofSignal) =>
    parameters['query'] === indicator.total
      ? steady(path, parameters, ofSignal)
      : Promise.resolve({ answer: { status: 'error', error: 'query timed out' } }),
  ).ratioOver(indicator, 300, signal);
  assert.deepEqual(torn, { problem: 'the server said: "query timed out"' });
});

test('an interruption is no problem of the source', async () => {
  const interruption = new AbortController();
  const asking = reader((path, parameters, ofSignal) => {
    interruption.abort();
    return steady(path, parameters, ofSignal);
  }).ratioOver(indicator, 300, interruption.signal);
  await assert.rejects(asking, { name: 'AbortError' });
});
