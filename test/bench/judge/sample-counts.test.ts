// Samples against their distributions, by a chi-square test with fixed seeds: the same numbers at every run, so it either
// always passes or always fails. It does not show what lies beyond one in some thousand samples.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logGamma, logGammaShares } from './peers/special-functions.ts';
import { sampleBinomial, sampleGeometric, samplePoisson } from './sample-counts.ts';
import { seedRandom } from './seeded-random.ts';

const samples = 100_000;

/** The chance of a chi-square at least this large, over the counts that are expected ten times or more. */
function chanceOfFit(draw: () => number, logProbability: (count: number) => number): number {
  const seen = new Map<number, number>();
  for (let sample = 0; sample < samples; sample++) {
    const count = draw();
    seen.set(count, (seen.get(count) ?? 0) + 1);
  }
  let chiSquare = 0;
  let cells = 0;
  let expectedElsewhere = samples;
  let seenElsewhere = samples;
  for (let count = 0; count <= 3000; count++) {
    const expected = samples * Math.exp(logProbability(count));
    if (!(expected >= 10)) continue;
    const found = seen.get(count) ?? 0;
    chiSquare += (found - expected) ** 2 / expected;
    cells++;
    expectedElsewhere -= expected;
    seenElsewhere -= found;
  }
  if (expectedElsewhere > 1) chiSquare += (seenElsewhere - expectedElsewhere) ** 2 / expectedElsewhere;
  assert.ok(cells > 3);
  return Math.exp(logGammaShares(cells / 2, chiSquare / 2).upper);
}

function logChoose(n: number, k: number): number {
  return k > n ? Number.NEGATIVE_INFINITY : logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

for (const mean of [0.3, 4, 9.9, 10, 50, 950]) {
  test(`Poisson counts with mean ${mean}`, () => {
    const random = seedRandom(1, 'poisson', mean * 10);
    const fit = chanceOfFit(
      () => samplePoisson(mean, random),
      (count) => count * Math.log(mean) - mean - logGamma(count + 1),
    );
    assert.ok(fit > 0.001, `chance ${fit}`);
  });
}

for (const [trials, chance] of [
  [50, 0.01],
  [50, 0.3],
  [950, 0.005],
  [950, 0.0106],
  [950, 0.5],
  [950, 0.93],
] as const) {
  test(`binomial counts of ${trials} at ${chance}`, () => {
    const random = seedRandom(1, 'binomial', trials);
    const fit = chanceOfFit(
      () => sampleBinomial(trials, chance, random),
      (count) => logChoose(trials, count) + count * Math.log(chance) + (trials - count) * Math.log1p(-chance),
    );
    assert.ok(fit > 0.001, `chance ${fit}`);
  });
}

test('burst sizes are geometric from one on', () => {
  const random = seedRandom(1, 'geometric', 0);
  const fit = chanceOfFit(
    () => sampleGeometric(10, random),
    (size) => (size === 0 ? Number.NEGATIVE_INFINITY : Math.log(0.1) + (size - 1) * Math.log(0.9)),
  );
  assert.ok(fit > 0.001, `chance ${fit}`);
  assert.equal(sampleGeometric(1, random), 1);
});

test('nothing and everything', () => {
  const random = seedRandom(1, 'edges', 0);
  assert.equal(samplePoisson(0, random), 0);
  assert.equal(sampleBinomial(7, 0, random), 0);
  assert.equal(sampleBinomial(7, 1, random), 7);
  assert.equal(sampleBinomial(0, 0.5, random), 0);
});
