import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  advanceGauge,
  blockSeconds,
  gaugeEvidence,
  startGaugeProcess,
  type GaugeProcess,
} from '../../../policies/judge/gauge-process.ts';
import { seedRandom } from './simulate-traffic.ts';

const margin = { ratio: 1.1, slack: 0 };

/** Blocks with these means of the candidate beside a baseline of 100; five looks a block. */
function afterBlocks(candidateMeans: readonly number[], baseline = 100): GaugeProcess {
  let process = startGaugeProcess;
  const looks = 5;
  for (const [block, mean] of candidateMeans.entries())
    for (let look = 0; look <= looks; look++) {
      const atSeconds = (block + look / looks) * blockSeconds;
      // A block ends with the first look of the next.
      if (look === 0 && block > 0) continue;
      process = advanceGauge(
        process,
        { atSeconds, candidate: [mean - 1, mean + 1], baseline: [baseline] },
        margin,
      );
    }
  return process;
}

test('half hours are compared, not looks', () => {
  assert.equal(afterBlocks([150, 150, 150]).blocks, 3);
  assert.equal(afterBlocks([]).blocks, 0);
});

test('a few half hours never are enough, whatever they show', () => {
  const means = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 6 });
  fc.assert(
    fc.property(means, (own) => {
      const { harm, safety } = gaugeEvidence(afterBlocks(own));
      assert.ok(harm < Math.log(100) && safety < Math.log(100), `${harm}, ${safety}`);
    }),
    { numRuns: 200 },
  );
});

test('a candidate that takes half as much again is found within a day, and is not safe', () => {
  const random = seedRandom(5);
  const { harm, safety } = gaugeEvidence(
    afterBlocks(Array.from({ length: 48 }, () => 150 + 20 * (random() - 0.5))),
  );
  assert.ok(harm > Math.log(100));
  assert.ok(safety < 0);
});

test('at the margin itself, looked at after every block of a day, harm is shown in less than a fifth at alpha 0.2', () => {
  const runs = 400;
  let convicted = 0;
  for (let seed = 0; seed < runs; seed++) {
    const random = seedRandom(seed * 31 + 7);
    // About normal: a sum of four.
    const noise = (): number => 10 * (random() + random() + random() + random() - 2);
    const means: number[] = [];
    let wasHarm = false;
    for (let block = 0; block < 48; block++) {
      means.push(110 + noise());
      if (block > 0 && block % 4 === 3)
        wasHarm ||= gaugeEvidence(afterBlocks(means)).harm >= Math.log(1 / 0.2);
    }
    if (wasHarm) convicted++;
  }
  assert.ok(convicted / runs <= 0.2, `${convicted} of ${runs}`);
});

test('a look at which one side told nothing is no look', () => {
  const before = afterBlocks([120]);
  const tick = { atSeconds: 99_999, candidate: [], baseline: [1] };
  assert.deepEqual(advanceGauge(before, tick, margin), before);
});
