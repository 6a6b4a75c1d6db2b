// Which statistic judges events: one by one (procedure A), or the burst process. Simulated at a small scale; the figures
// over whole days are in `npm run bench:judge`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanceFailProcess, failSpending, startFailProcess } from '../../../policies/judge/fail-process.ts';
import { judge, learnBefore, observe, startJudge, type JudgeState } from '../../../policies/judge/judge.ts';
import type { Judgement } from '../../../policies/judge/judgement.ts';
import { noCapital, reaches } from '../../../policies/judge/mixture.ts';
import type { EventSample, Tick } from '../../../policies/judge/tick.ts';
import { sampleEvents } from './sample-events.ts';
import { seedRandom } from './simulate-traffic.ts';

const settings = {
  metrics: [{ name: 'errors', kind: 'ratio' as const, isCritical: true, toleratedRatio: 1.1, slack: 0 }],
  alpha: 0.01,
  beta: 0.05,
  steps: 0,
  hasBake: false,
  minSoakSeconds: 60,
  noDataSeconds: 600,
  horizonSeconds: 86_400,
};

interface Setting {
  /** Ticks of ten seconds before the deployment, and of it. */
  before: number;
  ticks: number;
  sample(version: 'candidate' | 'baseline', random: () => number): EventSample;
}

interface Run {
  failedAfter: number | null;
  last: Judgement;
  /** Whether procedure A, counting errors one by one, would have convicted. */
  wouldConvict: boolean;
}

function run({ before, ticks, sample }: Setting, seed: number): Run {
  const random = seedRandom(seed * 104_729 + 3);
  let state: JudgeState = startJudge(settings);
  for (let index = 0; index < before; index++)
    state = learnBefore(state, { events: { errors: sample('baseline', random) } }, 10);
  let failedAfter: number | null = null;
  let byOne = startFailProcess(failSpending.undeclared);
  let wouldConvict = false;
  for (let index = 0; index < ticks; index++) {
    const candidate = sample('candidate', random);
    const baseline = sample('baseline', random);
    const tick: Tick = {
      atSeconds: index * 10,
      candidate: { events: { errors: candidate } },
      baseline: { events: { errors: baseline } },
    };
    state = observe(state, tick);
    if (failedAfter === null && judge(state, tick.atSeconds).judgement === 'fail') failedAfter = index + 1;
    const counts = {
      candidateEvents: candidate.events,
      candidateTrials: candidate.trials,
      baselineEvents: baseline.events,
      baselineTrials: baseline.trials,
    };
    byOne = advanceFailProcess(byOne, counts, { ratio: 1.1, slack: 0 }, noCapital);
    wouldConvict ||= reaches(byOne, settings.alpha);
  }
  return { failedAfter, last: judge(state, (ticks - 1) * 10), wouldConvict };
}

function runs(count: number, setting: Setting): Run[] {
  return Array.from({ length: count }, (_, seed) => run(setting, seed));
}

function countFailed(all: readonly Run[]): number {
  return all.filter(({ failedAfter }) => failedAfter !== null).length;
}

const four = [250, 250, 250, 250];

/** Errors in bursts, at a baseline of 1 %, in totals or by instance; the candidate has `times` as many. */
function bursts(burst: number, times: number, isByInstance: boolean): Setting['sample'] {
  return (version, random) => {
    const loads = isByInstance
      ? version === 'candidate'
        ? [250]
        : four
      : version === 'candidate'
        ? 250
        : 1000;
    return sampleEvents({ loads, rate: version === 'candidate' ? 0.01 * times : 0.01, burst }, random);
  };
}

for (const isByInstance of [false, true])
  test(`bursts that the past has shown do not convict a harmless candidate: ${isByInstance ? 'by instances' : 'totals'}`, () => {
    for (const burst of [10, 30]) {
      const all = runs(40, { before: 300, ticks: 500, sample: bursts(burst, 1, isByInstance) });
      assert.ok(countFailed(all) <= 1, `${burst}: ${countFailed(all)} of ${all.length}`);
      assert.ok(
        all.filter(({ wouldConvict }) => wouldConvict).length >= 10,
        'counted one by one many would be',
      );
    }
  });

test('and a candidate with many times the bursts is convicted, sooner by instances', () => {
  const totals = runs(10, { before: 300, ticks: 4000, sample: bursts(10, 8, false) });
  assert.equal(countFailed(totals), 10);
  const byInstance = runs(10, { before: 300, ticks: 4000, sample: bursts(10, 8, true) });
  assert.equal(countFailed(byInstance), 10);
  const ticksOf = (all: readonly Run[]): number =>
    all.reduce((sum, { failedAfter }) => sum + (failedAfter ?? 0), 0);
  assert.ok(ticksOf(byInstance) < ticksOf(totals), `${ticksOf(byInstance)} and ${ticksOf(totals)} ticks`);
});

test('where errors come one by one, procedure A judges: as soon with instances as without', () => {
  const one = bursts(1, 3, false);
  const totals = runs(20, { before: 100, ticks: 200, sample: one });
  assert.equal(countFailed(totals), 20);
  for (const { failedAfter } of totals) assert.ok((failedAfter ?? 0) <= 60, `${failedAfter} ticks`);
  const byInstance = runs(20, { before: 100, ticks: 200, sample: bursts(1, 3, true) });
  for (const { failedAfter } of byInstance) assert.ok((failedAfter ?? 0) <= 60, `${failedAfter} ticks`);
});

test('groups that a log tells apart are counted instead of errors', () => {
  const grouped: Setting['sample'] = (version, random) => {
    const rate = version === 'candidate' ? 0.02 : 0.001;
    const groups = sampleEvents({ loads: version === 'candidate' ? 250 : 1000, rate }, random);
    return {
      trials: groups.trials,
      events: Math.min(groups.trials, 10 * groups.events),
      groups: groups.events,
    };
  };
  const harmful = runs(10, { before: 100, ticks: 300, sample: grouped });
  assert.equal(countFailed(harmful), 10);
  for (const { failedAfter, last } of harmful) {
    assert.ok((failedAfter ?? 0) <= 60, `${failedAfter} ticks: as if there were no bursts`);
    assert.ok(Math.abs((last.metrics[0]?.baselineRate ?? 0) - 0.001) < 0.0005, 'figures are of groups');
  }
});

test('bursts that last from tick to tick on one instance: no verdict, and the sentence says why', () => {
  const make = (): Setting['sample'] => {
    const until = new Map<string, number>();
    let index = 0;
    return (version, random) => {
      index++;
      const instances = four.map((load, place): [number, number] => {
        const name = `${version} ${place}`;
        if (random() < 0.02) until.set(name, index + 10);
        const rate = index < (until.get(name) ?? 0) ? 0.2 : 0.002;
        return [load, sampleEvents({ loads: load, rate }, random).events];
      });
      return { trials: 1000, events: instances.reduce((sum, [, own]) => sum + own, 0), instances };
    };
  };
  for (let seed = 0; seed < 10; seed++) {
    const { failedAfter, last } = run({ before: 300, ticks: 200, sample: make() }, seed);
    assert.equal(failedAfter, null);
    assert.equal(last.judgement, 'inconclusive');
    assert.match(
      last.message,
      /errors come in bursts that last from tick to tick on single instances; use longer ticks/,
    );
  }
});
