import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { replay, type JournalRecord } from '../../policies/rollout/replay.ts';
import {
  isFinal,
  isWidening,
  planRollout,
  type Effect,
  type OperatorCommand,
  type RolloutEvent,
  type RolloutPlan,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';

const plans: fc.Arbitrary<RolloutPlan> = fc
  .record({
    isFirst: fc.boolean(),
    steps: fc.uniqueArray(fc.integer({ min: 1, max: 9999 }), { maxLength: 4 }),
    minSoakSeconds: fc.integer({ min: 0, max: 5 }),
    bakeSeconds: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ isFirst, steps, minSoakSeconds, bakeSeconds }) => ({
    rollout: '1',
    service: 'shop',
    environment: 'production',
    stable: isFirst ? null : 'sha256:stable',
    candidate: 'sha256:candidate',
    fullCapacity: 3,
    canaryCapacity: 1,
    stepBasisPoints: steps.sort((a, b) => a - b),
    minSoakSeconds,
    stepDeadlineSeconds: 8,
    bakeSeconds,
  }));

/** What the world may throw at the machine; outcomes may be for the pending effect or for one long gone. */
type Stimulus =
  | { kind: 'done' | 'failed' | 'late-done'; mayRetry: boolean }
  | { kind: 'withheld'; message: string; hasBegun: boolean }
  | { kind: 'admitted' }
  | { kind: 'judged'; judgement: 'pass' | 'fail' | 'inconclusive' | 'no-data' }
  | { kind: 'requested'; command: OperatorCommand };

const stimuli: fc.Arbitrary<Stimulus> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('done' as const), mayRetry: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('failed' as const, 'late-done' as const),
      mayRetry: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('judged' as const),
      judgement: fc.constantFrom(
        'pass' as const,
        'pass' as const,
        'fail' as const,
        'inconclusive' as const,
        'no-data' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('withheld' as const),
      message: fc.constantFrom('frozen', 'not approved any more'),
      hasBegun: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('admitted' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('requested' as const),
      command: fc.constantFrom<OperatorCommand>('promote', 'pause', 'resume', 'abort', 'rollback'),
    }),
  },
);

function toEvent(stimulus: Stimulus, state: RolloutState, atSeconds: number): RolloutEvent {
  switch (stimulus.kind) {
    case 'done':
      return { type: 'effect-done', atSeconds, effectId: state.pending?.id ?? 'none', outcome: null };
    case 'late-done':
      return { type: 'effect-done', atSeconds, effectId: `e${state.effectCount - 1}`, outcome: null };
    case 'failed':
      return {
        type: 'effect-failed',
        atSeconds,
        effectId: state.pending?.id ?? 'none',
        reasonCode: 'target-failed',
        message: 'it failed',
        mayRetry: stimulus.mayRetry,
      };
    case 'withheld': {
      const { message, hasBegun } = stimulus;
      const effectId = state.pending?.id ?? 'none';
      return { type: 'withheld', atSeconds, effectId, reasonCode: 'gated', message, hasBegun };
    }
    case 'admitted':
      return { type: 'admitted', atSeconds, effectId: state.pending?.id ?? 'none' };
    case 'judged':
      return { type: 'judged', atSeconds, judgement: stimulus.judgement, reasonCode: 'worse', message: 'm' };
    case 'requested':
      return { type: 'requested', atSeconds, command: stimulus.command, by: 'ada' };
  }
}

interface Step {
  before: RolloutState;
  event: RolloutEvent;
  after: RolloutState;
  effects: Effect[];
}

function live(plan: RolloutPlan, history: Stimulus[]): Step[] {
  const steps: Step[] = [];
  let state = planRollout(plan);
  const feed = (event: RolloutEvent) => {
    const { state: after, effects } = transition(state, event);
    steps.push({ before: state, event, after, effects });
    state = after;
  };
  feed({ type: 'started', atSeconds: 0, by: 'ada' });
  history.forEach((stimulus, index) => feed(toEvent(stimulus, state, index + 1)));
  return steps;
}

const histories = fc.tuple(plans, fc.array(stimuli, { maxLength: 60 }));
const runs = { numRuns: 2000 };

