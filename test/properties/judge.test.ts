// What must hold for any stream of counters. The first three are the promise itself, summed exactly, not sampled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exceedanceIncrement } from '../../policies/judge/exceedance-increment.ts';
import {
  fixedBaselineIncrement,
  lowerRateBound,
  upperRateBound,
} from '../../policies/judge/fixed-baseline.ts';
import {
  judge,
  observe as observeTick,
  startBake,
  startJudge,
  startStep,
  type JudgeState,
} from '../../policies/judge/judge.ts';
import {
  countTick,
  noCounters,
  type CountersSoFar,
  type VersionCounters,
} from '../../policies/judge/counter-increase.ts';
import { ratioIncrement, type TickCounts } from '../../policies/judge/ratio-increment.ts';
import { demoSettings } from '../policies/judge/simulate-rollout.ts';

const rate = fc.double({ min: 0, max: 1, noNaN: true });
const openRate = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const trials = fc.integer({ min: 1, max: 25 });
const rounding = 1e-9;

function binomial(events: number, trialCount: number, chance: number): number {
  let ways = 1;
  for (let index = 0; index < events; index++) ways *= (trialCount - index) / (index + 1);
  return ways * chance ** events * (1 - chance) ** (trialCount - events);
}

/** The expectation of exp(increment) over both binomials, term by term. */
function expectation(
  sizes: { nc: number; nb: number; pc: number; pb: number },
  increment: (counts: TickCounts) => number,
): number {
  const { nc, nb, pc, pb } = sizes;
  let sum = 0;
  for (let kc = 0; kc <= nc; kc++) {
    for (let kb = 0; kb <= nb; kb++) {
      const chance = binomial(kc, nc, pc) * binomial(kb, nb, pb);
      if (chance === 0) continue;
      const counts = { candidateEvents: kc, candidateTrials: nc, baselineEvents: kb, baselineTrials: nb };
      sum += chance * Math.exp(increment(counts));
    }
  }
  return sum;
}

const setting = fc.record({
  nc: trials,
  nb: trials,
  pb: rate,
  within: rate,
  ratio: fc.double({ min: 0.5, max: 4, noNaN: true }),
  slack: fc.oneof(fc.constant(0), fc.double({ min: 0.0001, max: 0.2, noNaN: true })),
});

test('procedures A and B: a null point never expects evidence to grow', () => {
  fc.assert(
    fc.property(setting, fc.double({ min: 1.01, max: 500, noNaN: true }), (point, g) => {
      const { nc, nb, pb, within, ratio, slack } = point;
      const margin = { ratio, slack };
      const edge = Math.min(1, ratio * pb + slack);
      const harmless = { nc, nb, pb, pc: within * edge };
      const fail = (counts: TickCounts): number => ratioIncrement(counts, margin, ratio * g);
      assert.ok(expectation(harmless, fail) <= 1 + rounding);
      if (ratio * pb + slack > 1) return;
      const harmful = { nc, nb, pb, pc: edge + within * (1 - edge) };
      const pass = (counts: TickCounts): number => ratioIncrement(counts, margin, ratio / g);
      assert.ok(expectation(harmful, pass) <= 1 + rounding);
    }),
    { numRuns: 300 },
  );
});

test("procedure A': a null point never expects evidence to grow, in either direction", () => {
  fc.assert(
    fc.property(setting, openRate, openRate, (point, betCandidate, betBaseline) => {
      const { nc, nb, pb, within, ratio, slack } = point;
      const margin = { ratio, slack };
      const alternative = { candidate: betCandidate, baseline: betBaseline };
      const increment = (counts: TickCounts): number => exceedanceIncrement(counts, margin, alternative);
      const edge = ratio * pb + slack;
      const isFail = betCandidate > ratio * betBaseline + slack;
      fc.pre(isFail || edge <= 1);
      const pc = isFail ? within * Math.min(1, edge) : edge + within * (1 - edge);
      assert.ok(expectation({ nc, nb, pb, pc }, increment) <= 1 + rounding);
    }),
    { numRuns: 300 },
  );
});

test('a fixed boundary: neither side of it expects evidence to grow', () => {
  fc.assert(
    fc.property(trials, openRate, openRate, rate, (nc, boundary, bet, within) => {
      const pc = bet > boundary ? within * boundary : boundary + within * (1 - boundary);
      const increment = (counts: TickCounts): number =>
        fixedBaselineIncrement(counts.candidateEvents, counts.candidateTrials, boundary, bet);
      assert.ok(expectation({ nc, nb: 1, pc, pb: 0.5 }, increment) <= 1 + rounding);
    }),
  );
});

