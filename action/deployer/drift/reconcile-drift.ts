import { isFinished, isWidening } from '../../../policies/rollout/state.ts';
import type { Exposure } from '../../../stacks/exposure.ts';
import { recordStable, type JournalledRollout } from '../deployment.ts';
import type { StateDirectory } from '../state-directory.ts';
import { expectationOf } from './expected-exposure.ts';
import { driftLines, readDrift, type DriftReport } from './read-drift.ts';

export interface ReconcileOptions {
  directories: StateDirectory;
  rollout: JournalledRollout;
  env: Readonly<Record<string, string | undefined>>;
  /** Lets Pulumi look at what is really there: an update alone brings back nothing that it believes to be there. */
  refresh(): Promise<unknown>;
  applyExposure(exposure: Exposure, signal: AbortSignal): Promise<unknown>;
  progress(line: string): void;
  signal: AbortSignal;
}

/**
 * Applies the exposure that the journal says holds, again, and writes down which release is stable. It never widens: what
 * an effect had begun and not ended is not part of it. The caller holds the lock.
 */
export async function reconcileDrift(options: ReconcileOptions): Promise<DriftReport> {
  const { directories, rollout, env, signal } = options;
  const { state, deployment } = rollout;
  await options.refresh();
  await options.applyExposure(expectationOf(rollout).exposure, signal);
  const stable = state.phase === 'settled' ? deployment.candidate : deployment.stable;
  if (isFinished(state) && stable !== null) recordStable(directories, stable);
  return await readDrift(directories, rollout, env);
}

/**
 * What a run that takes a rollout up again looks at first. A pending effect is done again anyway, and puts right what it
 * says; without one, or while it waits at a gate, the exposure that holds is applied again. Nothing here stands in the
 * way of going back: such a run does not call it.
 */
export async function settleDriftBeforeResume(options: ReconcileOptions): Promise<void> {
  const { directories, rollout, env } = options;
  const { state } = rollout;
  if (isFinished(state) || state.phase === 'planned' || state.phase === 'rolling-back') return;
  const found = await readDrift(directories, rollout, env);
  for (const line of driftLines(found)) options.progress(line);
  const isDoneAgain = state.pending !== null && !isWidening(state.pending);
  const isMendable = found.items.some(({ kind }) => kind !== 'instance-lies');
  if (isDoneAgain || !isMendable || state.phase === 'settling') return;
  const left = await reconcileDrift(options);
  for (const { message } of left.items) options.progress(`still: ${message}`);
}
