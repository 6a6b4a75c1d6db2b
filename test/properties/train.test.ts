/**
 * The invariants of trains. Each member is the real rollout machine; a random history says which member moves next, what
 * its judge says, which effect fails, who asks for what, and whose journal disappears. Widening effects pass `decideTrain`
 * as they do in the shell. What is not shown here: the shell itself (test/action/drive-train.test.ts).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isFinished,
  isWidening,
  planRollout,
  type Effect,
  type RolloutEvent,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';
import { decideTrain, sideBySide, stageOf, type MemberState } from '../../policies/train/decide-train.ts';
import { memberName, type Train } from '../../policies/train/train.ts';

const move = fc.oneof(
  { weight: 300, arbitrary: fc.constant({ kind: 'go-on' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'fail-effect' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'judge-fails' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'rollback' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'lose-journal' as const }) },
);
type Move = { kind: 'go-on' | 'fail-effect' | 'judge-fails' | 'rollback' | 'lose-journal' };

const trains = fc
  .record({
    waves: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
    services: fc.integer({ min: 1, max: 2 }),
    capacities: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 24, maxLength: 24 }),
    radius: fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.constant(10_000)),
  })
  .map(({ waves, services, capacities, radius }): Train => {
    let place = 0;
    const members = waves.flatMap((places, wave) =>
      Array.from({ length: places }, () => `place${place++}`).flatMap((environment) =>
        Array.from({ length: services }, (_, index) => ({
          service: `service${index}`,
          environment,
          wave,
          capacity: capacities[(place * services + index) % capacities.length] ?? 1,
        })),
      ),
    );
    const totalCapacity = members.reduce((sum, { capacity }) => sum + capacity, 0);
    const largest = Math.max(...members.map(({ capacity }) => capacity));
    return {
      id: '7',
      name: 'shop',
      waves: waves.map((_, index) => `wave${index}`),
      members,
      totalCapacity,
      // As the plan of a train has it: every single member can begin.
      blastRadiusBasisPoints: Math.max(radius, Math.ceil((largest * 10_000) / totalCapacity)),
    };
  });

const histories = fc.tuple(
  trains,
  fc.array(fc.tuple(fc.nat(1000), move), { minLength: 100, maxLength: 500 }),
);

/** One look at a train between two moves. */
interface Look {
  train: Train;
  members: readonly MemberState[];
  /** The member that moved, and the widening effect that began with it. */
  moved: MemberState | null;
  began: Effect | null;
}

/** Runs a history, and calls `check` after every move. */
function live(
  train: Train,
  history: readonly (readonly [number, Move])[],
  check: (look: Look) => void,
): Look {
  const members: MemberState[] = train.members.map((member, index) => ({
    member,
    isStarted: false,
    state: planRollout({
      rollout: String(index),
      service: member.service,
      environment: member.environment,
      stable: 'sha256:stable',
      candidate: 'sha256:candidate',
      fullCapacity: member.capacity,
      canaryCapacity: 1,
      stepBasisPoints: [1000],
      minSoakSeconds: 0,
      stepDeadlineSeconds: 60,
      bakeSeconds: 0,
    }),
  }));
  let at = 0;
  let look: Look = { train, members, moved: null, began: null };
  for (const [pick, { kind }] of history) {
    const decisions = decideTrain(train, members);
    const movable = members.filter(
      (one) =>
        one.state !== null &&
        !isFinished(one.state) &&
        (one.state.phase !== 'planned' || decisions.get(memberName(one.member))?.decision !== 'hold'),
    );
    const one = movable[pick % movable.length];
    if (one?.state == null) break;
    const before = one.state;
    const decision = decisions.get(memberName(one.member))?.decision ?? 'hold';
    if (kind === 'lose-journal') one.state = null;
    else one.state = next(one, before, kind, decision, ++at);
    const pending = before.pending;
    const isDone = pending !== null && one.state !== null && one.state.pending?.id !== pending.id;
    const began = kind === 'go-on' && decision === 'admit' && isDone && isWidening(pending) ? pending : null;
    look = { train, members, moved: one, began };
    check(look);
  }
  return look;
}

/** What the shell of one member would do now. */
function next(
  one: MemberState,
  state: RolloutState,
  kind: Move['kind'],
  decision: 'admit' | 'hold' | 'roll-back',
  atSeconds: number,
): RolloutState {
  const asked: RolloutEvent = { type: 'requested', atSeconds, command: 'rollback', by: 'grace' };
  if (kind === 'rollback' || decision === 'roll-back') return transition(state, asked).state;
  if (state.phase === 'planned') {
    one.isStarted = true;
    return transition(state, { type: 'started', atSeconds, by: 'ada' }).state;
  }
  const { pending } = state;
  if (kind === 'judge-fails')
    return transition(state, {
      type: 'judged',
      atSeconds,
      judgement: 'fail',
      reasonCode: 'worse',
      message: 'worse',
    }).state;
  if (pending === null)
    return transition(state, {
      type: 'judged',
      atSeconds,
      judgement: 'pass',
      reasonCode: 'fine',
      message: 'fine',
    }).state;
  const about = { atSeconds, effectId: pending.id };
  if (isWidening(pending) && decision === 'hold') {
    const why = { reasonCode: 'train-bake-waiting', message: 'not yet', hasBegun: false };
    return transition(state, { type: 'withheld', ...about, ...why }).state;
  }
  const admitted = transition(state, { type: 'admitted', ...about }).state;
  const outcome: RolloutEvent =
    kind === 'fail-effect'
      ? { type: 'effect-failed', ...about, reasonCode: 'broken', message: 'broken', mayRetry: false }
      : { type: 'effect-done', ...about, outcome: { isProven: true, probes: 0, takeBack: null } };
  return transition(admitted, outcome).state;
}

