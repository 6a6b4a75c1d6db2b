import type { Exposure } from '../../../stacks/exposure.ts';
import type { JournalledRollout } from '../deployment.ts';

/** What has to be live by the journal. */
export interface Expectation {
  exposure: Exposure;
  /** Shares that may be live besides, because an effect was begun and perhaps done; null: any up to the way there. */
  alsoBasisPoints: number[];
  /** An effect was begun, so that instances of either version may be there or not yet. */
  isInDoubt: boolean;
}

/** The exposure that the last effect on record left: never wider than what was once admitted, judged and done. */
export function expectationOf({ state, deployment, plan }: JournalledRollout): Expectation {
  const { stable, candidate, pins } = deployment;
  const alone = (release: Exposure['stable']): Exposure => ({
    stable: release,
    candidate: null,
    candidateBasisPoints: 0,
    capacity: { stable: release === null ? 0 : plan.fullCapacity, candidate: 0 },
    pins,
  });
  if (state.phase === 'settled') return { exposure: alone(candidate), alsoBasisPoints: [], isInDoubt: false };
  if (state.phase === 'rolled-back')
    return { exposure: alone(stable), alsoBasisPoints: [], isInDoubt: false };
  const { pending } = state;
  const isStarted = state.candidateCapacity > 0;
  const exposure: Exposure = {
    stable,
    candidate: isStarted ? candidate : null,
    candidateBasisPoints: isStarted ? state.candidateBasisPoints : 0,
    capacity: { stable: plan.fullCapacity, candidate: state.candidateCapacity },
    pins,
  };
  // A rehearsal gives a small share for a moment and takes it back.
  const rehearsed = pending?.name === 'rehearse' ? [Math.min(100, plan.stepBasisPoints[0] ?? 100)] : [];
  return {
    exposure,
    alsoBasisPoints: pending === null ? [] : [pending.candidateBasisPoints, ...rehearsed],
    isInDoubt: pending !== null,
  };
}
