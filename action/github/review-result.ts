import type { ApprovalOutcome } from '../../policies/approval/decide-approval.ts';
import type { Verdict } from '../../policies/verdict.ts';
import type { CheckOutcome } from '../commands/run-check.ts';

/** Something could not be done; the sentence says what. */
export interface ReviewFailure {
  failure: { reasonCode: string; message: string };
}

/** One decision, or those on all pull requests of a merge queue's group, whose reasons are of the content as well. */
export type ShownApproval = Omit<ApprovalOutcome, 'reasonCode'> & { reasonCode: string };

/** Everything that is known of a pull request at one instant. Every view of it is made from this and nothing else. */
export interface ReviewResult {
  pull: {
    number: number;
    headCommit: string;
    baseBranch: string;
    /** The base is the default branch or one that a rule protects. */
    isBaseGuarded: boolean;
  };
  /** When what it is decided on began to be read (RFC 3339): a view never takes the place of one that was read later. */
  at: string;
  check: { outcome: CheckOutcome } | ReviewFailure;
  approval: { outcome: ShownApproval } | ReviewFailure;
  /** The findings and the approval together; blocked while one of the two could not be decided. */
  verdict: Verdict;
}
