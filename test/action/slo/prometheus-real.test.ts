/** The reader against the real Prometheus, with a month of counters whose truth is known. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { askPrometheus } from '../../../action/metrics/prometheus/ask-prometheus.ts';
import { prometheusSloReader } from '../../../action/slo/prometheus-slo-reader.ts';
import { readInstants } from '../../../action/slo/read-instants.ts';
import type { Indicator } from '../../../policies/slo/slo.ts';
import { skipWithout, startPrometheus } from '../../support/metric-servers.ts';

const skip = skipWithout('prometheus', 'promtool');

const day = 86_400;
const scrapeSeconds = 60;
const { signal } = new AbortController();

/** A counter's samples by its labels; one that ends before `to` is an instance that was replaced. */
interface History {
  labels: string;
  from: number;
  to: number;
  valueAt(atSeconds: number): number;
}

async function startWith(context: TestContext, histories: readonly History[]): Promise<string> {
  const lines = histories.flatMap(({ labels, from, to, valueAt }) => {
    const samples: string[] = [];
    for (let at = from; at <= to; at += scrapeSeconds)
      samples.push(`requests_total{${labels}} ${valueAt(at)} ${at}`);
    return samples;
  });
  return startPrometheus(context, `# TYPE requests counter\n${lines.join('\n')}\n# EOF\n`);
}

const indicator: Indicator = {
  total: 'requests_total{job="shop"}',
  part: 'bad',
  selector: 'requests_total{job="shop",code=~"5.."}',
};

test(
  'a month and an hour, with a restart, a new label and a release that failed at once',
  { skip },
  async (context) => {
    const now = Math.floor(Date.now() / 1000);
    const begin = now - 31 * day;
    const restart = now - 10 * day;
    const firstError = now - 3 * day;
    const failedFrom = now - 5 * day;
    const url = await startWith(context, [
      // Ten a second; its counter starts again at zero ten days ago.
      {
        labels: 'job="shop",instance="a",code="200"',
        from: begin,
        to: now,
        valueAt: (at) => 10 * (at - (at < restart ? begin : restart)),
      },
      // No error until three days ago, and then one every ten seconds.
      {
        labels: 'job="shop",instance="a",code="503"',
        from: firstError,
        to: now,
        valueAt: (at) => (at - firstError) / 10 + 1,
      },
      // A candidate that answered nothing but errors for ten minutes.
      {
        labels: 'job="shop",instance="b",code="500"',
        from: failedFrom,
        to: failedFrom + 600,
        valueAt: (at) => 5 * (at - failedFrom),
      },
      { labels: 'job="cart",instance="c",code="500"', from: begin, to: now, valueAt: (at) => at },
    ]);
    const ask = askPrometheus({ url, authorization: null, ca: null, timeoutSeconds: 10 });
    const { ratioOver } = prometheusSloReader({
      ask,
      nowSeconds: () => now,
      scrapeIntervalSeconds: scrapeSeconds,
      lagSeconds: 0,
    });

    const month = await ratioOver(indicator, 30 * day, signal);
    assert.ok('total' in month, JSON.stringify(month));
    const truth = { good: 10 * 30 * day, bad: (3 * day) / 10 + 5 * 600 };
    // One step is 260 s: what the restart and the end of the failed instance may hide, and what the window is too long.
    const step = 260;
    assert.ok(Math.abs(month.total - truth.good - truth.bad) <= 10 * 2 * step + 5 * step, `${month.total}`);
    assert.ok(
      month.bad <= truth.bad + step / 10 && month.bad >= truth.bad - 5 * step - step / 10,
      `${month.bad}`,
    );
    assert.equal(month.coveredSeconds, 30 * day);

    const hour = await ratioOver(indicator, 3600, signal);
    assert.deepEqual(hour, { bad: 360, total: 36_360, coveredSeconds: 3600 });
    const five = await ratioOver(indicator, 300, signal);
    assert.deepEqual(five, { bad: 30, total: 3030, coveredSeconds: 300 });

    const nobody = { ...indicator, total: 'requests_total{job="shpo"}' };
    assert.deepEqual(await ratioOver(nobody, 300, signal), { problem: `no series matches ${nobody.total}` });
  },
);

test('what the server refuses is a problem in its words', { skip }, async (context) => {
  const now = Math.floor(Date.now() / 1000);
  const url = await startWith(context, [
    { labels: 'job="shop"', from: now - 3600, to: now, valueAt: (at) => at },
  ]);
  const ask = askPrometheus({ url, authorization: null, ca: null, timeoutSeconds: 10 });
  const refusal = async (query: string, points: number): Promise<string> => {
    const asked = await ask(
      '/api/v1/query_range',
      { query, start: '0', end: String(points), step: '1' },
      signal,
    );
    assert.ok('answer' in asked);
    const read = readInstants(asked.answer, 0, 1);
    return read.ok ? 'answered' : read.problem;
  };
  assert.match(
    await refusal('requests_total', 11_001),
    /^the server said: "exceeded maximum resolution of 11,000 points/,
  );
  assert.equal(await refusal('requests_total', 10_999), 'answered');
  assert.match(await refusal('requests_total{', 10), /^the server said: ".*parse error/);
});