test('the evidence does grow where the null is false', () => {
  const counts = { candidateEvents: 20, candidateTrials: 100, baselineEvents: 9, baselineTrials: 900 };
  const margin = { ratio: 1.1, slack: 0 };
  assert.ok(ratioIncrement(counts, margin, 11) > 20);
  assert.ok(exceedanceIncrement(counts, margin, { candidate: 0.2, baseline: 0.01 }) > 20);
  assert.ok(fixedBaselineIncrement(20, 100, 0.011, 0.2) > 20);
});

test('the bounds on a rate miss it no more often than stated, summed exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), rate, (count, truth) => {
      let missedAbove = 0;
      let missedBelow = 0;
      for (let events = 0; events <= count; events++) {
        const chance = binomial(events, count, truth);
        if (upperRateBound(events, count, 0.05) < truth) missedAbove += chance;
        if (lowerRateBound(events, count, 0.05) > truth) missedBelow += chance;
      }
      assert.ok(missedAbove + missedBelow <= 0.05 + rounding);
    }),
  );
});

/** What a router shows at one look. */
interface Look {
  atSeconds: number;
  candidate: VersionCounters | null;
  baseline: VersionCounters | null;
}

/** The judge beside the readings that its ticks are counted from, as a deployer keeps them. */
interface Watched {
  state: JudgeState;
  soFar: CountersSoFar;
}

function startWatching(): Watched {
  const state = startStep(startJudge(demoSettings), { index: 0, atSeconds: 0, candidateBasisPoints: 5000 });
  return { state, soFar: noCounters };
}

function observe({ state, soFar }: Watched, look: Look): Watched {
  const counted = countTick(soFar, look, state.part === 'bake');
  return { state: observeTick(state, counted.tick), soFar: counted.soFar };
}

const boundsMs = [5, 50, 500];
interface TickPlan {
  requests: [number, number];
  errors: [number, number];
  fast: [number, number];
  gap: 'none' | 'candidate' | 'baseline' | 'both';
  isReset: boolean;
}
const pair = (max: number): fc.Arbitrary<[number, number]> =>
  fc.tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max }));
const tickPlans: fc.Arbitrary<TickPlan[]> = fc.array(
  fc.record({
    requests: pair(200),
    errors: pair(20),
    fast: pair(200),
    gap: fc.constantFrom(
      'none' as const,
      'none' as const,
      'candidate' as const,
      'baseline' as const,
      'both' as const,
    ),
    isReset: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  }),
  { minLength: 1, maxLength: 25 },
);

function ticksOf(plans: readonly TickPlan[], scale = 1): Look[] {
  let sums: [VersionCounters, VersionCounters] = [empty(), empty()];
  return plans.map((plan, index) => {
    if (plan.isReset) sums = [empty(), sums[1]];
    sums = [grow(sums[0], plan, 0, scale), grow(sums[1], plan, 1, scale)];
    const isRead = (side: 'candidate' | 'baseline'): boolean => plan.gap !== side && plan.gap !== 'both';
    return {
      atSeconds: index + 1,
      candidate: isRead('candidate') ? sums[0] : null,
      baseline: isRead('baseline') ? sums[1] : null,
    };
  });
}

function empty(): VersionCounters {
  return { requests: 0, errors: 0, latency: { boundsMs, counts: [0, 0, 0], answered: 0 } };
}

function grow(sum: VersionCounters, plan: TickPlan, side: 0 | 1, scale: number): VersionCounters {
  const requests = plan.requests[side] * scale;
  const fast = Math.min(requests, plan.fast[side] * scale);
  const middle = (fast + requests) / 2;
  return {
    requests: sum.requests + requests,
    errors: sum.errors + plan.errors[side] * scale,
    latency: {
      boundsMs,
      counts: [fast, middle, requests].map((count, index) => count + (sum.latency.counts[index] ?? 0)),
      answered: sum.latency.answered + requests,
    },
  };
}

/** Half the looks at one step, a quarter at the next, the rest in the bake; `keep` is done to the state after each. */
function follow(looks: readonly Look[], keep = (state: JudgeState): JudgeState => state): JudgeState {
  let watched = startWatching();
  for (const [index, look] of looks.entries()) {
    const { state } = watched;
    if (index > 0 && index === Math.floor(looks.length / 2))
      watched.state = keep(startStep(state, { index: 1, atSeconds: look.atSeconds }));
    if (index > 1 && index === Math.floor((3 * looks.length) / 4))
      watched.state = keep(startBake(state, look.atSeconds));
    watched = observe(watched, look);
    watched.state = keep(watched.state);
  }
  return watched.state;
}

