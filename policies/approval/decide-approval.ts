/**
 * The one decision on approval, used by every door. A trust boundary: it answers "has a second person looked at exactly
 * this content?", and whatever it cannot know counts as no.
 *
 *  A1  An approval counts for one commit: the head it was given on. A later push voids it, except a clean merge of the
 *      base, which holds nothing that nobody has seen.
 *  A2  Nobody who made the change approves it: who opened it, authored, committed, co-authored or pushed. People are
 *      told apart by numeric id, because logins are case-insensitive and can be renamed.
 *  A3  Only a person with one of the policy's roles counts, with their latest opinion.
 *  A4  A standing request for changes by someone with such a role blocks, on whichever commit it was given.
 *  A5  What was cut off, or cannot be traced to an account, blocks.
 *  A6  No policy, or one that asks for nothing, blocks.
 */
import type { ApprovalPolicy } from './approval-policy.ts';
import { requireCodeOwners } from './code-owner-requirement.ts';
import { findContributors } from './contributors.ts';
import type { ApprovalEvidence } from './evidence.ts';
import { readPeople } from './people.ts';
import { readReviews, type IgnoredEvent } from './reviews.ts';

/** The outcome of the approval question; `message` is one sentence a reviewer reads. */
export interface ApprovalDecision {
  decision: 'approved' | 'pending' | 'rejected';
  reasonCode: string;
  message: string;
}

/** Why; a closed list. */
export type ApprovalReasonCode =
  | 'approved'
  | 'policy-absent'
  | 'policy-requires-nothing'
  | 'commits-incomplete'
  | 'files-truncated'
  | 'identity-unknown'
  | 'owners-unknown'
  | 'changes-requested'
  | 'draft'
  | 'owner-missing'
  | 'approvals-missing';

/** One thing that must hold, and whether it does; together a tree that explains the decision. */
export interface Requirement {
  name: string;
  isMet: boolean;
  detail: string;
  /** Logins of those who count towards it. */
  by: string[];
  children: Requirement[];
}

export interface ApprovalOutcome extends ApprovalDecision {
  reasonCode: ApprovalReasonCode;
  /** The instant of the decision, as it was given (RFC 3339). */
  at: string;
  /** The commit that the decision is about. */
  headCommit: string;
  /** Logins of the peers whose approval of that commit counts. */
  approvers: string[];
  ignored: IgnoredEvent[];
  requirements: Requirement;
}

/**
 * Decides from the evidence alone: no clock, no network. `policy` is the base's `approval` part, null when there is
 * none. `at` (RFC 3339) is only written down. Total: it never throws on evidence that `parseEvidence` accepted.
 */
export function decideApproval(
  evidence: ApprovalEvidence,
  policy: ApprovalPolicy | null,
  at: string,
): ApprovalOutcome {
  const pull = evidence.pull_request;
  const people = readPeople(evidence.directory);
  const contributors = findContributors(evidence, people);
  const reviews = readReviews(evidence, people, contributors, policy?.roles ?? []);
  const owners =
    policy?.codeOwners === true ? requireCodeOwners(evidence, people, reviews.approvers) : undefined;
  const required = policy?.required ?? 0;
  const head = pull.head_sha.slice(0, 12);
  const hasEnough = reviews.approvers.length >= required;
  const logins = reviews.approvers.map(({ login }) => login);

  // In the order in which a person should hear of them.
  const checks: Check[] = [
    blockUnless(
      'policy-absent',
      'a policy asks for approval',
      policy !== null,
      'the base has no approval policy, so nothing can be approved',
    ),
    blockUnless(
      'policy-requires-nothing',
      'the policy asks for someone',
      asksForSomeone(policy),
      'the approval policy names no role or requires nobody, so nothing can be approved',
    ),
    blockUnless(
      'commits-incomplete',
      'every commit is known',
      hasEveryCommit(evidence),
      'the list of commits is cut off or lacks the head, so who made this change is not known',
    ),
    blockUnless(
      'files-truncated',
      'every changed path is known',
      !pull.files_truncated,
      'the list of changed files is cut off, so what this change touches is not known',
    ),
    blockUnless(
      'identity-unknown',
      'everyone who made it is known',
      contributors.unknown.length === 0,
      `${contributors.unknown[0] ?? 'someone'} cannot be traced to an account, so nobody can be told apart from who made this change`,
    ),
    blockUnless(
      'owners-unknown',
      'the code owners are known',
      owners?.isKnown !== false,
      'the policy asks for code owners and the evidence does not say who they are in the base',
    ),
    blockUnless(
      'changes-requested',
      'nobody asks for changes',
      reviews.objectors.length === 0,
      `${list(reviews.objectors)} asked for changes`,
    ),
    waitUnless('draft', 'it is ready for review', pull.draft !== true, 'the pull request is a draft'),
    {
      ...waitUnless(
        'approvals-missing',
        `${countPeers(required)} approved the head`,
        hasEnough,
        `${head} needs the approval of ${countPeers(required)} and has ${logins.length === 0 ? 'none' : list(logins)}`,
      ),
      by: logins,
    },
    {
      ...waitUnless(
        'owner-missing',
        'an owner approved every owned path',
        owners?.isMet !== false,
        owners?.message ?? 'the policy does not ask for code owners',
      ),
      children: owners?.children ?? [],
    },
  ];
  const failed = checks.find((check) => !check.isMet);
  return {
    decision: failed === undefined ? 'approved' : failed.decision,
    reasonCode: failed === undefined ? 'approved' : failed.code,
    message: failed === undefined ? `${list(logins)} approved ${head}` : failed.detail,
    at,
    headCommit: pull.head_sha,
    approvers: logins,
    ignored: reviews.ignored,
    requirements: {
      name: 'approval',
      isMet: failed === undefined,
      detail: failed === undefined ? 'everything holds' : failed.detail,
      by: logins,
      children: checks.map(({ name, isMet, detail, by, children }) => ({
        name,
        isMet,
        detail: isMet ? 'holds' : detail,
        by,
        children,
      })),
    },
  };
}

interface Check extends Requirement {
  code: ApprovalReasonCode;
  decision: 'pending' | 'rejected';
}

function blockUnless(code: ApprovalReasonCode, name: string, isMet: boolean, detail: string): Check {
  return { code, decision: 'rejected', name, isMet, detail, by: [], children: [] };
}

function waitUnless(code: ApprovalReasonCode, name: string, isMet: boolean, detail: string): Check {
  return { code, decision: 'pending', name, isMet, detail, by: [], children: [] };
}

function asksForSomeone(policy: ApprovalPolicy | null): boolean {
  return (
    policy !== null && Number.isInteger(policy.required) && policy.required >= 1 && policy.roles.length > 0
  );
}

function hasEveryCommit({ pull_request: pull }: ApprovalEvidence): boolean {
  return !pull.commits_truncated && pull.commits.some(({ sha }) => sha === pull.head_sha);
}

function countPeers(count: number): string {
  return count === 1 ? 'one peer' : `${count} peers`;
}

function list(logins: readonly string[]): string {
  return logins.join(', ');
}
