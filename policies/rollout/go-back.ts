/** The way back: its start, its steps, and what happens when an effect of either way fails. */
import { ask, askAgain, commonOf, stay } from './ask-effect.ts';
import {
  isFinal,
  type Cause,
  type Effect,
  type Hold,
  type Pace,
  type RolloutEvent,
  type RolloutState,
  type Transition,
} from './state.ts';

type RollingBack = Extract<RolloutState, { phase: 'rolling-back' }>;

/**
 * Starts the way back (R3, R9). `pace` is what a stable version that was scaled down gets: one that is whole takes its
 * users back at once, whatever is asked.
 */
export function goBack(state: RolloutState, cause: Cause, pace: Pace = 'flip'): Transition {
  switch (state.phase) {
    case 'settled':
    case 'rolled-back':
      return stay(state);
    case 'planned':
    case 'migrating':
    case 'backfilling':
      // Nothing of the candidate was started. An expanded schema stays: stable was proven to run on it.
      return ask({ ...commonOf(state), phase: 'rolled-back', cause }, 'open-incident', 0, 0);
    case 'rolling-back':
      return state.pending === null ? retryBack({ ...state, stuckTimes: 0 }) : stay(state);
    default:
      return turnBack(state, cause, pace);
  }
}

function turnBack(state: RolloutState, cause: Cause, pace: Pace): Transition {
  const isStableWhole = canStableServe(state);
  return stepBack({
    ...commonOf(state),
    phase: 'rolling-back',
    cause,
    pace: isStableWhole || state.plan.stable === null ? 'flip' : pace,
    isStableWhole,
    stuck: null,
    stuckSinceSeconds: 0,
    stuckTimes: 0,
  });
}

/** Whether stable could take every user at this moment: nothing of it was, or is being, taken away. */
function canStableServe(state: RolloutState): boolean {
  // A settling that waits at its gate has taken nothing away yet.
  const hasBegun = state.withheld?.hasBegun !== false || (state.pending?.attempt ?? 1) > 1;
  return state.isStableWhole && !(state.phase === 'settling' && hasBegun);
}

/** Users may be on the candidate, and could all be sent to stable in one step. */
export function canLeaveAtOnce(state: RolloutState): boolean {
  return !isFinal(state) && state.plan.stable !== null && state.mayHaveMetUsers && canStableServe(state);
}

/** The way back from its beginning, after it was stuck. */
export function retryBack(state: RollingBack): Transition {
  return stepBack({ ...state, stuck: null });
}

/** The first effect of the way back. */
function stepBack(state: RollingBack): Transition {
  // Stable was being taken away: it has to be whole again before it gets traffic.
  if (!state.isStableWhole) return ask(state, 'restore', state.candidateBasisPoints, state.candidateCapacity);
  // Where no user can be on the candidate there may be no router yet, and nothing to take back fast.
  return state.mayHaveMetUsers ? withdraw(state) : ask(state, 'reconcile', 0, 0);
}

function withdraw(state: RollingBack): Transition {
  return ask(state, 'withdraw', 0, state.candidateCapacity, state.pace);
}

/** An effect of the way back is done. */
export function advanceBack(state: RollingBack, done: Effect): Transition {
  if (done.name === 'restore') return withdraw({ ...state, isStableWhole: true });
  if (done.name === 'withdraw') return ask(state, 'reconcile', 0, 0);
  return ask({ ...commonOf(state), phase: 'rolled-back', cause: state.cause }, 'open-incident', 0, 0);
}

/** A gradual return is for a candidate that serves well enough; one that is on fire is left as soon as stable is whole. */
export function hurryBack(state: RolloutState): Transition {
  if (state.phase !== 'rolling-back' || state.pace === 'flip') return stay(state);
  const hurried: RollingBack = { ...state, pace: 'flip' };
  return state.pending?.name === 'withdraw' ? withdraw(hurried) : stay(hurried);
}

/** The pending effect has failed, or did not end in time. */
export function afterFailure(
  state: RolloutState,
  event: Extract<RolloutEvent, { type: 'effect-failed' }>,
): Transition {
  const failed = state.pending;
  if (failed?.id !== event.effectId || state.withheld !== null) return stay(state);
  const again = event.mayRetry ? askAgain(state, failed) : null;
  if (again !== null) return again;
  const { reasonCode, message, atSeconds } = event;
  switch (state.phase) {
    case 'rolling-back':
      return afterFailureBack(state, failed, event);
    case 'settling':
      return stay({
        ...commonOf(state),
        phase: 'baking',
        sinceSeconds: atSeconds,
        pending: null,
        isStableWhole: false,
        hold: failureHold(event),
      });
    case 'settled':
    case 'rolled-back':
      return stay({ ...state, pending: null });
    default:
      return goBack({ ...state, pending: null }, { reasonCode, message, by: 'evenkeel', atSeconds });
  }
}

function afterFailureBack(
  state: RollingBack,
  failed: Effect,
  { message, atSeconds }: { message: string; atSeconds: number },
): Transition {
  if (failed.name === 'withdraw') {
    // What cannot be done gently is done at once; and reconciling takes the share off as well.
    if (failed.pace === 'gradual') return withdraw({ ...state, pace: 'flip' });
    return ask(state, 'reconcile', 0, 0);
  }
  const { stuckTimes } = state;
  return stay({
    ...state,
    pending: null,
    stuck: message,
    stuckSinceSeconds: atSeconds,
    stuckTimes: stuckTimes + 1,
  });
}

function failureHold(event: { message: string; atSeconds: number }): Hold {
  return { kind: 'undecided', by: 'evenkeel', message: event.message, sinceSeconds: event.atSeconds };
}
