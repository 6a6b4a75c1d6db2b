import type { Debt } from '../command/break-glass.ts';
import type { StartDecision } from '../slo/decide-start.ts';

/** What the gates are decided on, besides the policy and the time; plain JSON, so that a decision can be made again. */
export interface GateEvidence {
  /** `start` asks for everything; `widen` is asked before each step of a rollout that has begun. */
  moment: 'start' | 'widen';
  change: {
    commit: string;
    /** The pull request's labels; null when they are not known. */
    labels: string[] | null;
    /** The kinds that the change touches, such as `config`. */
    kinds: string[];
  };
  /** Null: the service has no objective, or it was not asked (a first deployment, a way back). */
  errorBudget: StartDecision | null;
  /** Every break-glass of this place whose review is still owed. */
  debts: Debt[];
  people: GatePeople;
  /** A confirmed break-glass for this very commit. */
  breakGlass: Debt | null;
}

/** Who is who; null for an id stands for a name that is no known account. */
export interface GatePerson {
  id: number | null;
  login: string;
}

export interface GatePeople {
  /** Who started the rollout or asked to promote it. Null: not known. */
  actors: GatePerson[] | null;
  /** Null: not known. */
  approvers: GatePerson[] | null;
  /** Who made the change. Null: not known in full. */
  makers: GatePerson[] | null;
}

export type GateReasonCode =
  | 'open'
  | 'frozen'
  | 'error-budget'
  | 'break-glass-debt'
  | 'duties-not-separate'
  | 'identity-unknown'
  | 'passed-by-break-glass'
  | 'way-back';

/** One gate's answer. `opensAt`: RFC 3339 in UTC, where a clock alone will open it. */
export interface Gate {
  name: 'freeze' | 'error-budget' | 'break-glass-debt' | 'separation-of-duties';
  isOpen: boolean;
  reasonCode: GateReasonCode;
  detail: string;
  opensAt?: string;
}

export interface GateOutcome {
  decision: 'open' | 'closed';
  reasonCode: GateReasonCode;
  message: string;
  /** The instant of the decision, as it was given (RFC 3339). */
  at: string;
  gates: Gate[];
}
