/** The error budget: the figures of the Site Reliability Workbook, and what the gate makes of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advanceFailProcess, failSpending, startFailProcess } from '../../../policies/judge/fail-process.ts';
import { logEvidence, noCapital } from '../../../policies/judge/mixture.ts';
import { burnAlerts, burnAlertRules, windowsToRead } from '../../../policies/slo/burn-alerts.ts';
import { canaryCost, type CanaryPlan } from '../../../policies/slo/canary-cost.ts';
import { decideStart, type StartDecision, type StartRule } from '../../../policies/slo/decide-start.ts';
import {
  burnRate,
  remainingBudget,
  secondsUntilExceeded,
  secondsUntilSpent,
} from '../../../policies/slo/error-budget.ts';
import type { EventCounts, SloReading } from '../../../policies/slo/slo.ts';

const days30 = 30 * 86_400;
const rule: StartRule = { name: 'shop', objective: 0.999, windowSeconds: days30, minimumRemaining: 0.1 };
const canary: CanaryPlan = {
  stepBasisPoints: [100, 500, 2500],
  tickSeconds: 1,
  noDataSeconds: 30,
  alpha: 0.01,
  margin: { ratio: 1.1, slack: 0.01 },
};
const windows = windowsToRead(rule);

/** Every window with 100 requests a second of which a share was bad; `other` says more about some windows. */
function readings(
  errorRatio: number,
  other: Readonly<Record<number, EventCounts | string>> = {},
): SloReading[] {
  return windows.map((windowSeconds) => {
    const said = other[windowSeconds];
    if (typeof said === 'string') return { windowSeconds, problem: said };
    const total = 100 * windowSeconds;
    return { windowSeconds, counts: said ?? { bad: total * errorRatio, total } };
  });
}

function decide(read: readonly SloReading[], slo = rule): StartDecision {
  return decideStart(slo, read, canaryCost(read, canary));
}

const hour = 3600;

test('reference figures: how long a budget of 30 days lasts', () => {
  const hours = [1, 2, 10, 1000].map((rate) => secondsUntilSpent(1, rate, days30) / hour);
  assert.deepEqual(hours, [720, 360, 72, 0.72]);
  assert.equal(secondsUntilSpent(1, 1000, days30) / 60, 43.2);
  assert.equal(secondsUntilSpent(0.5, 0, days30), Infinity);
  assert.equal(secondsUntilSpent(-1, 2, days30), 0);
});

test('reference figures: when a total outage is seen', () => {
  const pages = burnAlertRules.filter(({ severity }) => severity === 'page');
  const seconds = pages.map(({ threshold, longSeconds }) =>
    secondsUntilExceeded(threshold, longSeconds, 1, 0.999)?.toFixed(1),
  );
  assert.deepEqual(seconds, ['51.8', '129.6']);
  assert.equal(secondsUntilExceeded(14.4, hour, 0.01, 0.999), null, 'a burn rate of 10 never exceeds 14.4');
});

test('reference figures: what is left', () => {
  const counts = { bad: 6500, total: 10_000_000 };
  assert.equal(remainingBudget(counts, 0.999)?.toFixed(12), '0.350000000000');
  assert.equal(burnRate(counts, 0.999)?.toFixed(12), '0.650000000000');
});

test('counts that cannot be right have no burn rate', () => {
  const wrong = [
    { bad: 0, total: 0 },
    { bad: 2, total: 1 },
    { bad: -1, total: 1 },
    { bad: NaN, total: 1 },
    { bad: 0, total: Infinity },
  ];
  for (const counts of wrong) assert.equal(burnRate(counts, 0.999), null);
  assert.equal(burnRate({ bad: 0, total: 1 }, 1), null, 'an objective of 1 has no budget');
});

test('an alert fires when both of its windows exceed the threshold, and only then', () => {
  const burning = (long: number, short: number): (boolean | null)[] =>
    burnAlerts(
      0.999,
      readings(0, {
        [hour]: { bad: long, total: 1e6 },
        [300]: { bad: short, total: 1e6 },
      }),
    ).map(({ isFiring }) => isFiring);
  assert.deepEqual(burning(14_401, 14_401), [true, false, false]);
  assert.deepEqual(burning(14_400, 15_000), [false, false, false], 'it has to exceed');
  assert.deepEqual(burning(15_000, 0), [false, false, false], 'it is over');
  const unknown = (of: number, bad: number): boolean | null | undefined =>
    burnAlerts(0.999, readings(bad, { [of]: 'no data' }))[0]?.isFiring;
  assert.equal(unknown(300, 0.1), null);
  assert.equal(unknown(300, 0), false, 'one window is enough to say no');
});

