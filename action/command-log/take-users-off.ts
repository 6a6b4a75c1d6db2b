import type { RolloutState } from '../../policies/rollout/state.ts';
import { Failure } from '../../stacks/failure.ts';
import type { FastWay } from '../deployer/rehearsal/fast-way.ts';

/**
 * A rollback that cannot have the lock still takes users off the candidate: whoever holds it may be out of reach, and
 * users are not. Returns the refusal to show, which says what became of the users. Where stable is being taken apart
 * they stay, since a version that is half gone cannot carry them.
 */
export async function takeUsersOffUnlocked(
  state: RolloutState,
  refusal: Failure,
  connectFastWay: () => Promise<FastWay | null>,
): Promise<Failure> {
  const told = (what: string): Failure =>
    new Failure(refusal.kind, refusal.reasonCode, `${refusal.message}; ${what}`, refusal.mayRetry);
  if (!isStableWhole(state)) return refusal;
  try {
    const way = await connectFastWay();
    if (way === null) return told('its target has no fast way back, so users are where they were');
    await way.setShare(0);
    return told(
      'users were taken off the candidate all the same, which whoever holds the lock may undo with its next step',
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return told(`users could not be taken off the candidate either: ${reason}`);
  }
}

function isStableWhole({ phase, plan }: RolloutState): boolean {
  return plan.stable !== null && ['rehearsing', 'canary', 'scaling', 'flipping', 'baking'].includes(phase);
}
