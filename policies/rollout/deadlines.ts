/** What time does to a rollout. No deadline is ever lost: each is asked at every tick for as long as it is passed. */
import { stay } from './ask-effect.ts';
import { afterFailure, goBack, retryBack } from './go-back.ts';
import { isFinal, type Effect, type RolloutState, type Transition } from './state.ts';

/** A way back that is stuck is tried again after so long, and then by the next run or by a person. */
const stuckRetrySeconds = [2, 10] as const;

/** The way back was tried again often enough; somebody has to mend what `stuck` names. */
export function isGivenUp(state: RolloutState): boolean {
  return (
    state.phase === 'rolling-back' && state.stuck !== null && state.stuckTimes > stuckRetrySeconds.length
  );
}

/** Seconds have passed. */
export function passTime(state: RolloutState, atSeconds: number): Transition {
  if (isStuckDue(state, atSeconds)) return retryBack(state);
  if (isTooLong(state, atSeconds)) {
    const message = `the rollout went forward for more than ${state.plan.rolloutDeadlineSeconds ?? 0} s`;
    return goBack(state, { reasonCode: 'rollout-overdue', message, by: 'evenkeel', atSeconds });
  }
  const { pending } = state;
  if (pending !== null && isOverdue(state, pending, atSeconds)) {
    const message = `${pending.name} did not end within ${deadlineOf(state, pending)} s`;
    // A gradual return that takes too long becomes a flip, not another gradual return.
    const mayRetry = pending.pace !== 'gradual';
    const failure = { atSeconds, effectId: pending.id, reasonCode: 'effect-overdue', message, mayRetry };
    return afterFailure(state, { type: 'effect-failed', ...failure });
  }
  return stay(state);
}

/** A run takes up what an earlier one has left: what is pending begins anew, what was stuck is tried again. */
export function resume(state: RolloutState): Transition {
  if (state.phase === 'rolling-back' && state.pending === null) {
    return retryBack({ ...state, stuckTimes: 0 });
  }
  return stay(state.pending === null ? state : { ...state });
}

/** Keeps the times that deadlines count from, after every event that mattered. */
export function keepTime(
  before: RolloutState,
  after: RolloutState,
  atSeconds: number,
  isAnew: boolean,
): RolloutState {
  return {
    ...after,
    atSeconds,
    pendingSinceSeconds: pendingSince(before, after, atSeconds, isAnew),
    held: heldSoFar(before, after, atSeconds),
  };
}

function pendingSince(
  before: RolloutState,
  after: RolloutState,
  atSeconds: number,
  isAnew: boolean,
): number | null {
  if (after.pending === null) return null;
  const isAdmitted = before.withheld !== null && after.withheld === null;
  if (isAnew || isAdmitted || after.pending.id !== before.pending?.id) return atSeconds;
  return before.pendingSinceSeconds;
}

function heldSoFar(before: RolloutState, after: RolloutState, atSeconds: number): RolloutState['held'] {
  const { held } = before;
  // Nothing has gone forward before the start: a member of a train waits there for its wave.
  if (before.phase === 'planned') return { seconds: atSeconds, sinceSeconds: null };
  if (isHeld(after)) return held.sinceSeconds === null ? { ...held, sinceSeconds: atSeconds } : held;
  if (held.sinceSeconds === null) return held;
  return { seconds: held.seconds + atSeconds - held.sinceSeconds, sinceSeconds: null };
}

/** By a gate or by a person; a judge that cannot tell is part of the time that a rollout takes. */
function isHeld(state: RolloutState): boolean {
  return state.withheld !== null || ('hold' in state && state.hold?.kind === 'paused');
}

function isOverdue(state: RolloutState, pending: Effect, atSeconds: number): boolean {
  const deadlineSeconds = deadlineOf(state, pending);
  if (deadlineSeconds === null || state.pendingSinceSeconds === null) return false;
  return atSeconds - state.pendingSinceSeconds > deadlineSeconds;
}

function deadlineOf(state: RolloutState, pending: Effect): number | null {
  const name = pending.pace === 'gradual' ? 'gradual' : pending.name;
  return state.plan.effectDeadlineSeconds?.[name] ?? null;
}

/** Settling is past all deciding: its own deadline is enough, and going back from it costs users a cold stable version. */
function isTooLong(state: RolloutState, atSeconds: number): boolean {
  const { rolloutDeadlineSeconds } = state.plan;
  const isBeyond = isFinal(state) || state.phase === 'rolling-back' || state.phase === 'settling';
  if (rolloutDeadlineSeconds === undefined || isBeyond || state.held.sinceSeconds !== null) return false;
  return atSeconds - state.held.seconds > rolloutDeadlineSeconds;
}

function isStuckDue(
  state: RolloutState,
  atSeconds: number,
): state is Extract<RolloutState, { phase: 'rolling-back' }> {
  if (state.phase !== 'rolling-back' || state.stuck === null) return false;
  const waitSeconds = stuckRetrySeconds[state.stuckTimes - 1];
  return waitSeconds !== undefined && atSeconds - state.stuckSinceSeconds >= waitSeconds;
}
