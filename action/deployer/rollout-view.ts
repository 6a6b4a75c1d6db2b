import type { RolloutState } from '../../policies/rollout/state.ts';
import type { JournalledRollout } from './deployment.ts';
import type { RehearsalOutcome } from './rehearsal/rehearse.ts';

/**
 * Somewhere a rollout is watched from, beside the terminal. It never holds a rollout up: nothing here is waited for but
 * `end`, which has a deadline of its own, and what cannot be shown is a progress line.
 */
export interface RolloutView {
  /** After every change of state, with what was rehearsed until then; must return at once and never throw. */
  phaseChanged(state: RolloutState, rehearsal?: RehearsalOutcome | null): void;
  /** After the run has ended, however it ended: shows the last state. Never fails. */
  end(): Promise<void>;
}

/** Opens the view of one rollout; also for one that an earlier run has begun. */
export type OpenRolloutView = (rollout: JournalledRollout) => RolloutView;

/** A rollout that is watched from the terminal alone. */
export const unwatched: RolloutView = { phaseChanged: () => undefined, end: () => Promise.resolve() };