/** Checks every move of 600 histories, and that what is claimed was really met. */
function invariant(name: string, check: (look: Look) => boolean): void {
  test(name, () => {
    let met = 0;
    fc.assert(
      fc.property(histories, ([train, history]) => {
        live(train, history, (look) => {
          if (check(look)) met++;
        });
      }),
      { numRuns: 400, endOnFailure: true },
    );
    assert.ok(met > 20, `only ${met} moves were of the kind that this invariant is about`);
  });
}

const hasBaked = (one: MemberState): boolean => ['baked', 'settled'].includes(stageOf(one));

invariant('T1 a member begins only when all waves before it have baked', ({ members, moved, began }) => {
  if (moved === null || began?.name !== 'prepare') return false;
  const before = members.filter(({ member }) => member.wave < moved.member.wave);
  // What has come to pass since it was let on is no matter of order.
  assert.ok(
    before.every((one) => hasBaked(one) || stageOf(one) === 'going-back' || stageOf(one) === 'unknown'),
  );
  return before.length > 0;
});

invariant('T2 no other place begins before the one box has baked', ({ train, members, moved, began }) => {
  const box = train.members[0]?.environment;
  if (moved === null || began?.name !== 'prepare' || moved.member.environment === box) return false;
  const first = members.filter(({ member }) => member.environment === box);
  assert.ok(first.every((one) => hasBaked(one) || ['going-back', 'unknown'].includes(stageOf(one))));
  return true;
});

invariant('T3 what has begun and not baked is never more than the blast radius', ({ train, members }) => {
  const underWay = members.filter((one) => stageOf(one) === 'under-way');
  const capacity = underWay.reduce((sum, { member }) => sum + member.capacity, 0);
  assert.ok(capacity * 10_000 <= train.blastRadiusBasisPoints * train.totalCapacity);
  return underWay.length > 1;
});

invariant('T4 nothing settles before every member has baked', ({ members, moved, began }) => {
  if (moved === null || began?.name !== 'settle') return false;
  assert.ok(members.every((one) => hasBaked(one) || ['going-back', 'unknown'].includes(stageOf(one))));
  assert.ok(members.every(({ state }) => state?.phase !== 'canary' && state?.phase !== 'planned'));
  return members.length > 1;
});

invariant('T5 one that goes back sends every other back that is not settled', ({ train, members }) => {
  if (!members.some((one) => stageOf(one) === 'going-back')) return false;
  const decisions = decideTrain(train, members);
  const others = members.filter((one) => !['going-back', 'settled', 'unknown'].includes(stageOf(one)));
  for (const { member } of others) assert.equal(decisions.get(memberName(member))?.decision, 'roll-back');
  return others.length > 0;
});

invariant('T6 a member whose journal is gone lets no other go on', ({ train, members }) => {
  if (!members.some(({ state }) => state === null)) return false;
  for (const [name, { decision }] of decideTrain(train, members)) {
    const one = members.find(({ member }) => memberName(member) === name);
    assert.ok(decision !== 'admit' || (one !== undefined && stageOf(one) === 'going-back'));
  }
  return true;
});

invariant('T7 never more side by side than one machine drives', ({ members }) => {
  const underWay = members.filter((one) => stageOf(one) === 'under-way').length;
  assert.ok(underWay <= sideBySide);
  return underWay === sideBySide;
});

/** Everybody's turn comes again and again, so that what stands still stands still for a reason. */
const turns = Array.from({ length: 6000 }, (_, index) => index);

test('a train whose members all do well settles everywhere, whatever its waves and its blast radius', () => {
  fc.assert(
    fc.property(trains, (train) => {
      const history = turns.map((pick) => [pick, { kind: 'go-on' }] as const);
      const { members } = live(train, history, () => undefined);
      assert.ok(
        members.every(({ state }) => state?.phase === 'settled'),
        'it came to a stand',
      );
    }),
    { numRuns: 100 },
  );
});

test('after one rollback every member that had not settled is rolled back once its effects are done', () => {
  fc.assert(
    fc.property(trains, fc.nat(60), (train, when) => {
      const history = turns.map((pick) => [pick, { kind: pick === when ? 'rollback' : 'go-on' }] as const);
      const { members } = live(train, history, () => undefined);
      const ends = new Set(members.map(({ state }) => state?.phase));
      assert.ok(
        [...ends].every((phase) => phase === 'rolled-back' || phase === 'settled'),
        [...ends].join(),
      );
    }),
    { numRuns: 100 },
  );
});
