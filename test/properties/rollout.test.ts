/** The invariants of the rollout machine, each over random histories (test/support/rollout-histories.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { replay, type JournalRecord } from '../../policies/rollout/replay.ts';
import { isFinal, isWidening, type Effect, type RolloutState } from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';
import { finish, histories, live, type Step } from '../support/rollout-histories.ts';

/** Checks every step of 1,500 histories, and that what is claimed was really met in some of them. */
function invariant(name: string, check: (step: Step, before: readonly Step[]) => boolean): void {
  test(name, () => {
    let met = 0;
    fc.assert(
      fc.property(histories, ([plan, history]) => {
        const steps = live(plan, history);
        steps.forEach((step, index) => {
          if (check(step, steps.slice(0, index))) met++;
        });
      }),
      { numRuns: 1500 },
    );
    assert.ok(met > 20, `only ${met} steps were of the kind that this invariant is about`);
  });
}

test('the histories reach every phase, every effect and every hold', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      for (const { after } of live(plan, history)) {
        seen.add(after.phase);
        if (after.pending !== null) seen.add(`${after.pending.name} ${after.pending.pace ?? ''}`.trim());
        if ('hold' in after && after.hold !== null) seen.add(after.hold.kind);
        if (after.withheld !== null) seen.add(after.withheld.kind);
        if ('stuck' in after && after.stuck !== null) seen.add('stuck');
      }
    }),
    { numRuns: 1500 },
  );
  const phases = 'migrating backfilling preparing rehearsing canary scaling flipping baking settling settled';
  const effects =
    'migrate backfill prepare rehearse expose scale flip settle restore reconcile open-incident';
  const rest = ['rolling-back', 'rolled-back', 'withdraw flip', 'withdraw gradual', 'stuck'];
  const holds = ['paused', 'no-data', 'undecided', 'gated'];
  for (const name of [...phases.split(' '), ...effects.split(' '), ...rest, ...holds])
    assert.ok(seen.has(name), `no history reaches ${name}`);
});

invariant('R1 the shares of stable and candidate sum to one in every state', ({ after }) => {
  assert.ok(Number.isInteger(after.candidateBasisPoints));
  assert.ok(after.candidateBasisPoints >= 0 && after.candidateBasisPoints <= 10_000);
  return after.candidateBasisPoints > 0;
});

invariant('R2 only a start, a pass or a promotion lets the share grow, and each by one step', (step) => {
  const { before, event, after, effects } = step;
  const { stepBasisPoints } = before.plan;
  const wider = effects.filter((effect) => effect.candidateBasisPoints > before.candidateBasisPoints);
  for (const effect of wider) {
    const steps = before.plan.stable === null ? [] : stepBasisPoints;
    const next = steps.find((share) => share > before.candidateBasisPoints) ?? 10_000;
    assert.equal(effect.candidateBasisPoints, next, 'the share skips a step');
    // An effect that is done goes on with what the start or the last pass had let in; a failed one is tried again.
    const isGoingOn = ['started', 'effect-done', 'effect-failed', 'clock'].includes(event.type);
    const isLetIn =
      (event.type === 'judged' && event.judgement === 'pass') ||
      (event.type === 'requested' && event.command === 'promote');
    assert.ok(isGoingOn || isLetIn, `${event.type} lets the share grow`);
    if (event.type === 'effect-done' && before.phase !== 'rehearsing' && before.phase !== 'scaling')
      assert.fail(`the end of ${before.pending?.name ?? ''} widens`);
  }
  if (after.candidateBasisPoints > before.candidateBasisPoints)
    assert.equal(after.candidateBasisPoints, before.pending?.candidateBasisPoints);
  return wider.length > 0;
});

