/** Metrics of a rollout from the real Prometheus, and from VictoriaMetrics: counters whose truth is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '../../support/metric-servers.ts';
import {
  candidate,
  clientOf,
  errors,
  lookAt,
  metricOf,
  ofRelease,
  programsOf,
  readAt,
  serverNames,
  sourceOf,
  stable,
  startWith,
  type History,
} from '../../support/rollout-metrics.ts';

for (const server of serverNames) {
  const skip = skipWithout(...programsOf(server));

  test(
    `${server}: both versions over the same windows, without a gap between them`,
    { skip },
    async (context) => {
      const url = await startWith(context, server, [
        { series: ofRelease(stable, '200'), valueAt: (at) => 1000 + 10 * at },
        { series: ofRelease(stable, '503'), valueAt: (at) => at / 15 },
        // With `sha256:` and the whole digest, as some write it.
        { series: ofRelease(`sha256:${candidate}${'0'.repeat(52)}`, '200'), valueAt: (at) => 2 * at },
        // Another release, an hour old or to come.
        { series: ofRelease('b'.repeat(12), '503'), valueAt: (at) => 100 * at },
      ]);
      const source = sourceOf(clientOf(url), metricOf('errors', errors));
      assert.equal(await lookAt(source, 60), null);
      assert.equal(await lookAt(source, 75), null, 'a window has two scrapes at least');
      assert.deepEqual(await readAt(source, 90), {
        candidate: { events: { errors: { events: 0, trials: 60 } } },
        baseline: { events: { errors: { events: 2, trials: 302 } } },
        problems: [],
      });
      const { baseline } = await readAt(source, 150);
      assert.deepEqual(baseline, { events: { errors: { events: 4, trials: 604 } } });
    },
  );

  test(
    `${server}: a reset, a first error and a new instance are counted for what they are`,
    { skip },
    async (context) => {
      const url = await startWith(context, server, [
        { series: ofRelease(stable, '200', 'a1'), valueAt: (at) => 1000 + at },
        // Starts again at 75 s, at zero: 30 until then are seen, 15 since.
        { series: ofRelease(candidate, '200', 'c1'), valueAt: (at) => (at < 75 ? 1000 + 2 * at : at - 60) },
        // The first error of an instance that was there before: it begins with 1, and counts from zero.
        { series: ofRelease(candidate, '503', 'c1'), valueAt: (at) => (at < 75 ? null : 1) },
        // Found only now, with counts of its whole life: the first sample says nothing of this window.
        { series: ofRelease(candidate, '503', 'c2'), valueAt: (at) => (at < 75 ? null : 500_000 + at) },
      ]);
      const reading = await readAt(sourceOf(clientOf(url), metricOf('errors', errors)), 45, 90);
      // Requests: c1 30 until 60 s, 15 and 15 after the reset; one error of c1; 15 errors of c2.
      assert.deepEqual(reading.candidate, { events: { errors: { events: 16, trials: 76 } } });
      assert.deepEqual(reading.baseline, { events: { errors: { events: 0, trials: 45 } } });
      assert.deepEqual(reading.problems, []);
    },
  );

  test(`${server}: a classic histogram as counts within its bounds`, { skip }, async (context) => {
    const bucket = (release: string, le: string, perSecond: number): History => ({
      series: `answer_seconds_bucket{release="${release}",le="${le}",job="shop",instance="${release[0]}1"}`,
      valueAt: (at) => perSecond * at,
    });
    const url = await startWith(context, server, [
      ...[bucket(stable, '0.1', 8), bucket(stable, '0.5', 9), bucket(stable, '+Inf', 10)],
      ...[bucket(candidate, '0.1', 1), bucket(candidate, '0.5', 2), bucket(candidate, '+Inf', 3)],
      { series: `answer_seconds_count{release="${candidate}"}`, valueAt: (at) => 3 * at },
    ]);
    const metric = metricOf('latency', { kind: 'latency', histogram: 'answer_seconds{job="shop"}' });
    const reading = await readAt(sourceOf(clientOf(url), metric), 30, 60);
    assert.deepEqual(reading, {
      candidate: { latencies: { latency: { bounds: [0.1, 0.5], within: [30, 60], answered: 90 } } },
      baseline: { latencies: { latency: { bounds: [0.1, 0.5], within: [240, 270], answered: 300 } } },
      problems: [],
    });
  });

  test(`${server}: what a gauge says now, and no number is no figure`, { skip }, async (context) => {
    const memory = (release: string, instance: string, valueAt: History['valueAt']): History => ({
      series: `memory_bytes{release="${release}",job="shop",instance="${instance}"}`,
      valueAt,
    });
    const url = await startWith(context, server, [
      ...[memory(stable, 'a1', (at) => 100 + at), memory(stable, 'a2', () => 50)],
      memory(candidate, 'c1', (at) => (at > 120 ? 'NaN' : 70)),
    ]);
    const source = sourceOf(clientOf(url), metricOf('memory', { kind: 'gauge', gauge: 'memory_bytes' }));
    const reading = await readAt(source, 60, 90);
    assert.deepEqual(
      [reading.candidate, reading.baseline?.gauges?.['memory']?.toSorted()],
      [{ gauges: { memory: [70] } }, [190, 50].toSorted()],
    );
    const later = await readAt(source, 150);
    assert.equal(later.candidate, null, 'NaN is neither zero nor the value before it');
    assert.deepEqual(later.problems, [
      { metric: 'memory', message: 'the candidate: only 50 % of the scrapes have a sample, 80 % are needed' },
    ]);
  });
}
