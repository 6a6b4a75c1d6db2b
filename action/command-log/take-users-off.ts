import { canLeaveAtOnce } from '../../policies/rollout/go-back.ts';
import type { RolloutState } from '../../policies/rollout/state.ts';
import { withMore, type Failure } from '../../stacks/failure.ts';
import { leaveCandidate, type FastWay } from '../deployer/rehearsal/fast-way.ts';

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
  const what = await takeUsersOff(state, connectFastWay);
  return what === null ? refusal : withMore(refusal, what);
}

/** The same for every place of a train, beside one another. */
export async function takeTrainOffUnlocked(
  places: readonly { name: string; state: RolloutState; connectFastWay(): Promise<FastWay | null> }[],
  refusal: Failure,
): Promise<Failure> {
  const told = await Promise.all(
    places.map(async ({ name, state, connectFastWay }) => ({
      name,
      what: await takeUsersOff(state, connectFastWay),
    })),
  );
  const words = told.flatMap(({ name, what }) => (what === null ? [] : [`${name}: ${what}`]));
  return words.length === 0 ? refusal : withMore(refusal, words.join('; '));
}

/** What became of the users; null: they have nowhere better to go. */
async function takeUsersOff(
  state: RolloutState,
  connectFastWay: () => Promise<FastWay | null>,
): Promise<string | null> {
  // Whoever has begun the way back knows how fast it goes.
  if (state.phase === 'rolling-back' || !canLeaveAtOnce(state)) return null;
  const { hasLeft, what } = await leaveCandidate(connectFastWay);
  return hasLeft ? `${what}, which whoever holds the lock may undo with its next step` : what;
}