// The judge's own state, written by itself.
const throughText = (state: JudgeState): JudgeState => JSON.parse(JSON.stringify(state)) as JudgeState;

test('J1 a state that went through JSON after every event continues bit for bit', () => {
  fc.assert(
    fc.property(tickPlans, (plans) => {
      const ticks = ticksOf(plans);
      const straight = follow(ticks);
      assert.deepEqual(follow(ticks, throughText), straight);
      assert.deepEqual(judge(throughText(straight), 99), judge(straight, 99));
    }),
    { numRuns: 60 },
  );
});

function evidenceOf(state: JudgeState): number[] {
  return judge(state, 0).metrics.flatMap((metric) => [metric.logEvidenceOfHarm, metric.logEvidenceOfSafety]);
}

test('J2 what an unread tick missed is in the next one', () => {
  fc.assert(
    fc.property(tickPlans, fc.nat(), (plans, at) => {
      const ticks = ticksOf(plans.map((plan) => ({ ...plan, gap: 'none' as const, isReset: false })));
      const unread = 1 + (at % ticks.length);
      fc.pre(unread < ticks.length - 1);
      const gappy = ticks.map((tick, index) => (index === unread ? { ...tick, candidate: null } : tick));
      // Evidence may differ, since it is worked out tick by tick, and with it the latency bound that is named; what was
      // counted may not.
      const countedIn = (read: readonly Look[]): unknown[] => {
        const { metrics } = judge(read.reduce(observe, startWatching()).state, 0);
        const counts = metrics.map(({ name, candidateTrials, baselineTrials }) => [
          name,
          candidateTrials,
          baselineTrials,
        ]);
        return counts;
      };
      assert.deepEqual(countedIn(gappy), countedIn(ticks));
    }),
    { numRuns: 60 },
  );
});

test('J2 a tick that cannot be read has an e-value of one: all that enters is the capital for its time', () => {
  fc.assert(
    fc.property(tickPlans, fc.constantFrom('candidate' as const, 'baseline' as const), (plans, side) => {
      const readable = plans.map((plan) => ({ ...plan, gap: 'none' as const }));
      let watched = ticksOf(readable).reduce(observe, startWatching());
      const before = evidenceOf(watched.state);
      const atSeconds = plans.length;
      for (const broken of [null, { ...empty(), errors: Number.NaN }, { ...empty(), requests: -1 }])
        watched = observe(watched, { atSeconds, candidate: empty(), baseline: empty(), [side]: broken });
      assert.deepEqual(evidenceOf(watched.state), before, 'no time, no change at all');
      watched = observe(watched, { atSeconds: atSeconds + 9, candidate: null, baseline: null });
      for (const [index, evidence] of evidenceOf(watched.state).entries())
        assert.ok(Math.exp(evidence) <= Math.exp(before[index] ?? 0) * (1 + rounding) + 0.3);
    }),
    { numRuns: 60 },
  );
});

test('more errors of the candidate never look better', () => {
  fc.assert(
    fc.property(tickPlans, fc.nat(), fc.integer({ min: 1, max: 10 }), (plans, at, more) => {
      const worse = plans.map((plan, index): TickPlan => {
        const extra = index === at % plans.length ? more : 0;
        return { ...plan, isReset: false, errors: [plan.errors[0] + extra, plan.errors[1]] };
      });
      const steady = plans.map((plan) => ({ ...plan, isReset: false }));
      const [harm = 0, safety = 0] = evidenceOf(ticksOf(steady).reduce(observe, startWatching()).state);
      const [worseHarm = 0, worseSafety = 0] = evidenceOf(
        ticksOf(worse).reduce(observe, startWatching()).state,
      );
      assert.ok(worseHarm >= harm - rounding);
      assert.ok(worseSafety <= safety + rounding);
    }),
    { numRuns: 100 },
  );
});

test('a thousand million requests a tick leave every number finite', () => {
  fc.assert(
    fc.property(tickPlans, (plans) => {
      const state = follow(ticksOf(plans, 1e7));
      const numbers = [...evidenceOf(state), ...JSON.stringify(state).matchAll(/-?\d[\d.e+-]*/g)].map(Number);
      assert.ok(numbers.every(Number.isFinite));
      assert.deepEqual(throughText(state), state);
    }),
    { numRuns: 60 },
  );
});
