// The harness itself: that it can tell a procedure that keeps its promise from one that does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeScenario, judgeSpeedup } from './goals.ts';
import { harmfulScenarios } from './harmful-scenarios.ts';
import { harmlessScenarios } from './harmless-scenarios.ts';
import { repeatedZTest } from './peers/repeated-z-test.ts';
import type { Procedure, ScenarioTick } from './procedure.ts';
import { calmDay, type Scenario } from './scenario.ts';
import { seedRandom } from './seeded-random.ts';
import { simulateRun, type Outcome } from './simulate-run.ts';
import { summarizeRuns } from './summarize-runs.ts';
import { startTraffic } from './traffic.ts';

const never: Outcome = { failSeconds: null, passSeconds: null };

function fails(failSeconds: number): Outcome {
  return { failSeconds, passSeconds: null };
}

function find(name: string): Scenario {
  const scenario = [...harmlessScenarios, ...harmfulScenarios].find((other) => other.name === name);
  assert.ok(scenario, name);
  return scenario;
}

/** The sums of a whole rollout's ticks. */
function total(scenario: Scenario): {
  candidate: [number, number];
  baseline: [number, number];
  nulls: number;
} {
  const traffic = startTraffic(scenario, seedRandom(1, scenario.name, 0));
  const sums = { candidate: [0, 0] as [number, number], baseline: [0, 0] as [number, number], nulls: 0 };
  for (let tick = 0; tick < scenario.horizonSeconds / scenario.tickSeconds; tick++) {
    const seen = traffic.next();
    for (const version of ['candidate', 'baseline'] as const) {
      const sample = seen[version];
      if (sample === null) continue;
      sums[version][0] += sample.requests;
      sums[version][1] += sample.errors;
    }
    if (seen.candidate === null || seen.baseline === null) sums.nulls++;
  }
  return sums;
}

function assertNear(actual: number, wanted: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual / wanted - 1) < tolerance, `${what}: ${actual} instead of about ${wanted}`);
}

test('scenarios have names of their own, and every harmful one a bound or a goal', () => {
  const names = [...harmlessScenarios, ...harmfulScenarios].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { question, boundSeconds, changeAtSeconds, horizonSeconds, name } of harmfulScenarios) {
    assert.ok(changeAtSeconds < horizonSeconds, name);
    if (question !== 'false-pass') assert.ok(boundSeconds !== null && boundSeconds > 0, name);
  }
});

test('the same seed, scenario and run give the same outcome; another run another', () => {
  const scenario = find('1 -> 2 %');
  const once = simulateRun(scenario, [repeatedZTest], 1, 3);
  assert.deepEqual(simulateRun(scenario, [repeatedZTest], 1, 3), once);
  assert.notDeepEqual(simulateRun(scenario, [repeatedZTest], 1, 4), once);
  assert.notDeepEqual(simulateRun(scenario, [repeatedZTest], 2, 3), once);
});

test('traffic is what the scenario says', () => {
  const flat = total(find('flat 1 %'));
  assertNear(flat.candidate[0], 432_000, 0.01, 'candidate requests');
  assertNear(flat.baseline[0], 8_208_000, 0.01, 'baseline requests');
  assertNear(flat.baseline[1] / flat.baseline[0], 0.01, 0.02, 'errors');
  const bursts = total(find('bursts of 10, geometric, by instance'));
  assertNear(bursts.baseline[1] / bursts.baseline[0], 0.01, 0.05, 'errors in bursts');
  const missing = total(find('30 % of ticks missing'));
  assertNear(missing.nulls, 0.3 * 8640, 0.1, 'missing ticks');
  const restarts = total(find('restarts'));
  assert.ok(restarts.baseline[0] < flat.baseline[0], 'what was counted before a restart is lost');
  assertNear(restarts.baseline[1] / restarts.baseline[0], 0.01, 0.02, 'errors over restarts');
  const ramp = total(find('share 1, 5, 25 %'));
  assertNear(ramp.candidate[0], 100 * 3600 * (2 * 0.01 + 6 * 0.05 + 16 * 0.25), 0.01, 'share steps');
});

