// Streams as they come: interrupted, with gaps and nonsense, late changes, unequal sizes, silence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decide,
  judge,
  learnBefore,
  observe,
  startBake,
  startJudge,
  startStep,
  type JudgeSettings,
  type JudgeState,
} from '../../../policies/judge/judge.ts';
import { detectionLate, informationPerSecond } from '../../../policies/judge/detection-time.ts';
import type { Tick, VersionSample } from '../../../policies/judge/tick.ts';
import { sampleEvents } from './sample-events.ts';
import { seedRandom } from './simulate-traffic.ts';

const errors = { name: 'errors', kind: 'ratio', isCritical: true, toleratedRatio: 1.1, slack: 0 } as const;
const base: JudgeSettings = {
  metrics: [errors],
  alpha: 0.01,
  beta: 0.05,
  steps: 0,
  hasBake: false,
  minSoakSeconds: 60,
  noDataSeconds: 120,
  horizonSeconds: 86_400,
};
/** One metric of every kind. */
const every: JudgeSettings = {
  ...base,
  metrics: [
    errors,
    { name: 'restarts', kind: 'rate', isCritical: true, toleratedRatio: 1.2, slack: 0.001 },
    { name: 'latency', kind: 'latency', isCritical: true, toleratedRatio: 1.1, slack: 0.002 },
    { name: 'memory', kind: 'gauge', isCritical: false, toleratedRatio: 1.1, slack: 0 },
  ],
  steps: 3,
  hasBake: true,
};

/** A version with a metric of every kind, counted by instance every other tick, in bursts now and then. */
function sampleAll(random: () => number, load: number, index: number): VersionSample {
  const loads = index % 2 === 0 ? [load, load / 2] : load * 1.5;
  const burst = index % 100 > 90 ? 8 : 1;
  const slow = Math.floor(random() * 10);
  const answered = Math.floor(load * 1.5);
  return {
    events: {
      errors: sampleEvents({ loads, rate: 0.03 + 0.02 * Math.sin(index / 30), burst }, random),
      restarts: { events: random() < 0.05 ? 1 : 0, trials: 2.5 },
    },
    latencies: {
      latency: { bounds: [0.01, 0.1, 1], within: [answered - 2 * slow, answered - slow, answered], answered },
    },
    gauges: { memory: [100 + random(), 90 + random()] },
  };
}

function sampleTick(random: () => number, index: number): Tick {
  const isGone = index % 37 === 5;
  return {
    atSeconds: index * 20,
    candidate: isGone ? null : sampleAll(random, 60, index),
    baseline: index % 41 === 7 ? null : sampleAll(random, 240, index),
  };
}

/** A whole rollout of 600 ticks; after each tick the state passes through `keep`. */
function wholeRollout(keep: (state: JudgeState, index: number) => JudgeState): {
  state: JudgeState;
  said: string[];
} {
  const random = seedRandom(11);
  let state = startJudge(every);
  const said: string[] = [];
  for (let index = -50; index < 0; index++)
    state = keep(learnBefore(state, sampleAll(random, 240, index + 50), 20), index);
  for (let index = 0; index < 600; index++) {
    if (index === 0 || index === 150 || index === 300)
      state = startStep(state, { index: index / 150, atSeconds: index * 20, candidateBasisPoints: 2000 });
    if (index === 500) state = startBake(state, index * 20);
    state = keep(observe(state, sampleTick(random, index)), index);
    said.push(JSON.stringify(judge(state, index * 20)));
  }
  return { state, said };
}

