/**
 * The road as a pure state machine.
 *
 *   planned -> preparing -> rehearsing -> canary(0..n) -> scaling -> flipping -> baking -> settling -> settled
 *      \_____________________ any of these _____________________/ -> rolling-back -> rolled-back
 *
 * R1  The shares of stable and candidate always sum to one: only the candidate's is stored, within 0..10000.
 * R2  Only `started`, a `pass`, or a person's `promote` moves share to the candidate; each moves it one step at most.
 * R3  From every state that is not final, a rollback request reaches `rolled-back` once its effects are done.
 * R4  No data never moves anything; nor does anything inconclusive.
 * R5  An effect is journalled before it is done, its outcome after (kept by the shell; the machine emits effects as values).
 * R6  Replaying a journal from any prefix ends in the same state: nothing here reads a clock or draws a number.
 * R7  At most one rollout per environment holds the lock (kept by the shell).
 * R8  At most one effect is pending; an outcome for any other effect is late and is ignored.
 * R9  A rollback never waits for a forward effect: it replaces the pending one.
 * R10 A withheld effect stays pending and moves nothing: `promote` does not get past it, a failing judgement and a
 *     rollback do, and once it is admitted it goes on without anybody asking.
 */
import type {
  Cause,
  Effect,
  EffectName,
  Hold,
  OperatorCommand,
  RolloutEvent,
  RolloutState,
  Transition,
} from './state.ts';
import { admit, pauseWithheld, resumeWithheld, withhold } from './withhold.ts';

const maxAttempts = 3;
const fullShare = 10_000;

export function transition(state: RolloutState, event: RolloutEvent): Transition {
  switch (event.type) {
    case 'started':
      return state.phase === 'planned' ? prepare(state) : stay(state);
    case 'effect-done':
      return state.pending?.id === event.effectId ? advance(state, event.atSeconds) : stay(state);
    case 'effect-failed':
      return state.pending?.id === event.effectId ? afterFailure(state, event) : stay(state);
    case 'judged':
      return judged(state, event);
    case 'requested':
      return requested(state, event.command, event.by, event.atSeconds);
    case 'withheld':
      return stay(withhold(state, event));
    case 'admitted':
      return stay(admit(state, event.effectId));
  }
}

function stay(state: RolloutState): Transition {
  return { state, effects: [] };
}

/** Puts one effect in front of the shell; `next` already holds the phase that waits for it. */
function ask(
  next: RolloutState,
  name: EffectName,
  candidateBasisPoints: number,
  candidateCapacity: number,
): Transition {
  const effect: Effect = {
    id: `e${next.effectCount + 1}`,
    name,
    attempt: 1,
    candidateBasisPoints,
    candidateCapacity,
  };
  const exposes = name === 'rehearse' || candidateBasisPoints > 0;
  return {
    state: {
      ...next,
      effectCount: next.effectCount + 1,
      pending: effect,
      withheld: null,
      mayHaveMetUsers: next.mayHaveMetUsers || exposes,
    },
    effects: [effect],
  };
}

function prepare(state: RolloutState): Transition {
  const { plan } = state;
  const capacity = plan.stable === null ? plan.fullCapacity : plan.canaryCapacity;
  return ask({ ...state, phase: 'preparing' }, 'prepare', 0, capacity);
}

/** The pending effect is done: its share and capacity hold now, and the road goes on. */
function advance(before: RolloutState, atSeconds: number): Transition {
  const done = before.pending;
  if (done === null) return stay(before);
  const state: RolloutState = {
    ...before,
    candidateBasisPoints: done.candidateBasisPoints,
    candidateCapacity: done.candidateCapacity,
    pending: null,
    withheld: null,
  };
  switch (state.phase) {
    case 'preparing':
      return ask({ ...state, phase: 'rehearsing' }, 'rehearse', 0, state.candidateCapacity);
    case 'rehearsing':
      return state.plan.stable === null ? flip(state) : exposeStep(state, 0);
    case 'canary':
      return stay({ ...state, sinceSeconds: atSeconds });
    case 'scaling':
      return flip(state);
    case 'flipping':
      return stay({ ...state, phase: 'baking', sinceSeconds: atSeconds, hold: null });
    case 'settling':
      return stay({ ...state, phase: 'settled' });
    case 'rolling-back':
      if (done.name === 'restore') return ask(state, 'withdraw', 0, state.candidateCapacity);
      if (done.name === 'withdraw') return ask(state, 'reconcile', 0, 0);
      return ask({ ...state, phase: 'rolled-back' }, 'open-incident', 0, 0);
    case 'planned':
    case 'baking':
    case 'settled':
    case 'rolled-back':
      return stay(state);
  }
}

