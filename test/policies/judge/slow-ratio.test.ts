import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanceSlowRatio, slowRatioLimits, startSlowRatio } from '../../../policies/judge/slow-ratio.ts';
import { sampleBinomial } from '../../bench/judge/sample-counts.ts';
import { seedRandom } from '../../bench/judge/seeded-random.ts';

const bounds = [0.05, 0.1, 0.25];

test('the bound is chosen from the past, and not before there is enough of it', () => {
  assert.equal(startSlowRatio({ over: [40, 10, 1], answered: 80 }), null);
  assert.equal(startSlowRatio({ over: [400, 100, 10], answered: 1000 })?.index, 1);
  assert.equal(
    startSlowRatio({ over: [900, 800, 700], answered: 1000 })?.index,
    2,
    'the last, when all are slow',
  );
});

test('twice as many slow answers: the true ratio lies within the limits, and they become narrow', () => {
  for (let run = 0; run < 20; run++) {
    const random = seedRandom(1, 'slow', run);
    let slow = startSlowRatio({ over: [400, 100, 10], answered: 1000 });
    assert.ok(slow !== null);
    const sample = (answered: number, share: number) => {
      const over = sampleBinomial(answered, share, random);
      return { bounds, within: [answered - over, answered - over, answered], answered };
    };
    for (let tick = 0; tick < 200; tick++)
      slow = advanceSlowRatio(slow, { candidate: sample(100, 0.2), baseline: sample(900, 0.1) }, 1 / 1000);
    const { atLeast, atMost } = slowRatioLimits(slow, { alpha: 0.01, beta: 0.05 });
    assert.ok(atLeast !== null && atLeast <= 2 && atLeast >= 1.2, `at least ${atLeast}`);
    assert.ok(atMost !== null && atMost >= 2 && atMost <= 3.5, `at most ${atMost}`);
  }
});
