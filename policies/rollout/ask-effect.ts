import type { Effect, EffectName, Pace, RolloutCommon, RolloutState, Transition } from './state.ts';

const maxAttempts = 3;

export function stay(state: RolloutState): Transition {
  return { state, effects: [] };
}

/** The state without what is of its phase alone, so that no phase is left with the holds of another. */
export function commonOf(state: RolloutState): RolloutCommon {
  return {
    plan: state.plan,
    candidateBasisPoints: state.candidateBasisPoints,
    candidateCapacity: state.candidateCapacity,
    mayHaveMetUsers: state.mayHaveMetUsers,
    isStableWhole: state.isStableWhole,
    atSeconds: state.atSeconds,
    effectCount: state.effectCount,
    pending: state.pending,
    pendingSinceSeconds: state.pendingSinceSeconds,
    withheld: state.withheld,
    held: state.held,
  };
}

/** Puts one effect in front of the shell; `next` already holds the phase that waits for it. */
export function ask(
  next: RolloutState,
  name: EffectName,
  candidateBasisPoints: number,
  candidateCapacity: number,
  pace?: Pace,
): Transition {
  const exposes = name === 'rehearse' || candidateBasisPoints > 0;
  const effect: Effect = {
    id: `e${next.effectCount + 1}`,
    name,
    attempt: 1,
    candidateBasisPoints,
    candidateCapacity,
    ...(pace === undefined ? {} : { pace }),
  };
  return put({ ...next, mayHaveMetUsers: next.mayHaveMetUsers || exposes }, effect);
}

/** The same effect once more, under an id of its own; null when it has been tried often enough. */
export function askAgain(state: RolloutState, failed: Effect): Transition | null {
  if (failed.attempt >= maxAttempts) return null;
  return put(state, { ...failed, id: `e${state.effectCount + 1}`, attempt: failed.attempt + 1 });
}

function put(state: RolloutState, effect: Effect): Transition {
  return {
    state: { ...state, effectCount: state.effectCount + 1, pending: effect, withheld: null },
    effects: [effect],
  };
}
