/** What gates do to a state (R10): they keep a pending effect from beginning, and nothing else changes. */
import { isWidening, type RolloutEvent, type RolloutState, type Withholding } from './state.ts';

type Withheld = Extract<RolloutEvent, { type: 'withheld' }>;

/** A pause of the same effect stands until a person resumes it, whatever the gate says meanwhile. */
export function withhold(state: RolloutState, event: Withheld): RolloutState {
  const { pending, withheld } = state;
  if (pending?.id !== event.effectId || !isWidening(pending) || withheld?.kind === 'paused') return state;
  const { reasonCode, message, hasBegun, atSeconds } = event;
  if (withheld?.reasonCode === reasonCode && withheld.message === message) return state;
  // Held since the first reason, also when another one has taken its place.
  const sinceSeconds = withheld?.sinceSeconds ?? atSeconds;
  const gated: Withholding = { kind: 'gated', by: 'evenkeel', reasonCode, message, hasBegun, sinceSeconds };
  const pause = 'hold' in state && state.hold?.kind === 'paused' ? state.hold : null;
  return pause === null
    ? { ...state, withheld: gated }
    : pauseWithheld({ ...state, withheld: gated }, gated, pause.by, pause.sinceSeconds);
}

export function admit(state: RolloutState, effectId: string): RolloutState {
  const isHeldByGate = state.pending?.id === effectId && state.withheld?.kind === 'gated';
  return isHeldByGate ? { ...state, withheld: null } : state;
}

/** Holds what can be held: an effect at its gate, a step that is watched, a backfill between two batches. */
export function pause(state: RolloutState, by: string, atSeconds: number): RolloutState {
  if (state.withheld?.kind === 'paused') return state;
  if (state.withheld !== null) return pauseWithheld(state, state.withheld, by, atSeconds);
  if (state.phase === 'backfilling') return pauseWithheld(state, { hasBegun: true }, by, atSeconds);
  if ((state.phase !== 'canary' && state.phase !== 'baking') || state.hold?.kind === 'paused') return state;
  return { ...state, hold: { kind: 'paused', by, message: `${by} paused it`, sinceSeconds: atSeconds } };
}

/** The effect waits for a person from now on, also when the gate opens. */
function pauseWithheld(
  state: RolloutState,
  { hasBegun }: Pick<Withholding, 'hasBegun'>,
  by: string,
  sinceSeconds: number,
): RolloutState {
  const message = `${by} paused it`;
  return {
    ...state,
    withheld: { kind: 'paused', by, reasonCode: 'paused', message, hasBegun, sinceSeconds },
  };
}

/** Lifts a pause; the gate is asked again before the effect begins. */
export function resumeWithheld(state: RolloutState): RolloutState {
  if (state.withheld?.kind !== 'paused') return state;
  const freed: RolloutState = { ...state, withheld: null };
  return freed.phase === 'canary' || freed.phase === 'baking' ? { ...freed, hold: null } : freed;
}