invariant('R3 a rollback request from every state that is not final reaches rolled-back', ({ after }) => {
  if (isFinal(after)) return false;
  for (const command of ['rollback', 'abort'] as const) {
    const event = { type: 'requested', atSeconds: after.atSeconds, command, by: 'ada' } as const;
    const back = finish(transition(after, event).state, after.atSeconds);
    assert.equal(back.phase, 'rolled-back');
    assert.equal(back.candidateBasisPoints, 0);
  }
  return true;
});

invariant('R4 nothing that is unknown moves anything towards the candidate', ({ event, before, ...then }) => {
  if (event.type !== 'judged' || event.judgement === 'pass' || event.judgement === 'fail') return false;
  const { after, effects } = then;
  assert.deepEqual(effects.filter(isWidening), []);
  assert.equal(after.candidateBasisPoints, before.candidateBasisPoints);
  if (event.judgement === 'inconclusive') assert.equal(after.phase, before.phase);
  return true;
});

test('R6 replaying any prefix of the journal gives the state that was live', () => {
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      const records: JournalRecord[] = [{ record: 'plan', plan, at: '', by: 'ada', context: null }];
      for (const { event, after, effects } of live(plan, history)) {
        records.push({ record: 'event', event, at: '' });
        for (const effect of effects) records.push({ record: 'intent', effect, at: '' });
        assert.deepEqual(replay(JSON.parse(JSON.stringify(records)) as JournalRecord[]), after);
      }
    }),
    { numRuns: 200 },
  );
});

invariant(
  'R8 an outcome that is late, or of what is withheld, changes nothing',
  ({ before, event, after }) => {
    if (event.type !== 'effect-done' && event.type !== 'effect-failed') return false;
    if (before.pending?.id === event.effectId && before.withheld === null) return false;
    assert.equal(after, before);
    return true;
  },
);

invariant('R9 harm and a rollback replace a forward effect at once', ({ before, event, after, effects }) => {
  const isHarm = event.type === 'judged' && event.judgement === 'fail';
  const isAsked = event.type === 'requested' && (event.command === 'rollback' || event.command === 'abort');
  const isForward = before.pending !== null && isWidening(before.pending);
  if (!isForward || (!isHarm && !isAsked)) return false;
  // Before its first share a candidate cannot harm anybody, whatever the judge says.
  if (isHarm && !['canary', 'scaling', 'flipping', 'settling'].includes(before.phase)) {
    assert.equal(after, before);
    return false;
  }
  assert.ok(['rolling-back', 'rolled-back'].includes(after.phase));
  assert.equal(effects.length, 1);
  assert.ok(effects.every((effect) => !isWidening(effect)));
  return true;
});

invariant('R10 a closed gate moves nothing, a promotion does not get past it, a rollback does', (step) => {
  const { before, event, after, effects } = step;
  if (event.type === 'withheld' || event.type === 'admitted') {
    assert.deepEqual(effects, []);
    assert.deepEqual(withoutWaiting(after), withoutWaiting(before));
  }
  if (after.withheld === null) return false;
  assert.ok(after.pending !== null && isWidening(after.pending));
  const request = { type: 'requested', atSeconds: after.atSeconds, by: 'grace' } as const;
  assert.equal(transition(after, { ...request, command: 'promote' }).state, after);
  const late = { type: 'clock', atSeconds: after.atSeconds + 1_000_000 } as const;
  assert.equal(transition(after, late).state, after, 'a deadline passes a closed gate');
  const back = transition(after, { ...request, command: 'rollback' }).state;
  assert.equal(back.withheld, null);
  assert.ok(['rolling-back', 'rolled-back'].includes(back.phase));
  return true;
});

invariant('R11 no share before a rehearsal that was proven', (step, before) => {
  if (!step.effects.some((effect) => effect.candidateBasisPoints > 0)) return false;
  assert.ok([...before, step].some(isProvenRehearsal), 'a share, and no proof of the way back');
  return true;
});