test('a judge that is stored and read back after every tick goes on bit for bit', () => {
  const whole = wholeRollout((state) => state);
  // Our own state, back from its own text.
  const stored = wholeRollout((state) => JSON.parse(JSON.stringify(state)) as JudgeState);
  assert.deepEqual(stored.said, whole.said);
  assert.equal(JSON.stringify(stored.state), JSON.stringify(whole.state));
  assert.doesNotMatch(JSON.stringify(whole.said), /null,"logEvidence|NaN/);
});

test('the same ticks give the same state, and a tick is not changed by being judged', () => {
  const first = wholeRollout((state) => state);
  assert.deepEqual(
    wholeRollout((state) => state),
    first,
  );
  const tick = sampleTick(seedRandom(3), 0);
  const before = structuredClone(tick);
  observe(startJudge(every), tick);
  assert.deepEqual(tick, before);
});

/** Errors only: a state after ticks of ten seconds. */
function afterTicks(
  ticks: readonly (readonly [candidate: VersionSample | null, baseline: VersionSample | null])[],
  settings = base,
  from = 0,
  start?: JudgeState,
): JudgeState {
  let state = start ?? startJudge(settings);
  for (const [index, [candidate, baseline]] of ticks.entries())
    state = observe(state, { atSeconds: from + index * 10, candidate, baseline });
  return state;
}

function version(trials: number, events: number): VersionSample {
  return { events: { errors: { trials, events } } };
}

test('a tick that is missing, and one of nonsense, is no evidence and does no harm', () => {
  const busy = [version(100, 1), version(900, 9)] as const;
  const before = afterTicks(Array.from({ length: 20 }, () => busy));
  const nonsense: (VersionSample | null)[] = [
    null,
    {},
    version(NaN, 1),
    version(100, NaN),
    version(100, -5),
    version(Infinity, 1),
    { events: { errors: { trials: 100, events: 1, instances: [[NaN, 1]] } } },
  ];
  for (const own of nonsense) {
    const after = afterTicks([[own, version(900, 9)]], base, 200, before);
    const evidence = (state: JudgeState): number | undefined =>
      judge({ ...state, settings: { ...state.settings, noDataSeconds: 1e9 } }, 200).metrics[0]
        ?.logEvidenceOfHarm;
    // What enters for the time that has passed is all that changes.
    assert.ok(Math.abs((evidence(after) ?? NaN) - (evidence(before) ?? NaN)) < 0.01, JSON.stringify(own));
    // And it is forgotten: harm is found as if nothing had been.
    const harm = afterTicks(
      Array.from({ length: 20 }, () => [version(100, 20), version(900, 9)] as const),
      base,
      210,
      after,
    );
    assert.equal(judge(harm, 400).judgement, 'fail', JSON.stringify(own));
    assert.doesNotMatch(JSON.stringify(judge(harm, 400)), /NaN|null,"logEvidence/);
  }
});

test('a gauge of which nothing can be read is no data where it is critical, whatever else is read', () => {
  const settings: JudgeSettings = {
    ...base,
    metrics: [errors, { name: 'memory', kind: 'gauge', isCritical: true, toleratedRatio: 1.1, slack: 0 }],
  };
  const withMemory = (values: number[]): VersionSample => ({
    ...version(500, 0),
    gauges: { memory: values },
  });
  const state = afterTicks(
    Array.from({ length: 30 }, () => [withMemory([NaN]), withMemory([5])] as const),
    settings,
  );
  assert.equal(judge(state, 290).judgement, 'no-data');
  assert.match(judge(state, 290).message, /not read for too long: memory/);
});

test('a candidate that falls silent after it has talked is a failure of its own', () => {
  const talking = afterTicks(Array.from({ length: 30 }, () => [version(100, 1), version(900, 9)] as const));
  const silent = afterTicks(
    Array.from({ length: 13 }, () => [version(0, 0), version(900, 9)] as const),
    base,
    300,
    talking,
  );
  const { judgement, reasonCode } = judge(silent, 420);
  assert.deepEqual([judgement, reasonCode], ['fail', 'silent-candidate']);
  const unread = afterTicks(
    Array.from({ length: 13 }, () => [null, version(900, 9)] as const),
    base,
    300,
    talking,
  );
  assert.equal(judge(unread, 420).judgement, 'no-data');
});

test('instances come and go, and one side may have many more', () => {
  const random = seedRandom(23);
  let state = startJudge(base);
  for (let index = 0; index < 400; index++) {
    const loads = (count: number): number[] => Array.from({ length: count }, () => 100);
    state = observe(state, {
      atSeconds: index * 10,
      candidate: { events: { errors: sampleEvents({ loads: loads(index % 3), rate: 0.01 }, random) } },
      baseline: { events: { errors: sampleEvents({ loads: loads(9 + (index % 4)), rate: 0.01 }, random) } },
    });
    assert.notEqual(decide(state, index * 10).judgement, 'fail');
  }
  assert.equal(judge(state, 3990).judgement, 'pass');
});

/** Ticks of ten seconds until the fail; null when it never comes. Harm begins at `changeAt`. */
function ticksToFail(
  {
    candidateLoad,
    baselineLoad,
    rate,
    times,
    changeAt,
    ticks,
  }: Record<'candidateLoad' | 'baselineLoad' | 'rate' | 'times' | 'changeAt' | 'ticks', number>,
  seed: number,
): number | null {
  const random = seedRandom(seed * 6007 + 17);
  let state = startJudge(base);
  for (let index = 0; index < ticks; index++) {
    const own = index >= changeAt ? rate * times : rate;
    state = observe(state, {
      atSeconds: index * 10,
      candidate: { events: { errors: sampleEvents({ loads: candidateLoad, rate: own }, random) } },
      baseline: { events: { errors: sampleEvents({ loads: baselineLoad, rate }, random) } },
    });
    if (decide(state, index * 10).judgement === 'fail') return index + 1 - changeAt;
  }
  return null;
}

function medianOf(numbers: readonly (number | null)[]): number {
  const sorted = numbers.map((number) => number ?? Infinity).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Infinity;
}

test('a change four hours into a rollout is found within 1.4 times what is possible', () => {
  const changeAt = 1440;
  const setting = {
    candidateLoad: 50,
    baselineLoad: 950,
    rate: 0.01,
    times: 2,
    changeAt,
    ticks: changeAt + 600,
  };
  const all = Array.from({ length: 25 }, (_, seed) => ticksToFail(setting, seed));
  assert.ok(
    all.every((ticks) => ticks !== null && ticks > 0),
    'found in every rollout, and never before',
  );
  const situation = { candidateRate: 0.02, baselineRate: 0.01, share: 0.05, requestsPerSecond: 100 };
  const information = informationPerSecond(situation, { ratio: 1.1, slack: 0 });
  const bound = detectionLate(information, base.alpha, base.horizonSeconds, 0.5);
  assert.ok(medianOf(all) * 10 <= 1.4 * bound, `${medianOf(all) * 10} s; the bound is ${bound.toFixed(0)} s`);
});

test('a baseline a hundred times larger neither convicts the harmless nor hides harm', () => {
  const setting = { candidateLoad: 100, baselineLoad: 10_000, rate: 0.01, changeAt: 0 };
  const harmless = Array.from({ length: 15 }, (_, seed) =>
    ticksToFail({ ...setting, times: 1, ticks: 600 }, seed),
  );
  assert.deepEqual(
    harmless.filter((ticks) => ticks !== null),
    [],
  );
  const harmful = Array.from({ length: 15 }, (_, seed) =>
    ticksToFail({ ...setting, times: 3, ticks: 600 }, seed),
  );
  assert.ok(medianOf(harmful) <= 20, `${medianOf(harmful)} ticks`);
});

test('marginal metrics that stand out are warnings, and no verdict', () => {
  const marginal = { ...errors, isCritical: false };
  const settings: JudgeSettings = {
    ...base,
    metrics: [errors, { ...marginal, name: 'timeouts' }, { ...marginal, name: 'retries' }],
  };
  const sample = (timeouts: number): VersionSample => ({
    events: {
      errors: { trials: 500, events: 5 },
      timeouts: { trials: 500, events: timeouts },
      retries: { trials: 500, events: 5 },
    },
  });
  const state = afterTicks(
    Array.from({ length: 60 }, () => [sample(50), sample(5)] as const),
    settings,
  );
  const { judgement, metrics } = judge(state, 590);
  assert.equal(judgement, 'pass');
  assert.deepEqual(
    metrics.map(({ name, isWarning }) => [name, isWarning]),
    [
      ['errors', false],
      ['timeouts', true],
      ['retries', false],
    ],
  );
});
