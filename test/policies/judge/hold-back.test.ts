// What a judge without a past must not take for harm, and what it must not forget.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  judge,
  observe,
  startJudge,
  type JudgeSettings,
  type JudgeState,
} from '../../../policies/judge/judge.ts';
import { samplePoisson } from '../../bench/judge/sample-counts.ts';
import { seedRandom } from '../../bench/judge/seeded-random.ts';

const settings: JudgeSettings = {
  metrics: [{ name: 'errors', kind: 'ratio', isCritical: true, toleratedRatio: 1.1, slack: 0 }],
  alpha: 0.01,
  beta: 0.05,
  steps: 0,
  hasBake: false,
  minSoakSeconds: 60,
  noDataSeconds: 60,
  horizonSeconds: 86_400,
};

function tick(state: JudgeState, atSeconds: number, candidate: [number, number], baseline: [number, number]) {
  const sample = ([trials, events]: [number, number]) => ({ events: { errors: { trials, events } } });
  return observe(state, { atSeconds, candidate: sample(candidate), baseline: sample(baseline) });
}

test('two bursts of the candidate before the first of the baseline do not convict', () => {
  let state = startJudge(settings);
  for (let index = 1; index <= 12; index++)
    state = tick(state, index * 10, [500, index === 4 || index === 9 ? 10 : 0], [500, 0]);
  assert.notEqual(judge(state, 120).judgement, 'fail');
});

test('a candidate that always fails convicts in three ticks, although the baseline never showed an error', () => {
  let state = startJudge(settings);
  for (let index = 1; index <= 3; index++) state = tick(state, index * 10, [500, 40], [500, 0]);
  assert.equal(judge(state, 30).judgement, 'fail');
});

test('however much the load swings, a candidate that always fails some of it convicts', () => {
  let state = startJudge(settings);
  for (let index = 1; index <= 10; index++) {
    const trials = index % 2 === 0 ? 4000 : 400;
    state = tick(state, index * 10, [trials, trials / 4], [trials, 0]);
  }
  assert.equal(judge(state, 100).judgement, 'fail');
});

test('a spike that both versions share does not hide the harm that comes after it', () => {
  const random = seedRandom(1, 'spike', 0);
  let state = startJudge(settings);
  let failedAt: number | null = null;
  for (let index = 1; index <= 600 && failedAt === null; index++) {
    const rate = index > 180 && index <= 186 ? 0.05 : 0.001;
    const own = index > 360 ? 0.02 : rate;
    const errors = (trials: number, share: number) => Math.min(trials, samplePoisson(trials * share, random));
    state = tick(state, index * 10, [50, errors(50, own)], [950, errors(950, rate)]);
    if (judge(state, index * 10).judgement === 'fail') failedAt = index * 10;
  }
  assert.ok(failedAt !== null && failedAt > 3600 && failedAt <= 3900, `at ${failedAt}`);
});

test('a candidate that fell silent stays a failure when it talks again', () => {
  let state = startJudge(settings);
  const talk = (from: number, to: number, requests: number): void => {
    for (let at = from; at <= to; at += 10) state = tick(state, at, [requests, 0], [950, 1]);
  };
  talk(10, 300, 50);
  talk(310, 900, 0);
  assert.equal(judge(state, 900).reasonCode, 'silent-candidate');
  talk(910, 2400, 50);
  assert.equal(judge(state, 2400).reasonCode, 'silent-candidate');
});
