/** What servers answer, and what they had better not answer. That real ones answer so: prometheus-source.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSamples } from '../../../action/metrics/prometheus/read-samples.ts';

function matrix(...result: unknown[]): Record<string, unknown> {
  return { status: 'success', data: { resultType: 'matrix', result } };
}

function problemOf(answer: unknown): string {
  const read = readSamples(answer);
  assert.ok(!read.ok, 'it was read');
  return read.problem;
}

test('series with their labels and times; numbers are text, since JSON has no word for some', () => {
  const values = [
    [1.5, '1'],
    [2, 'NaN'],
    [3, '+Inf'],
    [4, '-Inf'],
    [5, '1e3'],
  ];
  const metric = { __name__: 'requests_total', code: '200' };
  const samples = [1, NaN, Infinity, -Infinity, 1000].map((value, index) => ({
    atSeconds: index === 0 ? 1.5 : index + 1,
    value,
  }));
  assert.deepEqual(readSamples(matrix({ metric, values })), {
    ok: true,
    series: [{ labels: metric, samples, histograms: [] }],
  });
  assert.deepEqual(readSamples(matrix()), { ok: true, series: [] });
});

test("a native histogram in the documented shape; the server's own: native-histogram.test.ts", () => {
  const histograms = [
    [1, { count: '0', sum: '0' }],
    [
      2,
      {
        count: '3',
        sum: '0.5',
        buckets: [
          [0, '0.0625', '0.125', '2'],
          [3, '-0.001', '0.001', '1'],
        ],
      },
    ],
  ];
  assert.deepEqual(readSamples(matrix({ metric: {}, histograms })), {
    ok: true,
    series: [
      {
        labels: {},
        samples: [],
        histograms: [
          { atSeconds: 1, count: 0, buckets: [] },
          {
            atSeconds: 2,
            count: 3,
            buckets: [
              { low: 0.0625, high: 0.125, count: 2 },
              { low: -0.001, high: 0.001, count: 1 },
            ],
          },
        ],
      },
    ],
  });
});

test('an error, a warning or a part of the answer is no answer, in the words of the server', () => {
  assert.equal(
    problemOf({ status: 'error', errorType: 'bad_data', error: 'parse error' }),
    'the server said: "parse error"',
  );
  assert.equal(
    problemOf({ ...matrix(), warnings: ['a store could not be asked', 'another'] }),
    'the server warned: "a store could not be asked"',
  );
  assert.equal(problemOf({ ...matrix(), warnings: 'one' }), 'the server warned: "one"');
  assert.equal(problemOf({ ...matrix(), warnings: [{}] }), 'the server warned: "no text"');
  assert.match(problemOf({ ...matrix(), isPartial: true }), /^the answer is partial/);
  for (const none of [{ warnings: [] }, { warnings: null }, { isPartial: false }, { infos: ['slow'] }])
    assert.ok(readSamples({ ...matrix(), ...none }).ok, JSON.stringify(none));
});

test('what a server says can neither steer a terminal nor tell a secret, and is short', () => {
  const said = (error: string): string => problemOf({ status: 'error', error });
  assert.equal(said('red \u001b[31m\r\nline\u202e\u2028"'), 'the server said: "red  [31m line \\""');
  assert.doesNotMatch(said('Authorization: Bearer abcdefghijklmnopqrstuvwxyz012345'), /abcdefghijkl/);
  assert.ok(said('x'.repeat(10_000)).length < 250);
});

const series = { metric: {}, values: [[1, '1']] };
const torn: [what: string, answer: unknown][] = [
  ['nothing', null],
  ['a text', 'success'],
  ['a list', []],
  ['no status', { data: matrix()['data'] }],
  ['an error without words', { status: 'error' }],
  ['no data', { status: 'success' }],
  ['a vector', { status: 'success', data: { resultType: 'vector', result: [] } }],
  ['a matrix of no list', { status: 'success', data: { resultType: 'matrix', result: {} } }],
  ['a series that is none', matrix(null)],
  ['no labels', matrix({ values: series.values })],
  ['a label of no text', matrix({ ...series, metric: { code: 200 } })],
  ['neither values nor histograms', matrix({ metric: {} })],
  ['values of no list', matrix({ ...series, values: 'x' })],
  ['values of nothing', matrix({ ...series, values: null })],
  ['a pair that is none', matrix({ ...series, values: [1, '1'] })],
  ['half a pair', matrix({ ...series, values: [[1]] })],
  ['a time of text', matrix({ ...series, values: [['1', '1']] })],
  ['a number of no text', matrix({ ...series, values: [[1, 1]] })],
  ['an empty number', matrix({ ...series, values: [[1, ' ']] })],
  ['a word', matrix({ ...series, values: [[1, 'many']] })],
  [
    'time that goes back',
    matrix({
      ...series,
      values: [
        [2, '1'],
        [1, '2'],
      ],
    }),
  ],
  [
    'a time that comes twice',
    matrix({
      ...series,
      values: [
        [1, '1'],
        [1, '2'],
      ],
    }),
  ],
  ['a histogram that is none', matrix({ metric: {}, histograms: [[1, '3']] })],
  ['a histogram without a count', matrix({ metric: {}, histograms: [[1, { buckets: [] }]] })],
  ['a histogram of infinitely many', matrix({ metric: {}, histograms: [[1, { count: '+Inf' }]] })],
  ['buckets of no list', matrix({ metric: {}, histograms: [[1, { count: '1', buckets: 'x' }]] })],
  ['half a bucket', matrix({ metric: {}, histograms: [[1, { count: '1', buckets: [[0, '1']] }]] })],
  [
    'a bucket upside down',
    matrix({ metric: {}, histograms: [[1, { count: '1', buckets: [[0, '2', '1', '1']] }]] }),
  ],
  [
    'a bucket below nothing',
    matrix({ metric: {}, histograms: [[1, { count: '1', buckets: [[0, '1', '2', '-1']] }]] }),
  ],
];
for (const [what, answer] of torn)
  test(`torn: ${what}`, () => {
    assert.match(
      problemOf(answer),
      /^(the answer (is not Prometheus|has no matrix)|a series of the answer is not as documented)$/,
    );
  });
