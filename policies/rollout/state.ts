/** What was decided before the first effect; it never changes while the rollout runs. Releases are named by digest. */
export interface RolloutPlan {
  rollout: string;
  service: string;
  environment: string;
  /** Null on the very first deployment: nothing to compare with and nothing to go back to. */
  stable: string | null;
  candidate: string;
  /** Instances of a version that carries all traffic, and of the candidate while it is a canary. */
  fullCapacity: number;
  canaryCapacity: number;
  /** Ascending, each 1 to 9999. */
  stepBasisPoints: number[];
  minSoakSeconds: number;
  stepDeadlineSeconds: number;
  bakeSeconds: number;
}

export type EffectName =
  | 'prepare'
  | 'rehearse'
  | 'expose'
  | 'scale'
  | 'flip'
  | 'settle'
  | 'restore'
  | 'withdraw'
  | 'reconcile'
  | 'open-incident';

/** Something the shell has to do. It is idempotent: a crash between doing and recording makes the shell do it again. */
export interface Effect {
  id: string;
  name: EffectName;
  attempt: number;
  /** The share and capacity that hold once the effect is done. */
  candidateBasisPoints: number;
  candidateCapacity: number;
}

/** Why a rollout went back, or is going back. */
export interface Cause {
  reasonCode: string;
  message: string;
  by: string;
  atSeconds: number;
}

/** Why nothing moves at the moment, although nothing is wrong with the machine. */
export interface Hold {
  kind: 'paused' | 'no-data' | 'undecided' | 'gated';
  by: string;
  message: string;
  sinceSeconds: number;
}

/** A widening effect that is asked for and may not begin: a gate is closed, or a person has paused it there. */
export interface Withholding extends Hold {
  kind: 'gated' | 'paused';
  reasonCode: string;
  /** Whether an earlier attempt at the effect has begun, so that the world may be half way. */
  hasBegun: boolean;
}

interface Common {
  plan: RolloutPlan;
  /** The candidate's share; stable has the rest, so that the two always sum to one (R1). */
  candidateBasisPoints: number;
  candidateCapacity: number;
  /** Whether users may have met the candidate: set when an exposing effect is asked for, not when it is done. */
  mayHaveMetUsers: boolean;
  effectCount: number;
  pending: Effect | null;
  /** Why the pending effect waits; null when it does not. */
  withheld: Withholding | null;
}

export type RolloutState = Common &
  (
    | { phase: 'planned' }
    | { phase: 'preparing' }
    | { phase: 'rehearsing' }
    | { phase: 'canary'; step: number; sinceSeconds: number | null; hold: Hold | null }
    | { phase: 'scaling' }
    | { phase: 'flipping' }
    | { phase: 'baking'; sinceSeconds: number; hold: Hold | null }
    | { phase: 'settling' }
    | { phase: 'settled' }
    | { phase: 'rolling-back'; cause: Cause; stuck: string | null }
    | { phase: 'rolled-back'; cause: Cause }
  );

export type OperatorCommand = 'promote' | 'pause' | 'resume' | 'abort' | 'rollback';

/** `atSeconds` counts from the start of the rollout. */
export type RolloutEvent =
  | { type: 'started'; atSeconds: number; by: string }
  | { type: 'effect-done'; atSeconds: number; effectId: string; outcome: unknown }
  | {
      type: 'effect-failed';
      atSeconds: number;
      effectId: string;
      reasonCode: string;
      message: string;
      mayRetry: boolean;
    }
  | {
      type: 'judged';
      atSeconds: number;
      judgement: 'pass' | 'fail' | 'inconclusive' | 'no-data';
      reasonCode: string;
      message: string;
    }
  | { type: 'requested'; atSeconds: number; command: OperatorCommand; by: string }
  /** Approval or a gate does not let the pending effect begin; it stays pending, and no share moves. */
  | {
      type: 'withheld';
      atSeconds: number;
      effectId: string;
      reasonCode: string;
      message: string;
      hasBegun: boolean;
    }
  /** What withheld the pending effect is over. */
  | { type: 'admitted'; atSeconds: number; effectId: string };

export interface Transition {
  state: RolloutState;
  effects: Effect[];
}

/** The state before anything has happened. */
export function planRollout(plan: RolloutPlan): RolloutState {
  return {
    phase: 'planned',
    plan,
    candidateBasisPoints: 0,
    candidateCapacity: 0,
    mayHaveMetUsers: false,
    effectCount: 0,
    pending: null,
    withheld: null,
  };
}

/** Effects that bring users to the candidate or take the way back to stable away: each passes the gates first. */
export function isWidening(effect: Effect): boolean {
  return ['rehearse', 'expose', 'scale', 'flip', 'settle'].includes(effect.name);
}

export function isFinal(state: RolloutState): boolean {
  return state.phase === 'settled' || state.phase === 'rolled-back';
}

/** Final, and every effect that belongs to the end has been done too. */
export function isFinished(state: RolloutState): boolean {
  return isFinal(state) && state.pending === null;
}
