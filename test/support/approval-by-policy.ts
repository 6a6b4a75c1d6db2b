import { decideByEvidence } from '../../policies/approval/decide-by-evidence.ts';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import type { ApprovalReasonCode } from '../../policies/approval/reason-codes.ts';
import { at, evidenceOf, review } from './approval-evidence.ts';

type Pull = Partial<ApprovalEvidence['pull_request']>;

/** Approved by those who are named, under a policy. */
export function decideFor(
  policy: unknown,
  by: string[],
  pull: Pull = {},
  more: Partial<ApprovalEvidence> = {},
) {
  return decideByEvidence(
    {
      ...evidenceOf(
        by.map((login) => review(login)),
        pull,
      ),
      policy,
      ...more,
    },
    at,
  );
}

export const rule = (parts: object) => ({ required: 0, rules: [parts] });

/** A policy as it stands in the file, who approves, and what is decided. */
export type PolicyRow = [
  policy: unknown,
  by: string[],
  is: ApprovalReasonCode,
  pull?: Pull,
  more?: Partial<ApprovalEvidence>,
];
