import { planRollout, type Effect, type RolloutEvent, type RolloutPlan, type RolloutState } from './state.ts';
import { transition } from './transition.ts';

/** One line of a journal. `plan` comes first and once; `intent` says that an effect is about to be done. */
export type JournalRecord =
  | { record: 'plan'; plan: RolloutPlan; at: string; by: string; context: unknown }
  | { record: 'event'; event: RolloutEvent; at: string }
  | { record: 'intent'; effect: Effect; at: string };

/**
 * The state that a journal leads to (R6). The effect that was asked for and has no outcome yet is `state.pending`;
 * doing it again is safe because effects are idempotent. Null: the journal has no plan.
 */
export function replay(records: Iterable<JournalRecord>): RolloutState | null {
  let state: RolloutState | null = null;
  for (const record of records) {
    if (record.record === 'plan') state ??= planRollout(record.plan);
    else if (record.record === 'event' && state !== null) state = transition(state, record.event).state;
  }
  return state;
}

/** The effect that was last about to be done when a process ended; perhaps it was done in part. */
export function begunEffectOf(records: readonly JournalRecord[]): string | null {
  const last = records.findLast((record) => record.record === 'intent');
  return last?.effect.id ?? null;
}
