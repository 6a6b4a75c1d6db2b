import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInstants } from '../../../action/slo/read-instants.ts';

const metric = { __name__: 'requests_total', code: '200' };

function answer(series: unknown): unknown {
  return { status: 'success', data: { resultType: 'matrix', result: [series] } };
}

test('series with their samples on the instants that were asked for', () => {
  const values = [
    [1000, '1'],
    [1059.999, '2.5'],
    [1120.001, 'NaN'],
  ];
  assert.deepEqual(readInstants(answer({ metric, values }), 1000, 60), {
    ok: true,
    series: [
      {
        labels: metric,
        samples: [
          { atSeconds: 1000, value: 1 },
          { atSeconds: 1060, value: 2.5 },
          { atSeconds: 1120, value: NaN },
        ],
      },
    ],
  });
});

test('everything else is a problem, and what the server says is shown without its tricks', () => {
  const cases: [answer: unknown, problem: RegExp][] = [
    [null, /^the answer is not Prometheus$/],
    ['', /not Prometheus/],
    [
      { status: 'error', errorType: 'bad_data', error: 'exceeded \u001b[31m11,000' },
      /^the server said: "exceeded {2}\[31m11,000"$/,
    ],
    [{ status: 'error', error: 'token=hunter2hunter2' }, /redacted/],
    [
      { ...Object(answer({ metric, values: [] })), warnings: ['a store is down'] },
      /^the server warned: "a store is down"$/,
    ],
    [{ status: 'success', data: { resultType: 'vector', result: [] } }, /no matrix/],
    [{ status: 'success' }, /no matrix/],
    [answer(1), /no labels/],
    [answer({ metric: { code: 200 }, values: [] }), /not text/],
    [answer({ metric, histograms: [] }), /histogram/],
    [answer({ metric, values: [[1, 2]] }), /not a pair/],
    [answer({ metric, values: ['12'] }), /not a pair/],
    [
      answer({
        metric,
        values: [
          [1060, '1'],
          [1000, '2'],
        ],
      }),
      /not in order/,
    ],
  ];
  for (const [given, problem] of cases) {
    const read = readInstants(given, 1000, 60);
    assert.ok(!read.ok);
    assert.match(read.problem, problem);
  }
});
