/** The controller of a return, one instance at a time: figures in, a share and a sentence out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideReturn, limitOf, startReturn } from '../../../policies/failback/decide-return.ts';
import { defaultReturnPolicy } from '../../../policies/failback/default-return-policy.ts';
import type {
  ReturnDecision,
  ReturnObservation,
  ReturnState,
} from '../../../policies/failback/return-state.ts';
import { countsOf } from '../../support/failback/return-figures.ts';

const policy = { ...defaultReturnPolicy, jitter: 0 };

interface Figures {
  /** Requests a second at full weight, of the instance and of its two peers together. */
  perSecond?: number;
  errors?: number;
  ms?: number;
  isHealthy?: boolean;
  peers?: boolean;
}

/** Looks twice a second for so long; stops early when `isOver` says so. */
function play(
  state: ReturnState,
  fromSeconds: number,
  seconds: number,
  figures: Figures,
  isOver: (decision: ReturnDecision) => boolean = () => false,
): { state: ReturnState; decisions: ReturnDecision[]; atSeconds: number } {
  const { perSecond = 200, errors = 0, ms = 3, isHealthy = true, peers = true } = figures;
  const decisions: ReturnDecision[] = [];
  let atSeconds = fromSeconds;
  for (; atSeconds < fromSeconds + seconds; atSeconds += 0.5) {
    const requests = Math.round((perSecond / 2) * (limitOf(state, policy).weight / 100));
    const observation: ReturnObservation = {
      atSeconds,
      random: 0,
      isHealthy,
      instance: countsOf(requests, Math.round(requests * errors), ms),
      peers: peers ? countsOf(perSecond, 0, 3) : null,
      peersWeight: peers ? 200 : 0,
      othersWeight: 0,
      othersUnprovenWeight: 0,
      peerInFlight: 3,
    };
    const decision = decideReturn(state, observation, policy);
    decisions.push(decision);
    state = decision.state;
    if (isOver(decision)) break;
  }
  return { state, decisions, atSeconds };
}

const begun = startReturn({ atSeconds: 0, random: 0, failures: 0 }, policy);
const moves = (decisions: readonly ReturnDecision[]): string[] =>
  decisions.flatMap(({ moved, limit }) => (moved === null ? [] : [`${moved} ${limit.weight}`]));
const isUp = ({ moved }: ReturnDecision): boolean => moved === 'up';

test('as good as its peers: every step, one after the other, and then its whole share', () => {
  const { decisions, state } = play(begun, 0, 600, {}, ({ moved }) => moved === 'back');
  assert.deepEqual(moves(decisions), ['up 5', 'up 10', 'up 25', 'up 50', 'up 100', 'back 100']);
  assert.equal(state.phase, 'back');
  assert.match(
    decisions.at(-1)?.reason.message ?? '',
    /as good as its peers: errors 0\.0 % of \d+, peers 0\.0 %/,
  );
});

test('how many requests at once grows with the step, and is not limited at the end', () => {
  const { decisions } = play(begun, 0, 600, {}, ({ moved }) => moved === 'back');
  const limits = decisions.flatMap(({ moved, limit }) => (moved === 'up' ? [limit.maxConcurrent] : []));
  assert.deepEqual(limits, [2, 2, 2, 3, null]);
});

test('healthy first, and for a while', () => {
  const sick = play(begun, 0, 5, { isHealthy: false });
  assert.deepEqual(moves(sick.decisions), []);
  assert.equal(sick.decisions.at(-1)?.reason.code, 'unhealthy');
  const first = play(sick.state, 5, 10, {}, isUp);
  assert.equal(first.atSeconds - 5, policy.firstWaitSeconds);
});

const held: [string, Figures, string, RegExp][] = [
  ['no request reaches anybody', { perSecond: 0 }, 'no-data', /held at 5 %: no requests to judge by/],
  ['too slow at its first step', { ms: 60 }, 'cold', /held at 5 % until it is warm: worse than its peers/],
];
for (const [name, figures, code, message] of held) {
  test(`${name}: held there, and after the deadline that is said`, () => {
    const first = play(begun, 0, 10, {}, isUp);
    const { decisions, state } = play(first.state, first.atSeconds + 0.5, 700, figures);
    assert.deepEqual(moves(decisions), []);
    assert.equal(state.step, 0);
    assert.ok(decisions.some(({ reason }) => reason.code === code && message.test(reason.message)));
    assert.equal(decisions.find(({ isOverdue }) => isOverdue)?.limit.weight, 5);
    assert.match(decisions.at(-1)?.reason.message ?? '', /longer than its deadline/);
  });
}

test('a cold cache that warms goes on by itself', () => {
  const first = play(begun, 0, 10, {}, isUp);
  const cold = play(first.state, first.atSeconds + 0.5, 30, { ms: 60 });
  const warm = play(cold.state, cold.atSeconds, 600, {}, ({ moved }) => moved === 'back');
  assert.equal(warm.state.phase, 'back');
  assert.equal(warm.state.failures, 0);
});

test('errors take it one step down, and each time it waits longer; in the end a person is asked', () => {
  const bad: Figures = { errors: 0.3 };
  const second = play(begun, 0, 600, {}, ({ limit }) => limit.weight === 10);
  const down = play(second.state, second.atSeconds + 0.5, 60, bad, ({ moved }) => moved !== null);
  assert.deepEqual(moves(down.decisions), ['down 5']);
  const wait = down.state.upAtSeconds - down.atSeconds;
  assert.equal(wait, 2 * policy.firstWaitSeconds);
  const rest = play(down.state, down.atSeconds + 0.5, 3600, bad, ({ moved }) => moved === 'out');
  assert.equal(rest.state.phase, 'out');
  assert.deepEqual(new Set(moves(rest.decisions)), new Set(['down 0', 'up 5', 'out 0']));
  const after = play(rest.state, rest.atSeconds + 0.5, 60, {});
  assert.deepEqual(moves(after.decisions), []);
  assert.match(after.decisions[0]?.reason.message ?? '', /failed 7 times .* ask with `evenkeel failback`/);
});

test('too slow at a higher step takes it one step down', () => {
  const second = play(begun, 0, 600, {}, ({ limit }) => limit.weight === 25);
  const down = play(second.state, second.atSeconds + 0.5, 60, { ms: 60 }, ({ moved }) => moved !== null);
  assert.deepEqual(moves(down.decisions), ['down 10']);
});

test('unhealthy takes everything at once', () => {
  const middle = play(begun, 0, 600, {}, ({ limit }) => limit.weight === 50);
  const { decisions } = play(middle.state, middle.atSeconds + 0.5, 1, { isHealthy: false });
  assert.deepEqual(moves(decisions), ['down 0']);
});

test('with nobody else it takes all at once, even when it was given up', () => {
  const out: ReturnState = { ...begun, phase: 'out', failures: 9 };
  for (const state of [begun, out]) {
    const { decisions } = play(state, 0, 1, { peers: false });
    assert.deepEqual(moves(decisions), ['back 100']);
    assert.equal(decisions[0]?.reason.code, 'no-peers');
  }
});
