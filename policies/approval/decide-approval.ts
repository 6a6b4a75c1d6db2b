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
 *  A6  No policy, or one that asks for nothing, blocks; one that asks nobody about this change lets nothing pass.
 */
import type { ApprovalPolicy } from './approval-policy.ts';
import { kindsOfChange } from './change-kinds.ts';
import { findContributors } from './contributors.ts';
import type { ApprovalEvidence } from './evidence.ts';
import type { IgnoredEvent } from './ignored.ts';
import { readPeople } from './people.ts';
import type { ApprovalReasonCode } from './reason-codes.ts';
import type { Requirement } from './requirement.ts';
import { requireChecks } from './requirements/checks.ts';
import { requireLabels } from './requirements/labels.ts';
import { requireOwners } from './requirements/owners.ts';
import { peersNeeded, requirePeers } from './requirements/peers.ts';
import { requireNoObjection, requireOpen, requireReady } from './requirements/readiness.ts';
import { requireRules, rolesOfRules } from './requirements/rules.ts';
import { requireSignedCommits } from './requirements/signed-commits.ts';
import { blockUnless, list, type Check, type Situation } from './requirements/situation.ts';
import { requireKnowledge } from './requirements/what-is-known.ts';
import { readReviews } from './reviews.ts';
import { assessRisk } from './risk.ts';
import { findMissing, type MissingApproval } from './who-is-missing.ts';

/** The outcome of the approval question; `message` is one sentence a reviewer reads. */
export interface ApprovalDecision {
  /** `skipped`: the policy asks nobody about this change. Like `pending` and `rejected`, it lets nothing pass. */
  decision: 'approved' | 'pending' | 'rejected' | 'skipped';
  reasonCode: string;
  message: string;
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
  /** Who can still give what is missing; empty when nobody's approval would help. */
  missing: MissingApproval[];
}

/**
 * In the order in which a person should hear of them; what blocks comes before what is waited for, and what whoever asks can
 * mend comes before what others have to give, so that nothing hides behind what a break-glass passes.
 */
const requirements: readonly ((situation: Situation) => Check[])[] = [
  requireOpen,
  requireKnowledge,
  requireNoObjection,
  requireSignedCommits,
  requireReady,
  requireLabels,
  requireChecks,
  requirePeers,
  requireOwners,
  requireRules,
];

/**
 * Decides from the evidence alone: no clock, no network. `policy` is the base's `approval` part, null when there is
 * none. `at` (RFC 3339) is only written down. Total: it never throws on evidence that `parseEvidence` accepted.
 */
export function decideApproval(
  evidence: ApprovalEvidence,
  policy: ApprovalPolicy | null,
  at: string,
): ApprovalOutcome {
  if (policy === null) {
    const message = 'the base has no approval policy, so nothing can be approved: add one to evenkeel.yml';
    return decideWithoutPolicy(evidence, 'policy-absent', message, at);
  }
  if (!asksForSomeone(policy)) {
    const message =
      'the approval policy names no role or requires nobody, so nothing can be approved: have it ask a peer';
    return decideWithoutPolicy(evidence, 'policy-requires-nothing', message, at);
  }
  const situation = situationOf(evidence, policy);
  const checks = requirements.flatMap((require) => require(situation));
  if (!asksAnybody(checks, situation)) checks.push(nothingApplies);
  const blocked = checks.find((check) => !check.isMet && check.otherwise === 'rejected');
  const isSkipped = blocked === nothingApplies;
  const failed = blocked ?? checks.find((check) => !check.isMet);
  const by = situation.reviews.approvers.map(({ login }) => login);
  const head = evidence.pull_request.head_sha;
  const decision = failed === undefined ? 'approved' : isSkipped ? 'skipped' : failed.otherwise;
  const detail = failed?.detail ?? 'everything holds';
  return {
    decision,
    reasonCode: failed?.code ?? 'approved',
    message: failed?.detail ?? `${list(by)} approved ${head.slice(0, 12)}`,
    at,
    headCommit: head,
    approvers: by,
    ignored: situation.reviews.ignored,
    requirements: { name: 'approval', isMet: failed === undefined, detail, by, children: checks.map(toTree) },
    missing: findMissing(checks, situation),
  };
}

/** The outcome where there is no policy to decide by: nothing passes, and the reason says why. */
export function decideWithoutPolicy(
  { pull_request: pull }: ApprovalEvidence,
  reasonCode: 'policy-absent' | 'policy-invalid' | 'policy-requires-nothing',
  message: string,
  at: string,
): ApprovalOutcome {
  return rejectOutright(reasonCode, 'a policy asks for approval', message, pull.head_sha, at);
}

/** The outcome where nothing could be looked at, in the shape of every other. */
export function rejectOutright(
  reasonCode: ApprovalReasonCode,
  requirement: string,
  message: string,
  headCommit: string,
  at: string,
): ApprovalOutcome {
  const check = blockUnless(reasonCode, requirement, false, message);
  return {
    decision: 'rejected',
    reasonCode,
    message,
    at,
    headCommit,
    approvers: [],
    ignored: [],
    requirements: { name: 'approval', isMet: false, detail: message, by: [], children: [toTree(check)] },
    missing: [],
  };
}

const nothingApplies: Check = blockUnless(
  'nothing-applies',
  'the policy asks somebody about this change',
  false,
  'no part of the approval policy applies to this change, so nobody can approve it: require a peer, or widen a rule',
);

function situationOf(evidence: ApprovalEvidence, policy: ApprovalPolicy): Situation {
  const people = readPeople(evidence.directory);
  const contributors = findContributors(evidence, people);
  const kinds = once(() => kindsOfChange(evidence));
  const risk = once(() => assessRisk(evidence, kinds()));
  const change = { evidence, policy, people, contributors, kinds, risk };
  const roles = [...policy.roles, ...rolesOfRules(change)];
  const reviews = readReviews(evidence, people, contributors, { roles, bots: policy.bots });
  const approvers = reviews.approvers.filter(({ role }) => policy.roles.includes(role));
  return { ...change, roles, reviews, approvers };
}

function once<Value>(work: () => Value): () => Value {
  let done: { value: Value } | undefined;
  return () => (done ??= { value: work() }).value;
}

function asksForSomeone({
  required,
  roles,
  codeOwners,
  kinds = {},
  risk = {},
  rules = [],
}: ApprovalPolicy): boolean {
  if (!Number.isInteger(required) || required < 0 || roles.length === 0) return false;
  return required >= 1 || codeOwners || rules.length > 0 || Object.keys({ ...kinds, ...risk }).length > 0;
}

/** Whether anything asks for a person here: peers, an owner, or a rule that applies. */
function asksAnybody(checks: readonly Check[], situation: Situation): boolean {
  if (peersNeeded(situation).count > 0) return true;
  return checks.some(
    ({ code, isSkipped, children }) =>
      (code === 'owner-missing' && children.length > 0) ||
      (['rule-unmet', 'rule-unknown', 'team-unknown'].includes(code) && isSkipped !== true),
  );
}

function toTree({ name, isMet, detail, by, children, isSkipped }: Requirement): Requirement {
  return { name, isMet, detail, by, children: children.map(toTree), ...(isSkipped && { isSkipped }) };
}