test('a rollout starts while the budget, the burn and the cost allow it', () => {
  const started = decide(readings(0.0005));
  assert.equal(started.decision, 'start');
  assert.equal(
    started.message,
    'shop has 50 % of its error budget of 30 d left, no page is firing, and a canary that fails may cost 0.31 % of it',
  );
});

test('a short history is said', () => {
  const counts = { bad: 0, total: 1e7 };
  const young = readings(0).map((reading) =>
    reading.windowSeconds === days30
      ? { windowSeconds: days30, counts, coveredSeconds: 2.5 * 86_400 }
      : reading,
  );
  assert.match(decide(young).message, /^shop has 100 % of its error budget of 30 d \(known for 2.5 d\) left/);
});

test('why a rollout is held', () => {
  const month = (bad: number): Record<number, EventCounts> => ({ [days30]: { bad, total: 10_000_000 } });
  const cases: [what: string, read: SloReading[], reasonCode: string, message: RegExp][] = [
    [
      'little is left',
      readings(0, month(9001)),
      'budget-spent',
      /^shop has 9.99 % of its error budget of 30 d left, and a rollout starts with at least 10 %/,
    ],
    ['overspent', readings(0, month(20_000)), 'budget-spent', /-100 %/],
    [
      'a fast burn',
      readings(0.0005, { [hour]: { bad: 20, total: 1000 }, [300]: { bad: 30, total: 1000 } }),
      'burning',
      /20 times too fast over 1 h and 30 times over 5 min \(a page is due above 14.4\); at this rate what is left \(50 %\) lasts 18 h/,
    ],
    [
      'a slow burn',
      readings(0, { [6 * hour]: { bad: 7, total: 1000 }, [1800]: { bad: 7, total: 1000 } }),
      'burning',
      /7 times too fast over 6 h/,
    ],
    [
      'the server is down',
      readings(0, { [days30]: 'connection refused' }),
      'no-slo-data',
      /the last 30 d are not known \(connection refused\)/,
    ],
    [
      'the last minutes are missing',
      readings(0, { [300]: 'no samples' }),
      'no-slo-data',
      /the last 5 min are not known/,
    ],
    [
      'nobody came',
      readings(0, { [1800]: { bad: 0, total: 0 } }),
      'no-slo-data',
      /30 min are not known \(nothing was counted\)/,
    ],
    [
      'nonsense',
      readings(0, { [hour]: { bad: 5, total: 3 } }),
      'no-slo-data',
      /5 bad of 3 events cannot be right/,
    ],
    ['nothing was read', [], 'no-slo-data', /the last 30 d are not known \(it was not read\)/],
    [
      'too dear',
      readings(0.0002, { [300]: { bad: 0, total: 1e9 } }),
      'cost-exceeds-budget',
      /may cost 10288\.\d+ % of shop's error budget/,
    ],
  ];
  for (const [what, read, reasonCode, message] of cases) {
    const held = decide(read);
    assert.deepEqual([held.decision, held.reasonCode], ['held', reasonCode], `${what}: ${held.message}`);
    assert.match(held.message, message, what);
  }
});

test('a ticket is shown and holds nothing', () => {
  const read = readings(0, { [72 * hour]: { bad: 2, total: 1000 }, [6 * hour]: { bad: 2, total: 1000 } });
  const decision = decide(read);
  assert.deepEqual(
    decision.alerts.map(({ isFiring }) => isFiring),
    [false, false, true],
  );
  assert.equal(decision.decision, 'start');
  assert.equal(decide(readings(0, { [72 * hour]: 'no data' })).decision, 'start', 'only a ticket needs it');
});

test("the minimum is the policy's", () => {
  const read = readings(0, { [days30]: { bad: 9500, total: 10_000_000 } });
  assert.equal(decide(read).reasonCode, 'budget-spent');
  assert.equal(decide(read, { ...rule, minimumRemaining: 0.05 }).decision, 'held', 'the cost is 16 %');
  assert.equal(decide(read, { ...rule, minimumRemaining: 0.05 }).reasonCode, 'cost-exceeds-budget');
});

