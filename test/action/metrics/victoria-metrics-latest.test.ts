/**
 * VictoriaMetrics leaves the newest half minute out of what it evaluates (`-search.latencyOffset`). Raw samples are not
 * evaluated, so windows need not wait for it; this is what the policy's `lag` of two seconds rests on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSamples } from '../../../action/metrics/prometheus/read-samples.ts';
import { rangeQuery } from '../../../action/metrics/prometheus/selector-text.ts';
import { skipWithout, startVictoriaMetrics } from '../../support/metric-servers.ts';
import { candidate, clientOf, stable } from '../../support/rollout-metrics.ts';

test('the newest samples are read at once', { skip: skipWithout('victoria-metrics') }, async (context) => {
  const now = Math.floor(Date.now() / 1000);
  const times = [now - 45, now - 30, now - 15, now];
  const lines = times.map((at, index) => `a_total{release="${candidate}"} ${index} ${at * 1000}`);
  const ask = clientOf(await startVictoriaMetrics(context, `${lines.join('\n')}\n`));
  const query = rangeQuery('a_total', { label: 'release', candidate, stable }, 60);
  const asked = await ask('/api/v1/query', { query, time: String(now) }, new AbortController().signal);
  assert.ok('answer' in asked, JSON.stringify(asked));
  const read = readSamples(asked.answer);
  assert.ok(read.ok, JSON.stringify(read));
  assert.deepEqual(
    read.series.map(({ samples }) => samples.map(({ atSeconds }) => atSeconds)),
    [times],
  );
});