test('R1 the shares of stable and candidate sum to one in every state', () => {
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      for (const { after } of live(plan, history)) {
        assert.ok(after.candidateBasisPoints >= 0 && after.candidateBasisPoints <= 10_000);
        assert.ok(Number.isInteger(after.candidateBasisPoints));
      }
    }),
    runs,
  );
});

test('R2 the share grows at most once for `started` and once for each pass or promote', () => {
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      let allowed = 0;
      let asked = 0;
      for (const { before, event, effects } of live(plan, history)) {
        if (event.type === 'started') allowed++;
        if (event.type === 'judged' && event.judgement === 'pass') allowed++;
        if (event.type === 'requested' && event.command === 'promote') allowed++;
        for (const effect of effects) {
          if (effect.attempt === 1 && effect.candidateBasisPoints > before.candidateBasisPoints) asked++;
        }
        assert.ok(asked <= allowed, `${asked} widenings for ${allowed} permissions`);
      }
    }),
    runs,
  );
});

test('R3 a rollback request from every state that is not final reaches rolled-back', () => {
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      for (const { after } of live(plan, history)) {
        if (isFinal(after)) continue;
        let state = transition(after, {
          type: 'requested',
          atSeconds: 99,
          command: 'rollback',
          by: 'ada',
        }).state;
        for (let turn = 0; turn < 5 && state.pending !== null; turn++) {
          const effectId = state.pending.id;
          state = transition(state, {
            type: 'effect-done',
            atSeconds: 100 + turn,
            effectId,
            outcome: null,
          }).state;
        }
        assert.equal(state.phase, 'rolled-back');
        assert.equal(state.candidateBasisPoints, 0);
      }
    }),
    runs,
  );
});

test('R4 no data and undecided judgements never ask for an effect and never move the share', () => {
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      for (const { before, event, after, effects } of live(plan, history)) {
        if (event.type !== 'judged' || event.judgement === 'pass' || event.judgement === 'fail') continue;
        assert.deepEqual(effects, []);
        assert.equal(after.candidateBasisPoints, before.candidateBasisPoints);
        assert.equal(after.phase, before.phase);
      }
    }),
    runs,
  );
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
    { numRuns: 500 },
  );
});

test('R8 an outcome for an effect that is not pending changes nothing', () => {
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      for (const { after } of live(plan, history)) {
        const late = transition(after, { type: 'effect-done', atSeconds: 99, effectId: 'e0', outcome: null });
        assert.deepEqual(late, { state: after, effects: [] });
      }
    }),
    { numRuns: 500 },
  );
});

test('R9 a failing judgement replaces a pending forward effect by the withdrawal', () => {
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      for (const { before, event, after, effects } of live(plan, history)) {
        const isForward = ['canary', 'scaling', 'flipping', 'baking'].includes(before.phase);
        if (event.type !== 'judged' || event.judgement !== 'fail' || !isForward) continue;
        assert.equal(after.phase, 'rolling-back');
        assert.deepEqual(
          effects.map((effect) => effect.name),
          ['withdraw'],
        );
      }
    }),
    runs,
  );
});

test('R10 a closed gate moves no share and asks for nothing; a promotion does not get past it, a rollback does', () => {
  fc.assert(
    fc.property(histories, ([plan, history]) => {
      for (const { before, event, after, effects } of live(plan, history)) {
        if (event.type === 'withheld' || event.type === 'admitted') {
          assert.deepEqual(effects, []);
          assert.deepEqual(
            { ...after, withheld: null, hold: null },
            { ...before, withheld: null, hold: null },
          );
        }
        if (after.withheld !== null) assert.ok(after.pending !== null && isWidening(after.pending));
        if (before.withheld === null) continue;
        const request = { type: 'requested', atSeconds: 99, by: 'ada' } as const;
        assert.deepEqual(transition(before, { ...request, command: 'promote' }), {
          state: before,
          effects: [],
        });
        const back = transition(before, { ...request, command: 'rollback' });
        assert.equal(back.state.phase, 'rolling-back');
        assert.equal(back.state.withheld, null);
      }
    }),
    runs,
  );
});