test('what a canary may cost: time until silence is noticed, and the evidence a rollback needs', () => {
  const cost = canaryCost(readings(0), canary);
  // 100 requests a second, a quarter of them for 30 s and two ticks, and seven more for the judge.
  const badEvents = 100 * 0.25 * 32 + 7;
  assert.deepEqual(cost, { badEvents, requestsPerSecond: 100, basisPoints: 2500, detectionSeconds: 32 });
  assert.equal(canaryCost([], canary).badEvents, null);
  const blind = canaryCost(readings(0), { ...canary, margin: { ratio: 1.1, slack: 1 } });
  assert.equal(blind.badEvents, null, 'nothing could ever be worse than that');
  assert.equal(decideStart(rule, readings(0), blind).reasonCode, 'cost-exceeds-budget');
});

test('the evidence is never less than what the judge itself asks for', () => {
  const quiet: SloReading[] = [{ windowSeconds: 1e9, counts: { bad: 0, total: 1 } }];
  for (const basisPoints of [1, 100, 500, 2500, 5000, 9000]) {
    const margin = { ratio: 1.1, slack: 0.01 };
    const cost = canaryCost(quiet, { ...canary, margin, stepBasisPoints: [basisPoints] }).badEvents ?? 0;
    const share = basisPoints / 10_000;
    const failed = { candidateEvents: 1, candidateTrials: 1, baselineEvents: 0 };
    let cells = startFailProcess(failSpending.declared);
    let requests = 0;
    for (; logEvidence(cells) < Math.log(1 / canary.alpha); requests++) {
      const counts = { ...failed, baselineTrials: (1 - share) / share };
      cells = advanceFailProcess(cells, counts, margin, noCapital);
    }
    assert.ok(cost >= requests && cost < 1.5 * requests + 1, `${basisPoints}: ${cost} and ${requests}`);
  }
});

const anyReadings = fc.tuple(
  ...windows.map((windowSeconds) =>
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc
          .record({
            bad: fc.double({ min: 0, max: 0.003, noNaN: true }),
            total: fc.integer({ min: 0, max: 1e8 }),
          })
          .map(({ bad, total }) => ({ windowSeconds, counts: { bad: bad * total, total } })),
      },
      { weight: 1, arbitrary: fc.constant({ windowSeconds, problem: 'no data' }) },
    ),
  ),
);

test('more bad events never start a rollout that was held', () => {
  fc.assert(
    fc.property(
      anyReadings,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: windows.length }),
      (read, more) => {
        const worse = read.map((reading, index): SloReading => {
          if (!('counts' in reading)) return reading;
          const { bad, total } = reading.counts;
          return { ...reading, counts: { bad: bad + (total - bad) * (more[index] ?? 0), total } };
        });
        if (decide(read).decision === 'held') assert.equal(decide(worse).decision, 'held');
      },
    ),
  );
});

test('no rollout starts when something it needs is not known', () => {
  const needed = [300, 1800, hour, 6 * hour, days30];
  const blanks = fc.constantFrom<(windowSeconds: number) => SloReading>(
    (windowSeconds) => ({ windowSeconds, problem: 'no data' }),
    (windowSeconds) => ({ windowSeconds, counts: { bad: 0, total: 0 } }),
    (windowSeconds) => ({ windowSeconds, counts: { bad: NaN, total: NaN } }),
    (windowSeconds) => ({ windowSeconds, counts: { bad: 0, total: Infinity } }),
    (windowSeconds) => ({ windowSeconds, counts: { bad: 0, total: -1 } }),
  );
  fc.assert(
    fc.property(anyReadings, fc.constantFrom(...needed), blanks, (read, missing, blank) => {
      const incomplete = read.map((reading) =>
        reading.windowSeconds === missing ? blank(missing) : reading,
      );
      const cost = canaryCost(read, canary);
      assert.equal(decideStart(rule, incomplete, cost).decision, 'held');
      assert.equal(
        decideStart(
          rule,
          incomplete.filter((reading) => reading.windowSeconds !== missing),
          cost,
        ).decision,
        'held',
      );
    }),
  );
});

test('a decision is plain JSON, so that the log can keep it', () => {
  fc.assert(
    fc.property(anyReadings, (read) => {
      const decision = decide(read);
      assert.deepEqual(JSON.parse(JSON.stringify(decision)), decision);
    }),
  );
});
