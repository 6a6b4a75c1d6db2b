// How soon and how rarely, on traffic like the demo's: 600 requests a second, a look every quarter of a second. Seeds are
// fixed, so these figures do not move unless the judge does; the limits leave room for other seeds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  demoSettings,
  simulateRollout,
  type SimulatedResult,
  type SimulatedRollout,
} from './simulate-rollout.ts';
import { aroundMs, type Behaviour } from './simulate-traffic.ts';

const [errorsOnly] = demoSettings.metrics;

function behaviour(errorRate: number, medianMs: number): Behaviour {
  return { errorRate, latencyMs: aroundMs(medianMs) };
}

function simulate(
  count: number,
  stable: Behaviour,
  candidate: Behaviour,
  changes: Partial<SimulatedRollout> = {},
): SimulatedResult[] {
  return Array.from({ length: count }, (_, index) =>
    simulateRollout({
      seed: 7 * index + 1,
      settings: demoSettings,
      requestsPerSecond: 600,
      stepBasisPoints: [1000, 5000],
      bakeSeconds: 4,
      deadlineSeconds: 60,
      stable,
      candidate,
      ...changes,
    }),
  );
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.POSITIVE_INFINITY;
}

function countOf(results: readonly SimulatedResult[], outcome: SimulatedResult['outcome']): number {
  return results.filter((result) => result.outcome === outcome).length;
}

/** Ticks until the fail, for those that failed at the first step. */
function ticksToFail(results: readonly SimulatedResult[]): number[] {
  return results
    .filter((result) => result.outcome === 'failed' && result.part === 0)
    .flatMap((result) => result.ticksPerPart);
}

test('a candidate that fails a fifth or more of its requests is stopped within a second', () => {
  for (const [stableRate, candidateRate] of [
    [0.001, 0.2],
    [0.005, 0.3],
  ] as const) {
    const ticks = ticksToFail(simulate(100, behaviour(stableRate, 3), behaviour(candidateRate, 3)));
    assert.equal(ticks.length, 100);
    assert.ok(quantile(ticks, 0.5) <= 3);
    assert.ok(quantile(ticks, 1) <= 6);
  }
});

test('a candidate that takes 80 ms instead of 5 is stopped within two seconds', () => {
  const ticks = ticksToFail(simulate(100, behaviour(0.002, 5), behaviour(0.002, 80)));
  assert.equal(ticks.length, 100);
  assert.ok(quantile(ticks, 1) <= 8);
});

test('two per cent of errors beside one in a thousand is not let through', () => {
  const results = simulate(60, behaviour(0.001, 3), behaviour(0.02, 3));
  assert.equal(countOf(results, 'settled'), 0);
});

test('a harmless candidate settles, soon, and is not rolled back', () => {
  const count = 300;
  const results = simulate(count, behaviour(0.002, 3), behaviour(0.002, 3));
  assert.ok(countOf(results, 'failed') <= 0.01 * count);
  assert.ok(countOf(results, 'settled') >= 0.98 * count);
  const firstStep = results.flatMap((result) => result.ticksPerPart.slice(0, 1));
  assert.ok(quantile(firstStep, 0.5) <= 32, 'half of them pass the first step in eight seconds');
  const secondStep = results.flatMap((result) => result.ticksPerPart.slice(1, 2));
  assert.ok(quantile(secondStep, 0.5) <= 12, 'and the second in three');
});

test('a candidate eight per cent slower is harmless', () => {
  const results = simulate(150, behaviour(0.001, 30), behaviour(0.001, 32.4));
  assert.ok(countOf(results, 'failed') <= 2);
});

test('at the very edge of the margin, at any share, false rollbacks stay below a generous alpha', () => {
  const count = 200;
  const alpha = 0.2;
  const settings = { ...demoSettings, alpha, beta: 1e-9, metrics: errorsOnly ? [errorsOnly] : [] };
  for (const basisPoints of [100, 2000, 8000]) {
    const results = simulate(count, behaviour(0.05, 3), behaviour(0.055, 3), {
      settings,
      stepBasisPoints: [basisPoints],
      deadlineSeconds: 15,
    });
    assert.ok(countOf(results, 'failed') <= alpha * count, `${basisPoints} basis points`);
  }
});

test('a harmful candidate is passed at a step at most as often as beta says', () => {
  const count = 200;
  const beta = 0.2;
  const settings = { ...demoSettings, alpha: 1e-9, beta, metrics: errorsOnly ? [errorsOnly] : [] };
  // Exactly where harm begins: 1.5 times as many and one in a hundred more.
  const results = simulate(count, behaviour(0.01, 3), behaviour(0.025, 3), {
    settings,
    stepBasisPoints: [2000],
    deadlineSeconds: 15,
  });
  const passed = results.filter((result) => result.part > 0).length;
  assert.ok(passed <= beta * count, `${passed} of ${count}`);
});