invariant(
  'R12 nothing of the candidate runs while the schema is expanded and filled',
  ({ after }, before) => {
    if (after.phase !== 'migrating' && after.phase !== 'backfilling') return false;
    assert.equal(after.candidateCapacity, 0);
    assert.equal(after.pending?.candidateCapacity, 0);
    assert.equal(after.mayHaveMetUsers, false);
    assert.ok(before.every((step) => ['planned', 'migrating', 'backfilling'].includes(step.before.phase)));
    return true;
  },
);

const road =
  'planned migrating backfilling preparing rehearsing canary scaling flipping baking settling settled'.split(
    ' ',
  );

invariant('R13 the phases come in the order of the road, and none is passed over', ({ before, after }) => {
  assert.equal(
    'hold' in after,
    after.phase === 'canary' || after.phase === 'baking',
    'a hold of another phase',
  );
  if (before.phase === after.phase) return false;
  const { plan } = before;
  const isPassedOver = (phase: string): boolean =>
    (plan.hasMigrations !== true && (phase === 'migrating' || phase === 'backfilling')) ||
    (plan.stable === null && (phase === 'canary' || phase === 'scaling')) ||
    (plan.stepBasisPoints.length === 0 && phase === 'canary');
  const ahead = road.slice(road.indexOf(before.phase) + 1);
  const next = ahead.find((phase) => !isPassedOver(phase));
  const isBack =
    after.phase === 'rolling-back' || (after.phase === 'rolled-back' && !isOnRoadWithUsers(before));
  const isFailedSettling = before.phase === 'settling' && after.phase === 'baking';
  assert.ok(
    after.phase === next || isBack || isFailedSettling || before.phase === 'rolling-back',
    `${before.phase} -> ${after.phase}`,
  );
  if (before.phase === 'rolling-back') assert.equal(after.phase, 'rolled-back');
  return true;
});

invariant(
  'R17 stable is whole before its users come back; gradually only then, and never from a fire',
  (step, earlier) => {
    const { effects, after, event } = step;
    const withdrawal = effects.find(({ name }) => name === 'withdraw');
    if (withdrawal !== undefined) {
      assert.ok(
        !mayLackStable([...earlier, step]),
        'users are sent to a stable version that was being taken away',
      );
      const wasTaken = [...earlier, step].some(leavesSettling);
      if (withdrawal.pace === 'gradual') assert.ok(wasTaken, 'whole stable takes its users at once');
    }
    const isHarm = event.type === 'judged' && event.judgement === 'fail';
    if (isHarm && after.phase === 'rolling-back') {
      assert.equal(after.pace, 'flip', 'a fire is left slowly');
      assert.notEqual(after.pending?.pace, 'gradual');
    }
    return withdrawal !== undefined;
  },
);

