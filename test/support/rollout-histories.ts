/**
 * Random histories of a rollout, for property tests: everything that the world, two operators, a judge, gates and a clock
 * may throw at the machine, in any order, twice, late or never. Outcomes are mostly for the pending effect, so that
 * histories get far, and sometimes for one long gone.
 */
import fc from 'fast-check';
import {
  planRollout,
  type Effect,
  type EffectName,
  type OperatorCommand,
  type RolloutEvent,
  type RolloutPlan,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';

export const plans: fc.Arbitrary<RolloutPlan> = fc
  .record({
    isFirst: fc.boolean(),
    hasMigrations: fc.boolean(),
    steps: fc.uniqueArray(fc.integer({ min: 1, max: 9999 }), { maxLength: 4 }),
    minSoakSeconds: fc.integer({ min: 0, max: 5 }),
    bakeSeconds: fc.integer({ min: 0, max: 5 }),
    rolloutDeadlineSeconds: fc.constantFrom(60, 400, 4000),
  })
  .map(({ isFirst, steps, ...limits }) => ({
    ...limits,
    rollout: '1',
    service: 'shop',
    environment: 'production',
    stable: isFirst ? null : 'sha256:stable',
    candidate: 'sha256:candidate',
    fullCapacity: 3,
    canaryCapacity: 1,
    stepBasisPoints: steps.sort((a, b) => a - b),
    stepDeadlineSeconds: 8,
    needsRehearsal: true,
    noDataDeadlineSeconds: 20,
    effectDeadlineSeconds: {
      migrate: 30,
      backfill: 30,
      prepare: 30,
      rehearse: 30,
      expose: 30,
      scale: 30,
      flip: 30,
      settle: 30,
      restore: 30,
      withdraw: 30,
      gradual: 60,
      reconcile: 30,
      'open-incident': 30,
    },
  }));

export type Stimulus =
  | { kind: 'done'; isProven: boolean }
  | { kind: 'failed'; mayRetry: boolean }
  | { kind: 'late'; isDone: boolean; back: number }
  | { kind: 'withheld'; message: string; hasBegun: boolean }
  | { kind: 'admitted' | 'clock' | 'resumed' | 'started' | 'again' | 'onward' }
  | { kind: 'judged'; judgement: 'pass' | 'fail' | 'inconclusive' | 'no-data' }
  | { kind: 'requested'; command: OperatorCommand; by: string };

/** What happens, and how much later: mostly soon, sometimes after any deadline, sometimes before (a clock set back). */
export interface Moment {
  stimulus: Stimulus;
  afterSeconds: number;
}

const often = (weight: number, arbitrary: fc.Arbitrary<Stimulus>) => ({ weight, arbitrary });
const kindOf = (...kinds: ('admitted' | 'clock' | 'resumed' | 'started' | 'again')[]) =>
  fc.record({ kind: fc.constantFrom(...kinds) });

export const stimuli: fc.Arbitrary<Stimulus> = fc.oneof(
  often(
    14,
    fc.record({
      kind: fc.constant('done' as const),
      isProven: fc.constantFrom(true, true, true, true, false),
    }),
  ),
  often(2, fc.record({ kind: fc.constant('failed' as const), mayRetry: fc.boolean() })),
  often(
    2,
    fc.record({
      kind: fc.constant('late' as const),
      isDone: fc.boolean(),
      back: fc.integer({ min: 1, max: 5 }),
    }),
  ),
  often(
    13,
    fc.record({
      kind: fc.constant('judged' as const),
      judgement: fc.constantFrom(
        ...(['pass', 'pass', 'pass', 'pass', 'fail', 'inconclusive', 'no-data', 'no-data'] as const),
      ),
    }),
  ),
  often(
    3,
    fc.record({
      kind: fc.constant('withheld' as const),
      message: fc.constantFrom('frozen', 'not approved any more'),
      hasBegun: fc.boolean(),
    }),
  ),
  often(4, kindOf('admitted', 'again')),
  often(4, kindOf('clock')),
  often(1, kindOf('resumed', 'started')),
  often(
    4,
    fc.record({
      kind: fc.constant('requested' as const),
      command: fc.constantFrom<OperatorCommand>(
        ...(['promote', 'promote', 'pause', 'resume', 'abort', 'rollback', 'rollback'] as const),
      ),
      by: fc.constantFrom('ada', 'grace'),
    }),
  ),
);

/** A plan, and what happens: a stretch of the road on which all is well, and then anything, so many seconds apart. */
function historiesOf(afterSeconds: fc.Arbitrary<number>): fc.Arbitrary<[RolloutPlan, Moment[]]> {
  const moments = fc.record({ stimulus: stimuli, afterSeconds });
  return fc
    .tuple(plans, fc.integer({ min: 0, max: 18 }), fc.array(moments, { maxLength: 40 }))
    .map(([plan, smooth, rest]) => {
      const onward: Moment = { stimulus: { kind: 'onward' }, afterSeconds: 6 };
      return [plan, [...Array.from({ length: smooth }, () => onward), ...rest]];
    });
}

export const histories = historiesOf(
  fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 0, max: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: -50, max: 100 }) },
  ),
);