test('a histogram adds up, and is slower where the scenario says', () => {
  const traffic = startTraffic(find('latency +100 %'), seedRandom(1, 'histogram', 0));
  const { candidate, baseline } = traffic.next();
  assert.ok(candidate?.latency && baseline?.latency);
  const { counts, le } = baseline.latency;
  assert.equal(counts.length, le.length);
  assert.deepEqual(
    [...counts].sort((a, b) => a - b),
    counts,
  );
  assert.equal(counts.at(-1), baseline.requests);
  const fourth = le.indexOf(0.1);
  assertNear((counts[fourth] ?? 0) / baseline.requests, 0.5, 0.1, 'half of the baseline within its median');
  assert.ok((candidate.latency.counts[fourth] ?? 0) < 0.3 * candidate.requests);
});

test('a repeated z-test is caught: it rolls back harmless candidates far more often than alpha', () => {
  const scenario = { ...find('flat 1 %'), horizonSeconds: 7200 };
  const outcomes = Array.from(
    { length: 60 },
    (_, run) => simulateRun(scenario, [repeatedZTest], 1, run)[0] ?? never,
  );
  const { falseRollbackShare } = summarizeRuns(scenario, repeatedZTest.name, outcomes);
  assert.ok(falseRollbackShare !== null && falseRollbackShare.value > 0.05);
});

test('a run before the deployment is shown to those that learn, and a verdict ends a run', () => {
  const seen: ScenarioTick[] = [];
  let learned = 0;
  const hasty: Procedure = {
    name: 'hasty',
    metrics: ['ratio'],
    start: () => ({
      learn() {
        learned++;
      },
      tick(tick) {
        seen.push(tick);
        return seen.length === 3 ? 'fail' : 'pass';
      },
    }),
  };
  const outcome = simulateRun({ ...calmDay, name: 'x' }, [hasty], 1, 0);
  assert.deepEqual(outcome, [{ failSeconds: 30, passSeconds: 10 }]);
  assert.equal(seen.length, 3);
  assert.ok(learned > 0);
});

test('delays count from the change; rollbacks before it are false, and misses are infinitely late', () => {
  const scenario = find('1 -> 2 % after 1 h');
  const outcomes = [fails(3600), fails(3700), fails(4600), never, never];
  const summary = summarizeRuns(scenario, 'any', outcomes);
  assert.equal(summary.falseRollbackShare?.value, 0.2);
  assert.equal(summary.medianDelaySeconds, 1000);
  assert.equal(summary.missedShare?.value, 0.5);
});

test('a pass before a fail is a false one', () => {
  const outcomes = [
    { failSeconds: 20, passSeconds: 10 },
    { failSeconds: 10, passSeconds: 20 },
    fails(10),
    never,
  ];
  const summary = summarizeRuns(find('1 % times 2, passes'), 'any', outcomes);
  assert.equal(summary.falsePassShare?.value, 0.25);
});

test('goals are met or not by what was measured', () => {
  const scenario = find('1 -> 2 %');
  const bound = scenario.boundSeconds ?? 0;
  const measure = (delay: number) => [
    summarizeRuns(scenario, 'evenkeel', [fails(delay)]),
    summarizeRuns(scenario, 'Mann-Whitney 10 min', [fails(600)]),
    summarizeRuns(scenario, 'Mann-Whitney 60 min', [fails(3600)]),
  ];
  assert.deepEqual(
    judgeScenario(scenario, measure(1.4 * bound)).map(({ isMet }) => isMet),
    [true],
  );
  assert.deepEqual(
    judgeScenario(scenario, measure(1.5 * bound)).map(({ isMet }) => isMet),
    [false],
  );
  const speedups = judgeSpeedup([{ scenario, summaries: measure(150) }]);
  assert.deepEqual(
    speedups.map(({ isMet }) => isMet),
    [false, true],
  );
  const harmless = find('flat 1 %');
  const unharmed = [summarizeRuns(harmless, 'evenkeel', [...Array<Outcome>(99).fill(never), fails(10)])];
  assert.equal(judgeScenario(harmless, unharmed)[0]?.isMet, true);
});