/** Goes to canary step `step`, or on to blue-green when there is none left. */
function exposeStep(state: RolloutState, step: number): Transition {
  const basisPoints = state.plan.stepBasisPoints[step];
  if (basisPoints === undefined) {
    return ask({ ...state, phase: 'scaling' }, 'scale', state.candidateBasisPoints, state.plan.fullCapacity);
  }
  const next: RolloutState = { ...state, phase: 'canary', step, sinceSeconds: null, hold: null };
  return ask(next, 'expose', basisPoints, state.candidateCapacity);
}

function flip(state: RolloutState): Transition {
  return ask({ ...state, phase: 'flipping' }, 'flip', fullShare, state.candidateCapacity);
}

/** A pass, by the judge or by a person, at a point where nothing is pending. */
function pass(state: RolloutState): Transition {
  if (state.phase === 'canary') return exposeStep(state, state.step + 1);
  if (state.phase === 'baking') {
    return ask({ ...state, phase: 'settling' }, 'settle', fullShare, state.candidateCapacity);
  }
  return stay(state);
}

function judged(state: RolloutState, event: Extract<RolloutEvent, { type: 'judged' }>): Transition {
  if (!isJudged(state)) return stay(state);
  if (event.judgement === 'fail') {
    const { reasonCode, message, atSeconds } = event;
    return goBack(state, { reasonCode, message, by: 'judge', atSeconds });
  }
  if (state.phase !== 'canary' && state.phase !== 'baking') return stay(state);
  if (state.pending !== null || state.sinceSeconds === null || state.hold?.kind === 'paused')
    return stay(state);
  const heldSeconds = event.atSeconds - state.sinceSeconds;
  switch (event.judgement) {
    case 'pass': {
      const soakSeconds = state.phase === 'baking' ? state.plan.bakeSeconds : state.plan.minSoakSeconds;
      return heldSeconds >= soakSeconds ? pass(state) : stay(withoutHold(state));
    }
    case 'no-data':
      return hold(state, 'no-data', event);
    case 'inconclusive': {
      const limitSeconds =
        state.plan.stepDeadlineSeconds + (state.phase === 'baking' ? state.plan.bakeSeconds : 0);
      if (heldSeconds >= limitSeconds) return hold(state, 'undecided', event);
      return stay(withoutHold(state));
    }
  }
}

/** Phases in which users may be on the candidate, so that a regression counts even while an effect is under way. */
function isJudged(state: RolloutState): boolean {
  return (
    state.phase === 'canary' ||
    state.phase === 'scaling' ||
    state.phase === 'flipping' ||
    state.phase === 'baking' ||
    state.phase === 'settling'
  );
}

function hold(
  state: Extract<RolloutState, { phase: 'canary' | 'baking' }>,
  kind: Hold['kind'],
  event: { message: string; atSeconds: number },
): Transition {
  if (state.hold?.kind === kind) return stay(state);
  return stay({
    ...state,
    hold: { kind, by: 'judge', message: event.message, sinceSeconds: event.atSeconds },
  });
}

/** Unchanged things keep their identity, so that the shell can tell an event that mattered from one that did not. */
function withoutHold(state: Extract<RolloutState, { phase: 'canary' | 'baking' }>): RolloutState {
  return state.hold === null ? state : { ...state, hold: null };
}

