/** Promises B1 to B6 of `decide-return.ts`, over random lives of several instances at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideReturn, limitOf, startReturn, unprovenWeight } from '../../policies/failback/decide-return.ts';
import { defaultReturnPolicy } from '../../policies/failback/default-return-policy.ts';
import type { ReturnDecision, ReturnPolicy, ReturnState } from '../../policies/failback/return-state.ts';
import { countsOf } from '../support/failback/return-figures.ts';

/** Evidence of a few dozen requests a step, so that short lives reach every step. */
const policy: ReturnPolicy = { ...defaultReturnPolicy, beta: 0.3, errorSlack: 0.1, minSoakSeconds: 1 };

interface Look {
  requests: number;
  errorShare: number;
  ms: number;
  isHealthy: boolean;
  isRead: boolean;
  random: number;
  seconds: number;
}

const look: fc.Arbitrary<Look> = fc.record({
  requests: fc.integer({ min: 0, max: 400 }),
  errorShare: fc.constantFrom(0, 0, 0, 0, 0.01, 0.5),
  ms: fc.constantFrom(1, 3, 3, 3, 80),
  isHealthy: fc.oneof(
    { weight: 20, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  isRead: fc.oneof(
    { weight: 10, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  random: fc.double({ min: 0, max: 1, noNaN: true }),
  seconds: fc.constantFrom(0.5, 0.5, 0.5, 5, 60),
});

interface Step {
  before: ReturnState;
  decision: ReturnDecision;
  look: Look;
}

/** Lives of several instances with `peers` at full weight beside them; each row is one moment. */
function live(rows: readonly Look[][], peers: number): { steps: Step[]; moments: ReturnState[][] } {
  const count = rows[0]?.length ?? 0;
  const states = Array.from({ length: count }, () =>
    startReturn({ atSeconds: 0, random: 0, failures: 0 }, policy),
  );
  const steps: Step[] = [];
  const moments: ReturnState[][] = [];
  let atSeconds = 0;
  for (const row of rows) {
    atSeconds += row[0]?.seconds ?? 1;
    row.forEach((own, index) => {
      const before = states[index];
      if (before === undefined) return;
      const others = states.filter((_, other) => other !== index);
      const weights = others.map((state) => limitOf(state, policy).weight);
      const requests = Math.round((own.requests * limitOf(before, policy).weight) / 100);
      const decision = decideReturn(
        before,
        {
          atSeconds,
          random: own.random,
          isHealthy: own.isHealthy,
          instance: own.isRead ? countsOf(requests, Math.round(requests * own.errorShare), own.ms) : null,
          peers: own.isRead ? countsOf(own.requests * peers, 0, 3) : null,
          peersWeight: 100 * peers,
          othersWeight: weights.reduce((sum, weight) => sum + weight, 0),
          othersUnprovenWeight: others.reduce((sum, state) => sum + unprovenWeight(state, policy), 0),
          peerInFlight: 2,
        },
        policy,
      );
      states[index] = decision.state;
      steps.push({ before, decision, look: own });
    });
    moments.push([...states]);
  }
  return { steps, moments };
}

const lives = fc.record({
  peers: fc.integer({ min: 1, max: 4 }),
  rows: fc
    .integer({ min: 1, max: 4 })
    .chain((count) =>
      fc.array(fc.array(look, { minLength: count, maxLength: count }), { minLength: 20, maxLength: 120 }),
    ),
});

test('never two steps at once (B1), and down is one step or nothing at all (B3, B4)', () => {
  let up = 0;
  fc.assert(
    fc.property(lives, ({ rows, peers }) => {
      for (const { before, decision, look: own } of live(rows, peers).steps) {
        const moved = decision.state.step - before.step;
        assert.ok(moved <= 1);
        if (moved === 1) up++;
        if (moved < 0) assert.ok(moved === -1 || !own.isHealthy || decision.state.phase === 'out');
        if (!own.isHealthy) assert.equal(decision.limit.weight, 0);
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(up > 200, `a property over returns has to see some, and saw ${up} steps`);
});

test('nothing goes up past the first step unless this very look showed requests of both sides (B2)', () => {
  fc.assert(
    fc.property(lives, ({ rows, peers }) => {
      for (const { before, decision } of live(rows, peers).steps) {
        if (before.step < 0 || decision.moved !== 'up') continue;
        const since = before.judge?.liveness;
        assert.ok((since?.candidateRequests ?? 0) > 0 && (since?.baselineRequests ?? 0) > 0);
        assert.equal(decision.reason.code, 'not-worse');
      }
    }),
    { numRuns: 40 },
  );
});

test('a life without data stays at the first step at most (B2)', () => {
  const silent = look.map((own) => ({ ...own, isRead: false, isHealthy: true }));
  fc.assert(
    fc.property(fc.array(fc.tuple(silent), { minLength: 20, maxLength: 80 }), (rows) => {
      for (const { decision } of live(rows, 2).steps) assert.ok(decision.state.step <= 0);
    }),
    { numRuns: 30 },
  );
});

test('what is being tried at one time is a bounded part of what proven peers carry (B5)', () => {
  fc.assert(
    fc.property(lives, ({ rows, peers }) => {
      for (const states of live(rows, peers).moments) {
        const tried = states.map((state) => unprovenWeight(state, policy)).filter((weight) => weight > 0);
        const sum = tried.reduce((total, weight) => total + weight, 0);
        const largest = Math.max(0, ...tried);
        // One that is first of all may take its step; the others wait for it.
        assert.ok(sum <= Math.max(largest, policy.mostUnprovenShare * 100 * peers));
      }
    }),
    { numRuns: 60 },
  );
});

test('the same observations lead to the same steps (B6), also through JSON', () => {
  fc.assert(
    fc.property(lives, ({ rows, peers }) => {
      const once = live(rows, peers).steps.map(({ decision }) => decision);
      const again = live(rows, peers).steps.map(({ decision }) => decision);
      assert.deepEqual(JSON.parse(JSON.stringify(once)), JSON.parse(JSON.stringify(again)));
    }),
    { numRuns: 15 },
  );
});

test('nodes of a zone that were lost together do not return in lockstep', () => {
  const lost = [0, 0.35, 0.7].map((random) => startReturn({ atSeconds: 0, random, failures: 2 }, policy));
  assert.equal(new Set(lost.map(({ upAtSeconds }) => upAtSeconds)).size, 3);
});
