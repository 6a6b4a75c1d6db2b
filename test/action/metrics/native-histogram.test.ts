/** Native histograms, written to the real Prometheus and read back as counts within bounds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout, startPrometheus } from '../../support/metric-servers.ts';
import { writeSeries, type NativeSample } from '../../support/remote-write.ts';
import {
  begin,
  candidate,
  clientOf,
  metricOf,
  readAt,
  sourceOf,
  stable,
} from '../../support/rollout-metrics.ts';

const skip = skipWithout('prometheus', 'promtool');
const flags = ['--enable-feature=native-histograms', '--web.enable-remote-write-receiver'];
const metric = metricOf('latency', { kind: 'latency', histogram: 'answer_seconds' });

/** One every 15 seconds; `countsAt` counts answers by their bucket, at a time in seconds since the first. */
function history(
  release: string,
  schema: number | ((at: number) => number),
  countsAt: (at: number) => Record<number, number>,
) {
  const samples: NativeSample[] = [];
  for (let at = 0; at <= 150; at += 15)
    samples.push({
      atSeconds: begin + at,
      schema: typeof schema === 'number' ? schema : schema(at),
      buckets: countsAt(at),
    });
  const labels = { __name__: 'answer_seconds', release, job: 'shop', instance: `${release[0]}1` };
  return { labels, samples };
}

/** Counts within 0.25, 0.5, 1 and 2 seconds, and all. */
function around(
  latency: { bounds: readonly number[]; within: readonly number[]; answered: number } | undefined,
) {
  assert.ok(latency !== undefined);
  const counts = [0.25, 0.5, 1, 2].map((bound) => latency.within[latency.bounds.indexOf(bound)]);
  return [...counts, latency.answered];
}

test(
  'counts are exact over powers of two, whatever the resolution, and while it changes',
  { skip },
  async (context) => {
    const url = await startPrometheus(context, null, flags);
    await writeSeries(url, [
      // Schema 3, eight buckets an octave: up to 0.5 (index -8), to 0.55 (-7) and to 1 (0).
      history(stable, 3, (at) => ({ [-8]: 1000 + 4 * at, [-7]: at, 0: 2 * at })),
      // The same answers; from 75 s on with one bucket an octave, which the server's limits may lead to.
      history(
        candidate,
        (at) => (at < 75 ? 3 : 0),
        (at) => (at < 75 ? { [-8]: 4 * at, [-7]: at, 0: 2 * at } : { [-1]: 4 * at, 0: 3 * at }),
      ),
    ]);
    const reading = await readAt(sourceOf(clientOf(url), metric), 45, 105);
    assert.deepEqual(reading.problems, []);
    assert.deepEqual(around(reading.baseline?.latencies?.['latency']), [0, 240, 420, 420, 420]);
    assert.deepEqual(around(reading.candidate?.latencies?.['latency']), [0, 240, 420, 420, 420]);
  },
);

test('a restart begins all buckets again', { skip }, async (context) => {
  const url = await startPrometheus(context, null, flags);
  const restarted = (at: number): Record<number, number> =>
    at < 75 ? { [-1]: 1000 + at, 1: 10 } : { [-1]: at - 75, 1: 11 };
  await writeSeries(url, [history(stable, 0, (at) => ({ [-1]: at })), history(candidate, 0, restarted)]);
  const reading = await readAt(sourceOf(clientOf(url), metric), 45, 105);
  // 15 until 60 s, then 30 and 11, though the bucket with 11 fell nowhere.
  assert.deepEqual(around(reading.candidate?.latencies?.['latency']), [0, 45, 45, 56, 56]);
});

test(
  'buckets wider than an octave cannot be counted over bounds, and are no data',
  { skip },
  async (context) => {
    const url = await startPrometheus(context, null, flags);
    await writeSeries(url, [
      history(stable, 0, (at) => ({ 0: at })),
      // Schema -1: from 0.25 to 1.
      history(candidate, -1, (at) => ({ 0: at })),
    ]);
    const reading = await readAt(sourceOf(clientOf(url), metric), 45, 105);
    assert.equal(reading.candidate, null);
    assert.deepEqual(reading.problems, [
      {
        metric: 'latency',
        message:
          'the candidate: a native histogram has buckets that do not end at powers of two; expose classic buckets too',
      },
    ]);
  },
);

test('a classic histogram beside a native one cannot be compared with it', { skip }, async (context) => {
  const classic = ['0.5', '+Inf'].map((le) => ({
    labels: { __name__: 'answer_seconds_bucket', release: candidate, le, job: 'shop', instance: 'c1' },
    samples: Array.from({ length: 11 }, (_, index) => ({ atSeconds: begin + 15 * index, value: index })),
  }));
  const url = await startPrometheus(context, null, flags);
  await writeSeries(url, [history(stable, 0, (at) => ({ 0: at })), ...classic]);
  const reading = await readAt(sourceOf(clientOf(url), metric), 45, 105);
  assert.deepEqual(
    reading.problems.map(({ message }) => message),
    ['the versions have histograms with different bounds, so they cannot be compared'],
  );
});
