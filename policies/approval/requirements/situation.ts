import type { ApprovalPolicy, ChangeKind } from '../approval-policy.ts';
import type { Contributors } from '../contributors.ts';
import type { ApprovalEvidence } from '../evidence.ts';
import type { People, Person } from '../people.ts';
import type { ApprovalReasonCode } from '../reason-codes.ts';
import type { Requirement } from '../requirement.ts';
import type { Reviews } from '../reviews.ts';
import type { Risk } from '../risk.ts';

/** The change, before anybody's opinion of it. */
export interface ChangeInQuestion {
  evidence: ApprovalEvidence;
  policy: ApprovalPolicy;
  people: People;
  contributors: Contributors;
  /** Worked out when first asked for. */
  kinds(): ReadonlySet<ChangeKind>;
  risk(): Risk;
}

/** Everything that a requirement may look at. */
export interface Situation extends ChangeInQuestion {
  /** Those of the policy, and those that a rule which applies names; these count for that rule alone. */
  roles: readonly string[];
  reviews: Reviews;
  /** Whose approval counts and whose role is one of the policy's. */
  approvers: readonly Person[];
}

/** A requirement with what it means when it is not met. */
export interface Check extends Requirement {
  code: ApprovalReasonCode;
  /** `rejected` cannot be cured by one more approval; `pending` waits for a person or for a check. */
  otherwise: 'pending' | 'rejected';
}

/** Not met, nothing but another evidence, change or policy helps. */
export function blockUnless(code: ApprovalReasonCode, name: string, isMet: boolean, detail: string): Check {
  return { code, otherwise: 'rejected', name, isMet, detail: isMet ? 'holds' : detail, by: [], children: [] };
}

/** Not met, somebody or something is still waited for. */
export function waitUnless(code: ApprovalReasonCode, name: string, isMet: boolean, detail: string): Check {
  return { ...blockUnless(code, name, isMet, detail), otherwise: 'pending' };
}

export function countPeers(count: number): string {
  return count === 1 ? 'one peer' : `${count} peers`;
}

export function list(logins: readonly string[]): string {
  return logins.join(', ');
}
