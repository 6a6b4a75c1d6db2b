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
  /** Whether the database is expanded and filled before the candidate starts. Absent is no, as are all absences below. */
  hasMigrations?: boolean;
  /** Whether a share needs a rehearsal whose outcome is proven; absent only in journals of earlier versions. */
  needsRehearsal?: boolean;
  /** No data holds a step at once, and takes users back after this long. */
  noDataDeadlineSeconds?: number;
  /** A rollout that goes forward for longer goes back; time held by a gate or a person does not count. */
  rolloutDeadlineSeconds?: number;
  /** An effect that takes longer is cut short and asked for again; `gradual` is the withdrawal of that pace. */
  effectDeadlineSeconds?: Partial<Record<EffectName | 'gradual', number>>;
}

export type EffectName =
  | 'migrate'
  | 'backfill'
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
  /** Only of a withdrawal: at once, or in the steps that a stable version which was scaled down can take. */
  pace?: Pace;
}

export type Pace = 'flip' | 'gradual';

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

/** What every phase has. */
export interface RolloutCommon {
  plan: RolloutPlan;
  /** The candidate's share; stable has the rest, so that the two always sum to one (R1). */
  candidateBasisPoints: number;
  candidateCapacity: number;
  /** Whether users may have met the candidate: set when an exposing effect is asked for, not when it is done. */
  mayHaveMetUsers: boolean;
  /** False from when the settling may have begun to take stable away until it has been restored. */
  isStableWhole: boolean;
  /** The latest moment that an event which mattered has named: time never runs backwards here. */
  atSeconds: number;
  effectCount: number;
  pending: Effect | null;
  /** When the pending effect was asked for, admitted, or begun again by a later run; null when none is pending. */
  pendingSinceSeconds: number | null;
  /** Why the pending effect waits; null when it does not. */
  withheld: Withholding | null;
  /** How long a gate or a person has held the rollout: in all, and since when it does so now. */
  held: { seconds: number; sinceSeconds: number | null };
}

/** A way back that could not be finished: why, since when, and the how manyth time in a row. */
interface Stuck {
  stuck: string | null;
  stuckSinceSeconds: number;
  stuckTimes: number;
}

export type RolloutState = RolloutCommon &
  (
    | { phase: 'planned' }
    | { phase: 'migrating' }
    | { phase: 'backfilling' }
    | { phase: 'preparing' }
    | { phase: 'rehearsing' }
    | { phase: 'canary'; step: number; sinceSeconds: number | null; hold: Hold | null }
    | { phase: 'scaling' }
    | { phase: 'flipping' }
    | { phase: 'baking'; sinceSeconds: number; hold: Hold | null }
    | { phase: 'settling' }
    | { phase: 'settled' }
    | ({ phase: 'rolling-back'; cause: Cause; pace: Pace } & Stuck)
    | { phase: 'rolled-back'; cause: Cause }
  );

export type OperatorCommand = 'promote' | 'pause' | 'resume' | 'abort' | 'rollback';

/** What takes users off the candidate, and so waits for nothing. */
export function goesBack(command: OperatorCommand): boolean {
  return command === 'rollback' || command === 'abort';
}

/** `atSeconds` counts from the start of the rollout. */
export type RolloutEvent =
  | { type: 'started'; atSeconds: number; by: string }
  /** A process took the rollout up that another one had left; what is pending begins anew. */
  | { type: 'resumed'; atSeconds: number }
  /** Time has passed: at every tick. Only a deadline makes anything of it. */
  | { type: 'clock'; atSeconds: number }
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
    isStableWhole: true,
    atSeconds: 0,
    effectCount: 0,
    pending: null,
    pendingSinceSeconds: null,
    withheld: null,
    held: { seconds: 0, sinceSeconds: null },
  };
}

/** Effects that go forward, towards more users on the candidate or no way back to stable: each passes the gates first. */
export function isWidening(effect: Effect): boolean {
  return forwardEffects.some((name) => name === effect.name);
}

export const forwardEffects = [
  'migrate',
  'backfill',
  'prepare',
  'rehearse',
  'expose',
  'scale',
  'flip',
  'settle',
] as const satisfies readonly EffectName[];

export function isFinal(state: RolloutState): boolean {
  return state.phase === 'settled' || state.phase === 'rolled-back';
}

/** Final, and every effect that belongs to the end has been done too. */
export function isFinished(state: RolloutState): boolean {
  return isFinal(state) && state.pending === null;
}
