/**
 * What there is to say of one pull request, or of what a merge queue is about to merge. A trust boundary: this job may
 * write, so nothing of the pull request is run or checked out, and nothing that an event told is believed. The policy is
 * the base branch's as it is now, and what is checked is what merging into it now would bring.
 */
import { decideApproval, type ApprovalOutcome } from '../../policies/approval/decide-approval.ts';
import { ownCheckOf, withOwnCheck } from '../../policies/approval/own-check.ts';
import { decide, type Verdict } from '../../policies/verdict.ts';
import { Failure, inputFailure } from '../../stacks/failure.ts';
import type { CommandContext } from '../commands/command.ts';
import { runCheck, type CheckOutcome } from '../commands/run-check.ts';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { fetchCommits, mergeOf, type FetchRequest } from './fetch-pull.ts';
import type { PullData } from './gather/read-pull.ts';
import { gitHubFailure, statusOf, type Repository } from './octokit.ts';
import type { ReviewFailure, ReviewResult } from './review-result.ts';

export interface ReviewContext {
  repository: Repository;
  fetching: FetchRequest;
  context: CommandContext;
}

/** A pull request as the API gives it now. */
export interface CurrentPull {
  number: number;
  headCommit: string;
  baseBranch: string;
  isOpen: boolean;
  isBaseGuarded: boolean;
  /** As it was read; whoever gathers its evidence need not ask again. */
  data: PullData;
}

/** Reads the pull request; null when there is none of this number. */
export async function readPull(repository: Repository, number: number): Promise<CurrentPull | null> {
  const { github, owner, repo } = repository;
  try {
    const { data } = await github.rest.pulls.get({ owner, repo, pull_number: number });
    const { ref, repo: home } = data.base;
    const isBaseGuarded = ref === home.default_branch || (await isProtected(repository, ref));
    const isOpen = data.state === 'open';
    return { number, headCommit: data.head.sha, baseBranch: ref, isOpen, isBaseGuarded, data };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw gitHubFailure(`pull request ${number} could not be read`, error);
  }
}

/** A policy in a branch that anybody may push to is nobody's policy. */
export async function isProtected({ github, owner, repo }: Repository, branch: string): Promise<boolean> {
  try {
    return (await github.rest.repos.getBranch({ owner, repo, branch })).data.protected;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return false;
  }
}

/** Checks and decides. What cannot be decided is a part of the result, so that it is shown; it never counts as a yes. */
export async function reviewPull(
  review: ReviewContext,
  pull: CurrentPull,
  gather: () => Promise<ApprovalEvidence>,
): Promise<ReviewResult> {
  const at = review.context.now().toISOString();
  const check = await attempt(async () => ({ outcome: await checkStatically(review, pull) }));
  const approval = await attempt(async () => ({
    outcome: approvalOf(await gather(), pull, check, at),
  }));
  return { pull, at, check, approval, verdict: verdictOf(check, approval) };
}

async function checkStatically(review: ReviewContext, pull: CurrentPull): Promise<CheckOutcome> {
  const { fetching, context } = review;
  const references = [`refs/heads/${pull.baseBranch}`, `refs/pull/${pull.number}/head`];
  const [base = '', head = ''] = await fetchCommits(fetching, references);
  if (head !== pull.headCommit) {
    throw inputFailure(
      'head-moved',
      `the head of pull request ${pull.number} moved while it was read; the run that its push has started looks again`,
    );
  }
  const merge = await mergeOf(fetching.repository, base, head);
  if (merge === null) {
    throw inputFailure(
      'merge-conflict',
      `${pull.baseBranch} cannot be merged with the head without conflicts, so what merging would bring is not known; bring the branch up to date`,
    );
  }
  const outcome = await runCheck({
    directory: fetching.repository,
    base,
    head: merge,
    context,
    runsCommands: false,
  });
  // The merge exists only here; people know the head.
  return { ...outcome, head };
}

/** The decision, under the approval part of the base's own policy: a change cannot loosen it, nor bring the first one. */
function approvalOf(
  evidence: ApprovalEvidence,
  pull: CurrentPull,
  check: ReviewResult['check'],
  at: string,
): ApprovalOutcome {
  if ('failure' in check) {
    throw inputFailure(
      'check-failed',
      `without a check there is no policy to decide by: ${check.failure.message}`,
    );
  }
  const { policy, isAdoption } = check.outcome;
  const approvalPolicy = isAdoption ? null : policy.approval;
  const { head_sha: head, base_ref: base } = evidence.pull_request;
  if (head !== pull.headCommit || base !== pull.baseBranch) {
    throw inputFailure(
      'head-moved',
      `the head or the base of pull request ${pull.number} moved while its reviews were read; the run that this has started looks again`,
    );
  }
  // What our own check found is evidence too: the risk of a change decides how many have to look at it.
  const whole = withOwnCheck(evidence, approvalPolicy, ownCheckOf(check.outcome));
  return decideApproval(whole, approvalPolicy, at);
}

/** The one verdict of both; without an answer of one there is none but to block. */
export function verdictOf(check: ReviewResult['check'], approval: ReviewResult['approval']): Verdict {
  if ('failure' in check) return blockedBy(check.failure);
  const { findings, unclaimed, policy, isAdoption } = check.outcome;
  if ('failure' in approval) return blockedBy(approval.failure);
  const { outcome } = approval;
  return decide({ findings, unclaimed, unclaimedPolicy: policy.unclaimed, isAdoption, approval: outcome });
}

function blockedBy({ message }: ReviewFailure['failure']): Verdict {
  return {
    decision: 'block',
    reasonCode: 'undecided',
    reasons: [{ code: 'undecided', message }],
    waivers: [],
  };
}

/** A failure that says what is wrong becomes part of the result; what is a fault of this program ends the run. */
export async function attempt<Value>(act: () => Promise<Value>): Promise<Value | ReviewFailure> {
  try {
    return await act();
  } catch (error) {
    const failure =
      error instanceof Failure || statusOf(error) === undefined
        ? error
        : gitHubFailure('the reviews could not be read', error);
    if (!(failure instanceof Failure)) throw failure;
    const { reasonCode, message } = failure;
    return { failure: { reasonCode, message } };
  }
}