/** Histories in which deadlines pass. */
export const slowHistories = historiesOf(fc.integer({ min: -10, max: 45 }));

/** One event and what it led to. */
export interface Step {
  before: RolloutState;
  event: RolloutEvent;
  after: RolloutState;
  effects: Effect[];
}

/** Feeds a whole history to the machine, beginning with the start. */
export function live(plan: RolloutPlan, history: readonly Moment[]): Step[] {
  const steps: Step[] = [];
  let state = planRollout(plan);
  let atSeconds = 0;
  const feed = (event: RolloutEvent): void => {
    const { state: after, effects } = transition(state, event);
    steps.push({ before: state, event, after, effects });
    state = after;
  };
  feed({ type: 'started', atSeconds, by: 'ada' });
  for (const { stimulus, afterSeconds } of history) {
    atSeconds += afterSeconds;
    const last = steps.at(-1)?.event;
    feed(stimulus.kind === 'again' && last !== undefined ? last : eventOf(stimulus, state, atSeconds));
  }
  return steps;
}

export function eventOf(stimulus: Stimulus, state: RolloutState, atSeconds: number): RolloutEvent {
  const effectId = state.pending?.id ?? 'none';
  const failure = { reasonCode: 'target-failed', message: 'it failed' };
  switch (stimulus.kind) {
    case 'done':
      return { type: 'effect-done', atSeconds, effectId, outcome: { isProven: stimulus.isProven } };
    case 'late': {
      const late = `e${state.effectCount - stimulus.back}`;
      return stimulus.isDone
        ? { type: 'effect-done', atSeconds, effectId: late, outcome: { isProven: true } }
        : { type: 'effect-failed', atSeconds, effectId: late, ...failure, mayRetry: false };
    }
    case 'failed':
      return { type: 'effect-failed', atSeconds, effectId, ...failure, mayRetry: stimulus.mayRetry };
    case 'withheld': {
      const { message, hasBegun } = stimulus;
      return { type: 'withheld', atSeconds, effectId, reasonCode: 'gated', message, hasBegun };
    }
    case 'admitted':
      return { type: 'admitted', atSeconds, effectId };
    case 'judged':
      return { type: 'judged', atSeconds, judgement: stimulus.judgement, reasonCode: 'worse', message: 'm' };
    case 'requested':
      return { type: 'requested', atSeconds, command: stimulus.command, by: stimulus.by };
    case 'started':
      return { type: 'started', atSeconds, by: 'ada' };
    case 'onward':
      return state.pending === null
        ? { type: 'judged', atSeconds, judgement: 'pass', reasonCode: 'not-worse', message: 'well' }
        : { type: 'effect-done', atSeconds, effectId, outcome: { isProven: true } };
    case 'resumed':
    case 'clock':
    case 'again':
      return { type: stimulus.kind === 'resumed' ? 'resumed' : 'clock', atSeconds };
  }
}

/** Does every effect that the machine asks for, until it asks for none, or for this one. */
export function finish(state: RolloutState, atSeconds: number, until?: EffectName): RolloutState {
  let now = state;
  for (let turn = 0; turn < 8 && now.pending !== null && now.pending.name !== until; turn++) {
    const effectId = now.pending.id;
    const outcome = { isProven: true };
    now = transition(now, { type: 'effect-done', atSeconds: atSeconds + turn, effectId, outcome }).state;
  }
  return now;
}
