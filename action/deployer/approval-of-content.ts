import { execFileSync } from 'node:child_process';
import { bindContent } from '../../policies/approval/bind-content.ts';
import { decideApproval, type ApprovalDecision } from '../../policies/approval/decide-approval.ts';
import { parseEvidence } from '../../policies/approval/evidence.ts';
import type { ApprovalPolicy } from '../../policies/approval/approval-policy.ts';
import { inputFailure } from '../../stacks/failure.ts';

/** The approval question answered for exactly the content that is about to be deployed. */
export interface ApprovalOfContent {
  decision: ApprovalDecision;
  approvers: string[];
  /** The commit that was approved; empty while nobody has. */
  commit: string;
}

/**
 * Decides whether a peer approved what is deployed. The evidence says who approved which commit; that this commit is
 * the content being deployed is worked out from git here and never taken from the evidence.
 */
export function judgeApproval(input: {
  repository: string;
  policy: ApprovalPolicy | null;
  evidenceText: string | null;
  evidenceName: string | null;
  deployedCommit: string;
  at: Date;
}): ApprovalOfContent {
  if (input.evidenceText === null)
    return pending(
      'evidence-missing',
      'no approval is known: nobody has approved this commit yet (give the reviews with --evidence FILE)',
    );
  let value: unknown;
  try {
    value = JSON.parse(input.evidenceText);
  } catch {
    throw inputFailure(
      'evidence-unreadable',
      `the evidence file ${input.evidenceName ?? ''} is not JSON; give a JSON file with the reviews`,
    );
  }
  const parsed = parseEvidence(value);
  if (!parsed.ok)
    throw inputFailure(
      'evidence-invalid',
      `the evidence file ${input.evidenceName ?? ''} cannot be used: ${parsed.message}`,
    );
  const decision = decideApproval(parsed.evidence, input.policy, input.at.toISOString());
  const approvedCommit = parsed.evidence.pull_request.head_sha;
  if (decision.decision !== 'approved') return { decision, approvers: decision.approvers, commit: '' };
  const binding = bindContent(contentOf(input.repository, input.deployedCommit, approvedCommit));
  if (!binding.ok) return pending('content-drift', binding.message);
  return { decision, approvers: decision.approvers, commit: approvedCommit };
}

function pending(reasonCode: string, message: string): ApprovalOfContent {
  return { decision: { decision: 'pending', reasonCode, message }, approvers: [], commit: '' };
}

/** The trees behind the two commits, and the tree that merging the approved one into the deployed one's base gives. */
function contentOf(repository: string, deployedCommit: string, approvedCommit: string) {
  // It comes from outside: only a full object id may stand where git takes options and revisions.
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(approvedCommit)) {
    return { deployedCommit, deployedTree: null, approvedCommit, approvedTree: null, mergedTree: null };
  }
  const mergedTree =
    tryGit(repository, ['merge-tree', '--write-tree', `${deployedCommit}^`, approvedCommit])?.split(
      '\n',
    )[0] ?? null;
  return {
    deployedCommit,
    deployedTree: tryGit(repository, ['rev-parse', `${deployedCommit}^{tree}`]),
    approvedCommit,
    approvedTree: tryGit(repository, ['rev-parse', `${approvedCommit}^{tree}`]),
    mergedTree,
  };
}

/** Null when git cannot say; what is not known never makes two contents equal. */
function tryGit(repository: string, args: string[]): string | null {
  try {
    return execFileSync('git', args, {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
