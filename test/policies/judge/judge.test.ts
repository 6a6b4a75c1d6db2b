import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  judge,
  observe,
  startBake,
  startJudge,
  startStep,
  type JudgeState,
} from '../../../policies/judge/judge.ts';
import {
  countTick,
  emptyCounters,
  versionIncrease,
  type VersionCounters,
} from '../../../policies/judge/counter-increase.ts';
import type { Judgement } from '../../../policies/judge/judgement.ts';
import type { Tick } from '../../../policies/judge/tick.ts';
import { demoSettings } from './simulate-rollout.ts';

const boundsMs = [10, 100, 1000];

/** Counters after so many requests, all answered within 10 ms unless `slow` of them took longer than 100. */
function counters(requests: number, errors = 0, slow = 0): VersionCounters {
  return {
    requests,
    errors,
    latency: { boundsMs, counts: [requests - slow, requests - slow, requests], answered: requests },
  };
}

const [errorsOnly] = demoSettings.metrics;
const settings = { ...demoSettings, latencyWarmUpSeconds: 0, metrics: errorsOnly ? [errorsOnly] : [] };

/** What one version does in a second; `null`: it cannot be read. */
type Second = VersionCounters | null;

/** A tick of a second, from what both versions did in it. */
function tickOf(atSeconds: number, candidate: Second, baseline: Second): Tick {
  const base = { boundsMs, candidate: emptyCounters(boundsMs), baseline: emptyCounters(boundsMs) };
  return countTick(base, { atSeconds, candidate, baseline }, baseline === null).tick;
}

/** One step at 10 %, a tick a second; each version's counters are what one second adds. */
function afterSeconds(
  seconds: number,
  candidate: Second,
  baseline: Second,
  from: JudgeState = startJudge(settings),
): JudgeState {
  let state = startStep(from, { index: 0, atSeconds: 0, candidateBasisPoints: 1000 });
  for (let atSeconds = 1; atSeconds <= seconds; atSeconds++)
    state = observe(state, tickOf(atSeconds, candidate, baseline));
  return state;
}

function answer(state: JudgeState, atSeconds: number): string {
  const { judgement, reasonCode } = judge(state, atSeconds);
  return `${judgement} ${reasonCode}`;
}

function messageOf({ message }: Judgement): string {
  return message;
}

test('a candidate that fails a fifth of its requests is stopped, with figures', () => {
  const state = afterSeconds(3, counters(60, 12), counters(540, 1));
  assert.equal(answer(state, 3), 'fail worse');
  assert.equal(
    messageOf(judge(state, 3)),
    'worse than stable: errors 20.0 % of 180 requests, stable 0.2 % of 1,620: 108x, at least 10x; chance alone would stop at most 1 harmless rollout in 100',
  );
});

test('harm once shown stays shown, also at the next step', () => {
  const failed = afterSeconds(3, counters(60, 12), counters(540, 1));
  assert.equal(answer(startStep(failed, { index: 1, atSeconds: 4 }), 4), 'fail worse');
});

test('a pass needs the soak first, then evidence', () => {
  assert.equal(answer(afterSeconds(1, counters(6000), counters(54_000)), 1), 'inconclusive soaking');
  assert.equal(answer(afterSeconds(3, counters(10), counters(90)), 3), 'inconclusive undecided');
  const state = afterSeconds(10, counters(60), counters(540));
  assert.equal(answer(state, 10), 'pass not-worse');
  assert.match(messageOf(judge(state, 10)), /errors 0\.0 % of 600 requests, stable 0\.0 % of 5,400/);
});

test('each step earns its own pass', () => {
  const passed = afterSeconds(10, counters(60), counters(540));
  const next = startStep(passed, { index: 1, atSeconds: 10, candidateBasisPoints: 5000 });
  assert.equal(answer(next, 10), 'inconclusive soaking');
  assert.equal(answer(next, 13), 'inconclusive undecided');
});

test('nothing at all, on either side or on one, is no data', () => {
  assert.equal(answer(afterSeconds(10, counters(0), counters(0)), 10), 'no-data no-data');
  assert.equal(answer(afterSeconds(10, null, counters(540)), 10), 'no-data no-data');
  assert.equal(answer(afterSeconds(10, counters(60), null), 10), 'no-data no-data');
  assert.equal(answer(afterSeconds(10, counters(60), counters(0)), 10), 'no-data no-data');
});

test('no data begins only after noDataSeconds, and overrides what was shown before', () => {
  const state = afterSeconds(10, counters(60), counters(540));
  assert.equal(answer(state, 19), 'pass not-worse');
  assert.equal(answer(state, 20), 'no-data no-data');
});

