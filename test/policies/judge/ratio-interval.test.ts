// "How many times worse" has to agree with the verdict, and to be right whenever one looks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, observe, startJudge, type JudgeSettings } from '../../../policies/judge/judge.ts';
import type { Judgement } from '../../../policies/judge/judgement.ts';
import { sampleEvents } from './sample-events.ts';
import { seedRandom } from './simulate-traffic.ts';

const settings: JudgeSettings = {
  metrics: [{ name: 'errors', kind: 'ratio', isCritical: true, toleratedRatio: 1.1, slack: 0 }],
  alpha: 0.2,
  beta: 0.2,
  steps: 0,
  hasBake: false,
  minSoakSeconds: 0,
  noDataSeconds: 1e6,
  horizonSeconds: 3000,
};

/** The judgement after each of 300 ticks of errors at `rate`, and `times` as many of the candidate's. */
function* judgements(rate: number, times: number, seed: number): Generator<Judgement> {
  const random = seedRandom(seed * 7907 + 5);
  let state = startJudge(settings);
  for (let index = 0; index < 300; index++) {
    const atSeconds = index * 10;
    const candidate = sampleEvents({ loads: 300, rate: rate * times }, random);
    const baseline = sampleEvents({ loads: 700, rate }, random);
    state = observe(state, {
      atSeconds,
      candidate: { events: { errors: candidate } },
      baseline: { events: { errors: baseline } },
    });
    yield judge(state, atSeconds);
  }
}

test('a metric fails exactly when the lower limit reaches the tolerated ratio', () => {
  let failed = 0;
  let ended = 0;
  for (const times of [0.7, 1.1, 1.3, 1.8, 4])
    for (let seed = 0; seed < 8; seed++) {
      let last: Judgement['judgement'] = 'no-data';
      for (const { judgement, metrics } of judgements(0.01, times, seed)) {
        const [metric] = metrics;
        assert.ok(metric);
        // While bursts are suspected there is no interval: it counts errors one by one.
        if (metric.ratio.atLeast === null && metric.ratio.atMost === null) continue;
        assert.equal(metric.judgement === 'fail', (metric.ratio.atLeast ?? 0) >= 1.1);
        last = judgement;
      }
      ended++;
      if (last === 'fail') failed++;
    }
  assert.ok(failed > 10 && failed < ended, `${failed} of ${ended}: the streams show both`);
});

test('limits are wrong, ever, in at most the stated share of rollouts', () => {
  const count = 150;
  for (const [rate, times] of [
    [0.01, 1],
    [0.01, 1.1],
    [0.001, 2.5],
    [0.005, 0.5],
  ] as const) {
    let tooHigh = 0;
    let tooLow = 0;
    for (let seed = 0; seed < count; seed++) {
      const all = [...judgements(rate, times, seed)].map(({ metrics }) => metrics[0]?.ratio);
      if (all.some((ratio) => (ratio?.atLeast ?? 0) > times)) tooHigh++;
      if (all.some((ratio) => (ratio?.atMost ?? Infinity) < times)) tooLow++;
    }
    assert.ok(tooHigh <= 0.2 * count, `${times}x: ${tooHigh} lower limits of ${count} were too high`);
    assert.ok(tooLow <= 0.2 * count, `${times}x: ${tooLow} upper limits of ${count} were too low`);
  }
});

test('with time the limits close in on the truth', () => {
  let last: Judgement | null = null;
  for (const judgement of judgements(0.02, 3, 1)) last = judgement;
  const { atLeast, atMost, estimate } = last?.metrics[0]?.ratio ?? {};
  assert.ok((atLeast ?? 0) > 1.5 && (atMost ?? Infinity) < 6, `between ${atLeast} and ${atMost}`);
  assert.ok((atLeast ?? Infinity) <= (estimate ?? 0) && (estimate ?? Infinity) <= (atMost ?? 0));
  assert.match(last?.message ?? '', /errors [\d.]+ % .*: [\d.]+x, between [\d.]+x and [\d.]+x/);
});
