/** A rollout goes on while its Prometheus is stopped, and nothing that happened meanwhile is lost or counted twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout, startPrometheusServer } from '../../support/metric-servers.ts';
import {
  begin,
  candidate,
  clientOf,
  errors,
  metricOf,
  ofRelease,
  readAt,
  sourceOf,
  stable,
} from '../../support/rollout-metrics.ts';

const scrapeSeconds = 15;

/** Every window's requests of the candidate are others, so that one that is left out or counted twice shows. */
function requestsUntil(at: number): number {
  return 1000 + at * at;
}

test(
  'the server is stopped and started again at its address; windows join without a gap',
  { skip: skipWithout('prometheus', 'promtool') },
  async (context) => {
    const lines: string[] = [];
    for (const [series, valueAt] of [
      [ofRelease(stable, '200'), (at: number) => 10 * at],
      [ofRelease(candidate, '200'), requestsUntil],
      [ofRelease(candidate, '503'), (at: number) => at / scrapeSeconds],
    ] as const)
      for (let at = 0; at <= 300; at += scrapeSeconds) lines.push(`${series} ${valueAt(at)} ${begin + at}`);
    const server = await startPrometheusServer(context, `${lines.join('\n')}\n# EOF\n`);
    const source = sourceOf(clientOf(server.url), metricOf('errors', errors));
    const counted = (reading: Awaited<ReturnType<typeof readAt>>) => {
      assert.deepEqual(reading.problems, []);
      return [reading.candidate?.events?.['errors'], reading.baseline?.events?.['errors']];
    };
    const between = (from: number, to: number) => {
      const bad = (to - from) / scrapeSeconds;
      return [
        { events: bad, trials: requestsUntil(to) - requestsUntil(from) + bad },
        { events: 0, trials: 10 * (to - from) },
      ];
    };

    assert.deepEqual(counted(await readAt(source, 60, 90)), between(60, 90));
    await server.stop();
    const down = await readAt(source, 120);
    assert.deepEqual([down.candidate, down.baseline], [null, null]);
    assert.deepEqual(down.problems, [
      { metric: 'errors', message: 'the server cannot be reached (ECONNREFUSED)' },
    ]);
    await server.startAgain();
    assert.deepEqual(counted(await readAt(source, 180)), between(90, 180));
    assert.deepEqual(counted(await readAt(source, 240)), between(180, 240));
  },
);