function requested(state: RolloutState, command: OperatorCommand, by: string, atSeconds: number): Transition {
  switch (command) {
    case 'abort':
    case 'rollback':
      return goBack(state, { reasonCode: 'requested', message: `${by} asked for it`, by, atSeconds });
    case 'pause':
      if (state.withheld !== null) return stay(pauseWithheld(state, state.withheld, by, atSeconds));
      if (state.phase !== 'canary' && state.phase !== 'baking') return stay(state);
      return stay({
        ...state,
        hold: { kind: 'paused', by, message: `${by} paused it`, sinceSeconds: atSeconds },
      });
    case 'resume':
      if (state.withheld !== null) return stay(resumeWithheld(state));
      if (state.phase !== 'canary' && state.phase !== 'baking') return stay(state);
      return stay(withoutHold(state));
    case 'promote':
      return state.pending === null ? pass(state) : stay(state);
  }
}

/** Starts, or starts again, the way back (R3, R9). */
function goBack(state: RolloutState, cause: Cause): Transition {
  switch (state.phase) {
    case 'settled':
    case 'rolled-back':
      return stay(state);
    case 'planned':
      return ask({ ...state, phase: 'rolled-back', cause }, 'open-incident', 0, 0);
    case 'rolling-back':
      // Asked again: only a rollback that is stuck has something to start.
      return state.pending === null
        ? ask({ ...state, stuck: null }, 'withdraw', 0, state.candidateCapacity)
        : stay(state);
    case 'settling':
      // Nothing of it has begun, so stable is still whole: users leave the candidate at once.
      if (state.withheld?.hasBegun === false) return withdrawFrom(state, cause);
      // Stable is being drained and may be half gone: it has to be whole again before it gets traffic.
      return ask(
        { ...state, phase: 'rolling-back', cause, stuck: null },
        'restore',
        state.candidateBasisPoints,
        state.candidateCapacity,
      );
    default:
      return withdrawFrom(state, cause);
  }
}

function withdrawFrom(state: RolloutState, cause: Cause): Transition {
  const next: RolloutState = { ...state, phase: 'rolling-back', cause, stuck: null };
  // Where no user can be on the candidate there may be no router yet, and nothing to take back fast.
  return state.mayHaveMetUsers
    ? ask(next, 'withdraw', 0, state.candidateCapacity)
    : ask(next, 'reconcile', 0, 0);
}

function afterFailure(
  state: RolloutState,
  event: Extract<RolloutEvent, { type: 'effect-failed' }>,
): Transition {
  const failed = state.pending;
  if (failed === null) return stay(state);
  if (event.mayRetry && failed.attempt < maxAttempts) return askAgain(state, failed);
  switch (state.phase) {
    case 'rolling-back':
      // Withdrawing is the fast way; reconciling takes the share off as well, so a failed withdrawal goes on to it.
      if (failed.name === 'withdraw') return ask({ ...state, pending: null }, 'reconcile', 0, 0);
      return stay({ ...state, pending: null, stuck: event.message });
    case 'settling':
      return stay({
        ...state,
        phase: 'baking',
        sinceSeconds: event.atSeconds,
        pending: null,
        withheld: null,
        hold: failureHold(event),
      });
    case 'settled':
    case 'rolled-back':
      return stay({ ...state, pending: null });
    default: {
      const { reasonCode, message, atSeconds } = event;
      return goBack({ ...state, pending: null }, { reasonCode, message, by: 'evenkeel', atSeconds });
    }
  }
}

function failureHold(event: { message: string; atSeconds: number }): Hold {
  return { kind: 'undecided', by: 'evenkeel', message: event.message, sinceSeconds: event.atSeconds };
}

function askAgain(state: RolloutState, failed: Effect): Transition {
  const effect: Effect = { ...failed, id: `e${state.effectCount + 1}`, attempt: failed.attempt + 1 };
  return {
    state: { ...state, effectCount: state.effectCount + 1, pending: effect, withheld: null },
    effects: [effect],
  };
}
