// Evidence where errors come in bursts. The promises are summed exactly over all outcomes, not sampled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advanceBurstProcess, startBurstProcess } from '../../../policies/judge/burst-process.ts';
import { cellOddsIncrement } from '../../../policies/judge/cell-odds.ts';
import { startDispersion, type Dispersion } from '../../../policies/judge/dispersion.ts';
import { noCapital } from '../../../policies/judge/mixture.ts';

const rounding = 1e-9;

function binomial(events: number, trials: number, chance: number): number {
  let ways = 1;
  for (let index = 0; index < events; index++) ways *= (trials - index) / (index + 1);
  return ways * chance ** events * (1 - chance) ** (trials - events);
}

/** E[e] of one tick whose cells are flagged with these chances, over all numbers of flagged cells. */
function expectedOdds(
  {
    candidateCells,
    baselineCells,
    odds,
    multiple,
  }: Record<'candidateCells' | 'baselineCells' | 'odds' | 'multiple', number>,
  chance: { candidate: number; baseline: number },
): number {
  let sum = 0;
  for (let candidateFlagged = 0; candidateFlagged <= candidateCells; candidateFlagged++)
    for (let baselineFlagged = 0; baselineFlagged <= baselineCells; baselineFlagged++) {
      const counts = { candidateCells, candidateFlagged, baselineCells, baselineFlagged };
      sum +=
        binomial(candidateFlagged, candidateCells, chance.candidate) *
        binomial(baselineFlagged, baselineCells, chance.baseline) *
        Math.exp(cellOddsIncrement(counts, odds, multiple));
    }
  return sum;
}

test('cell-odds: no evidence is expected from a candidate within the margin, and exactly none at its edge', () => {
  const chance = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(
      fc.record({
        candidateCells: fc.integer({ min: 1, max: 8 }),
        baselineCells: fc.integer({ min: 1, max: 12 }),
        odds: fc.double({ min: 1, max: 4, noNaN: true }),
        multiple: fc.double({ min: 1.05, max: 40, noNaN: true }),
      }),
      chance,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (setting, baseline, within) => {
        const oddsOf = (factor: number): number => (factor * baseline) / (1 - baseline + factor * baseline);
        const atEdge = expectedOdds(setting, { candidate: oddsOf(setting.odds), baseline });
        assert.ok(Math.abs(atEdge - 1) < rounding, String(atEdge));
        const harmless = expectedOdds(setting, { candidate: oddsOf(within * setting.odds), baseline });
        assert.ok(harmless <= 1 + rounding, String(harmless));
      },
    ),
    { numRuns: 300 },
  );
});

test('cell-odds: a candidate beyond the margin is expected to give evidence', () => {
  const setting = { candidateCells: 4, baselineCells: 12, odds: 1.1, multiple: 4 };
  assert.ok(expectedOdds(setting, { candidate: 0.4, baseline: 0.1 }) > 1.2);
});

/** Any distribution of a count up to `most`: values with their chances. */
function countUpTo(most: number): fc.Arbitrary<{ value: number; chance: number }[]> {
  const point = fc.record({
    value: fc.integer({ min: 0, max: most }),
    weight: fc.integer({ min: 1, max: 100 }),
  });
  return fc.array(point, { minLength: 1, maxLength: 5 }).map((points) => {
    const total = points.reduce((sum, { weight }) => sum + weight, 0);
    return points.map(({ value, weight }) => ({ value, chance: weight / total }));
  });
}

function meanOf(points: readonly { value: number; chance: number }[]): number {
  return points.reduce((sum, { value, chance }) => sum + value * chance, 0);
}

const burstsSeen: Dispersion = {
  ...startDispersion,
  expected: 100,
  compared: 50,
  excess: 600,
  variance: 100,
  mostEvents: 10,
};
/** Twice the most of that past: what the process takes for the most that a tick can have. */
const bound = 20;

/** What one tick is expected to make of the evidence, in multiples of what there was. */
function expectedGrowth(
  side: 'fail' | 'pass',
  candidate: { points: { value: number; chance: number }[]; trials: number },
  baseline: { points: { value: number; chance: number }[]; trials: number },
  margin: { ratio: number; slack: number },
): number {
  const start = startBurstProcess();
  const sumOf = (cells: readonly number[]): number => cells.reduce((sum, cell) => sum + cell, 0);
  let expected = 0;
  for (const own of candidate.points)
    for (const other of baseline.points) {
      const tick = {
        candidate: { events: own.value, trials: candidate.trials },
        baseline: { events: other.value, trials: baseline.trials },
      };
      const added = { fail: noCapital, pass: noCapital };
      const next = advanceBurstProcess(start, tick, { fail: margin, pass: margin }, burstsSeen, added);
      expected += own.chance * other.chance * sumOf(next[side]);
    }
  return expected / sumOf(start[side]);
}

const margin = fc.record({
  ratio: fc.double({ min: 1, max: 3, noNaN: true }),
  slack: fc.constantFrom(0, 0.0005, 0.02),
});

test('bounded ticks, harm: nothing is expected from a harmless candidate, however its errors are distributed', () => {
  fc.assert(
    fc.property(
      countUpTo(200),
      countUpTo(bound),
      margin,
      fc.double({ min: 1, max: 3, noNaN: true }),
      (own, other, edge, room) => {
        const baselineTrials = 1000;
        const tolerated = (edge.ratio * meanOf(other)) / baselineTrials + edge.slack;
        fc.pre(tolerated > 0);
        // As many requests as make the candidate's rate lie on the margin, or `room` times below it.
        const trials = Math.max(1, (room * meanOf(own)) / tolerated);
        const growth = expectedGrowth(
          'fail',
          { points: own, trials },
          { points: other, trials: baselineTrials },
          edge,
        );
        assert.ok(growth <= 1 + rounding, String(growth));
      },
    ),
    { numRuns: 300 },
  );
});

test('bounded ticks, safety: nothing is expected from a harmful candidate', () => {
  fc.assert(
    fc.property(
      countUpTo(bound),
      countUpTo(200),
      margin,
      fc.double({ min: 0.2, max: 1, noNaN: true }),
      (own, other, edge, room) => {
        const baselineTrials = 1000;
        const tolerated = (edge.ratio * meanOf(other)) / baselineTrials + edge.slack;
        fc.pre(tolerated > 0 && meanOf(own) > 0);
        const trials = (room * meanOf(own)) / tolerated;
        const growth = expectedGrowth(
          'pass',
          { points: own, trials },
          { points: other, trials: baselineTrials },
          edge,
        );
        assert.ok(growth <= 1 + rounding, String(growth));
      },
    ),
    { numRuns: 300 },
  );
});

test('bounded ticks can convict: ten times the bursts', () => {
  const points = [
    { value: 0, chance: 0.3 },
    { value: 10, chance: 0.7 },
  ];
  const rare = [
    { value: 0, chance: 0.93 },
    { value: 10, chance: 0.07 },
  ];
  const growth = expectedGrowth(
    'fail',
    { points, trials: 1000 },
    { points: rare, trials: 1000 },
    { ratio: 1.1, slack: 0 },
  );
  assert.ok(growth > 1.05, String(growth));
});