test('a silent candidate beside a busy stable version is told from a quiet hour', () => {
  const busy = afterSeconds(10, counters(0), counters(50));
  assert.equal(answer(busy, 10), 'fail silent-candidate');
  assert.match(messageOf(judge(busy, 10)), /no request for 10 s while the stable version got 500/);
  // Ten requests at a share of a tenth miss the candidate in one of three cases.
  assert.equal(answer(afterSeconds(10, counters(0), counters(1)), 10), 'inconclusive undecided');
});

test('after the flip the stable version that still gets everything is a silent candidate', () => {
  let state = startBake(afterSeconds(5, counters(60), counters(540)), 5);
  for (let atSeconds = 6; atSeconds <= 16; atSeconds++)
    state = observe(state, tickOf(atSeconds, counters(0), counters(600)));
  assert.equal(answer(state, 16), 'fail silent-candidate');
});

test('the bake compares with what the stable version did during the canary, and does not need it alive', () => {
  const canary = afterSeconds(10, counters(60), counters(540, 1));
  const bake = (errors: number): JudgeState => {
    let state = startBake(canary, 10);
    for (let second = 1; second <= 5; second++) {
      state = observe(state, tickOf(10 + second, counters(600, errors), null));
    }
    return state;
  };
  assert.equal(answer(bake(1), 15), 'pass not-worse');
  const failed = bake(60);
  assert.equal(answer(failed, 15), 'fail worse');
  assert.match(messageOf(judge(failed, 15)), /errors 10\.0 % of 3,000 requests, stable 0\.2 % of 5,400/);
});

test('a slow candidate fails on latency, and passes when it is not', () => {
  const from = startJudge({ ...demoSettings, latencyWarmUpSeconds: 0 });
  const slow = afterSeconds(6, counters(60, 0, 30), counters(540, 0, 2), from);
  assert.equal(answer(slow, 6), 'fail worse');
  assert.match(
    messageOf(judge(slow, 6)),
    /latency over 100 ms in 50\.0 % of 360 answers, stable 0\.4 % of 3,240/,
  );
  assert.equal(answer(afterSeconds(12, counters(60), counters(540), from), 12), 'pass not-worse');
});

test('latency without a histogram is never a pass', () => {
  const bare: VersionCounters = {
    requests: 60,
    errors: 0,
    latency: { boundsMs: [], counts: [], answered: 60 },
  };
  const from = startJudge(demoSettings);
  let state = startStep(from, { index: 0, atSeconds: 0, candidateBasisPoints: 5000 });
  const base = { boundsMs: [], candidate: { ...bare, requests: 0 }, baseline: { ...bare, requests: 0 } };
  for (let atSeconds = 1; atSeconds <= 100; atSeconds++)
    state = observe(state, countTick(base, { atSeconds, candidate: bare, baseline: bare }, false).tick);
  assert.equal(answer(state, 100), 'inconclusive undecided');
  assert.match(messageOf(judge(state, 100)), /latency: no histogram was reported/);
});

test('while instances warm up their latency counts neither way, and errors do', () => {
  const from = startJudge({ ...demoSettings, latencyWarmUpSeconds: 60 });
  const state = afterSeconds(6, counters(60, 0, 60), counters(540), from);
  assert.equal(answer(state, 6), 'inconclusive undecided');
  assert.equal(answer(afterSeconds(6, counters(60, 20), counters(540), from), 6), 'fail worse');
});

test('a metric that is not critical reports and never decides; without a critical one nothing passes', () => {
  const marginal = startJudge({
    ...settings,
    metrics: settings.metrics.map((metric) => ({ ...metric, isCritical: false })),
  });
  const state = afterSeconds(10, counters(60, 12), counters(540, 1), marginal);
  assert.equal(judge(state, 10).metrics[0]?.judgement, 'fail');
  assert.equal(answer(state, 10), 'inconclusive undecided');
});

test('a tolerated ratio and slack tolerate', () => {
  const lenient = startJudge({
    ...settings,
    metrics: [{ name: 'errors', kind: 'ratio', isCritical: true, toleratedRatio: 2, slack: 0.05 }],
  });
  // 6 % against 1 %: above twice as many, within 2 x 1 % + 5 %.
  const tolerated = afterSeconds(60, counters(100, 6), counters(900, 9), lenient);
  assert.notEqual(judge(tolerated, 60).judgement, 'fail');
  assert.equal(answer(afterSeconds(60, counters(100, 12), counters(900, 9), lenient), 60), 'fail worse');
});

test('when one counter of a version fell, all of them started again', () => {
  const increase = versionIncrease(counters(1000, 3), counters(40, 5));
  assert.deepEqual(increase, counters(40, 5));
  assert.deepEqual(versionIncrease(counters(1000, 3), counters(1040, 5)), counters(40, 2));
});

test('settings that mean nothing are refused', () => {
  assert.throws(() => startJudge({ ...settings, alpha: 0 }), RangeError);
  assert.throws(() => startJudge({ ...settings, horizonSeconds: 0 }), RangeError);
});