test('R17 whatever became of a settling that had begun, going back restores stable first, and harm hurries it', () => {
  let met = 0;
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      for (const { after } of live(plan, history)) {
        if (after.phase !== 'settling' || after.pending === null || after.withheld !== null) continue;
        const about = { atSeconds: after.atSeconds, effectId: after.pending.id };
        const why = { reasonCode: 'target-failed', message: 'it failed', mayRetry: false };
        const failed = transition(after, { type: 'effect-failed', ...about, ...why }).state;
        for (const state of [after, failed]) {
          const asked = { type: 'requested', ...about, command: 'rollback', by: 'ada' } as const;
          const back = transition(state, asked).state;
          assert.equal(back.pending?.name, 'restore');
          const restored = finish(back, after.atSeconds, 'withdraw');
          assert.equal(restored.pending?.pace, plan.stable === null ? 'flip' : 'gradual');
          const harm = { reasonCode: 'worse', message: 'worse', judgement: 'fail' } as const;
          assert.ok(restored.isStableWhole);
          const gradual = { ...about, effectId: restored.pending.id, ...why };
          const roughly = transition(restored, { type: 'effect-failed', ...gradual }).state;
          if (plan.stable !== null)
            assert.deepEqual([roughly.pending?.name, roughly.pending?.pace], ['withdraw', 'flip']);
          for (const slow of [back, restored]) {
            for (const hurry of [
              { type: 'judged', ...about, ...harm },
              { type: 'requested', ...about, command: 'abort', by: 'grace' },
            ] as const) {
              const left = finish(transition(slow, hurry).state, after.atSeconds, 'withdraw');
              assert.equal(left.pending?.pace, 'flip');
              met++;
            }
          }
        }
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(met > 100);
});

invariant('R18 mayHaveMetUsers is set with the first effect that exposes, and stays', (step, earlier) => {
  const { before, after } = step;
  if (before.mayHaveMetUsers) assert.ok(after.mayHaveMetUsers);
  const asked = [...earlier, step].flatMap(({ effects }) => effects);
  assert.equal(after.mayHaveMetUsers, asked.some(exposes));
  return after.mayHaveMetUsers;
});

invariant('R19 no two effects have one id, and a new one is the only one pending', (step, earlier) => {
  const known = new Set(earlier.flatMap(({ effects }) => effects.map(({ id }) => id)));
  for (const { id } of step.effects) assert.ok(!known.has(id));
  assert.ok(step.effects.length <= 1);
  const [asked] = step.effects;
  if (asked !== undefined) assert.deepEqual(step.after.pending, asked);
  return asked !== undefined;
});

invariant('R20 nothing goes forward again once the way back has begun, and an end is an end', (step) => {
  const { before, after, effects } = step;
  if (isFinal(before)) assert.equal(after.phase, before.phase);
  if (before.phase !== 'rolling-back' && before.phase !== 'rolled-back') return false;
  assert.deepEqual(effects.filter(isWidening), []);
  assert.ok(after.candidateBasisPoints <= before.candidateBasisPoints);
  if (after.phase === 'rolled-back') assert.equal(after.candidateBasisPoints, 0);
  return true;
});

invariant('R21 an event that comes twice counts once', ({ event, after }) => {
  const again = transition(after, event);
  assert.deepEqual(again.effects, []);
  // Not even a trace in the journal, but for a resumption, which begins what is pending anew.
  if (event.type === 'resumed') assert.deepEqual(again.state, after);
  else assert.equal(again.state, after);
  return true;
});

/** Whether users may be on the candidate, so that leaving the road needs effects. */
function isOnRoadWithUsers({ phase }: RolloutState): boolean {
  return !['planned', 'migrating', 'backfilling'].includes(phase);
}

/** Whether a settling that may have begun is left for something else, be it for its next attempt. */
function leavesSettling({ before, after }: Step): boolean {
  const { pending, withheld } = before;
  if (pending?.name !== 'settle' || after.pending?.id === pending.id || after.phase === 'settled')
    return false;
  return withheld?.hasBegun !== false || pending.attempt > 1;
}

/** Whether stable may be half gone: a settling was left, and nothing has restored it since. */
function mayLackStable(steps: readonly Step[]): boolean {
  const left = steps.findLastIndex(leavesSettling);
  const restored = steps.findLastIndex(
    ({ before, event, after }) =>
      event.type === 'effect-done' && before.pending?.name === 'restore' && after.pending?.name !== 'restore',
  );
  return left > restored;
}

function isProvenRehearsal({ before, event }: Step): boolean {
  if (event.type !== 'effect-done' || event.effectId !== before.pending?.id) return false;
  return before.phase === 'rehearsing' && JSON.stringify(event.outcome) === '{"isProven":true}';
}

function exposes(effect: Effect): boolean {
  return effect.name === 'rehearse' || effect.candidateBasisPoints > 0;
}

/** All but what a gate may change: why the effect waits, and since when. */
function withoutWaiting(state: RolloutState): unknown {
  const waiting = { withheld: null, held: null, hold: null, atSeconds: 0, pendingSinceSeconds: null };
  return { ...state, ...waiting };
}
