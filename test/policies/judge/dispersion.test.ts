// Whether errors come one by one or in bursts. Streams are drawn with fixed seeds, so these figures move only with the code;
// what they show is how often, not that it cannot happen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  burstIndex,
  isCorrelated,
  isDispersed,
  learnDispersion,
  startDispersion,
  type Dispersion,
} from '../../../policies/judge/dispersion.ts';
import type { EventSample } from '../../../policies/judge/tick.ts';
import { sampleEvents, type SampledVersion } from './sample-events.ts';
import { seedRandom } from './simulate-traffic.ts';

interface Outcome {
  wasDispersed: boolean;
  wasCorrelated: boolean;
  /** Bursts that the baseline had had when it was first called dispersed. */
  burstsUntil: number;
  last: Dispersion;
}

function learn(
  ticks: number,
  seed: number,
  tickAt: (random: () => number, index: number) => EventSample,
): Outcome {
  const random = seedRandom(seed * 7919 + 13);
  let last = startDispersion;
  let events = 0;
  let eventsUntil = Infinity;
  let wasCorrelated = false;
  for (let index = 0; index < ticks; index++) {
    const tick = tickAt(random, index);
    events += tick.events;
    last = learnDispersion(last, tick);
    if (eventsUntil === Infinity && isDispersed(last)) eventsUntil = events;
    wasCorrelated ||= isCorrelated(last);
  }
  return { wasDispersed: eventsUntil < Infinity, wasCorrelated, burstsUntil: eventsUntil, last };
}

function outcomes(runs: number, ticks: number, version: SampledVersion): Outcome[] {
  return Array.from({ length: runs }, (_, seed) =>
    learn(ticks, seed, (random) => sampleEvents(version, random)),
  );
}

function shareOf(all: readonly Outcome[], isSo: (outcome: Outcome) => boolean): number {
  return all.filter(isSo).length / all.length;
}

const loads: Record<string, readonly number[] | number> = {
  'totals only': 1000,
  'two instances': [500, 500],
  'ten instances': Array.from({ length: 10 }, () => 100),
  'instances of unequal load': [400, 300, 200, 100],
  'one instance with nearly all of it': [900, 50, 50],
  'an instance that gets nothing': [500, 500, 0],
};

for (const [name, own] of Object.entries(loads)) {
  test(`errors that come one by one are no bursts: ${name}`, () => {
    for (const rate of [0.0001, 0.001, 0.01, 0.1]) {
      const all = outcomes(60, 600, { loads: own, rate });
      // Looked at 600 times, some stray over three deviations; hardly any stay there.
      assert.ok(shareOf(all, ({ wasDispersed }) => wasDispersed) <= 0.2, `${rate}: ever`);
      assert.ok(shareOf(all, ({ last }) => isDispersed(last)) <= 0.02, `${rate}: at the end`);
      assert.ok(shareOf(all, ({ wasCorrelated }) => wasCorrelated) <= 0.02, `${rate}: correlated`);
    }
  });

  test(`errors that come together are found, soon: ${name}`, () => {
    // The larger a burst, the fewer have to be seen; few instances tell least of a small one.
    for (const [burst, enough] of [
      [3, 120],
      [10, 25],
      [30, 25],
    ] as const)
      for (const rate of [0.001, 0.01]) {
        const all = outcomes(40, 1000, { loads: own, rate, burst });
        assert.ok(shareOf(all, ({ last }) => isDispersed(last)) >= 0.95, `${burst} at ${rate}`);
        const soon = shareOf(all, ({ burstsUntil }) => burstsUntil / burst <= enough);
        assert.ok(soon >= 0.9, `${burst} at ${rate}: ${soon} after ${enough} bursts`);
        assert.ok(shareOf(all, ({ wasCorrelated }) => wasCorrelated) <= 0.05, 'each lies within a tick');
      }
  });
}

test('the index is about how many errors come together', () => {
  for (const burst of [3, 10, 30]) {
    const { last } = learn(5000, 1, (random) =>
      sampleEvents({ loads: [5e4, 5e4], rate: 1e-4, burst }, random),
    );
    assert.ok(
      burstIndex(last) > 0.8 * burst && burstIndex(last) < 1.25 * burst,
      `${burst}: ${burstIndex(last)}`,
    );
  }
});

test('a drift that all instances share is no burst, and neither is a spike', () => {
  for (let seed = 0; seed < 30; seed++) {
    const { wasCorrelated, last } = learn(600, seed, (random, index) => {
      const swing = 0.01 * (1 + 0.8 * Math.sin(index / 40));
      return sampleEvents({ loads: [300, 200, 200], rate: index % 50 === 0 ? 0.2 : swing }, random);
    });
    assert.ok(!isDispersed(last) && !wasCorrelated, `seed ${seed}`);
  }
});

test('without instances a slow drift is no burst; a spike of all of them cannot be told from one', () => {
  const drift = (random: () => number, index: number): EventSample =>
    sampleEvents({ loads: 700, rate: 0.01 * (1 + 0.5 * Math.sin(index / 60)) }, random);
  for (let seed = 0; seed < 30; seed++) assert.ok(!isDispersed(learn(600, seed, drift).last), `seed ${seed}`);
  const spikes = learn(600, 1, (random, index) =>
    sampleEvents({ loads: 700, rate: index % 50 === 0 ? 0.2 : 0.01 }, random),
  );
  assert.ok(isDispersed(spikes.last));
});

test('a burst that goes on for several ticks on one instance is correlated', () => {
  for (let seed = 0; seed < 30; seed++) {
    const until = [0, 0, 0, 0];
    const { last } = learn(600, seed, (random, index) => {
      const instances = until.map((end, place): [number, number] => {
        if (random() < 0.02) until[place] = index + 5;
        return [250, sampleEvents({ loads: 250, rate: index < end ? 0.1 : 0.002 }, random).events];
      });
      const events = instances.reduce((sum, [, own]) => sum + own, 0);
      return { trials: 1000, events, instances };
    });
    assert.ok(isCorrelated(last), `seed ${seed}`);
  }
});
