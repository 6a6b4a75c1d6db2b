/**
 * What a merge queue is about to merge. A trust boundary: a queue's check is a promise about the content of one commit,
 * so that every step from the base branch to it has to be explained by a pull request that is approved. The numbers of
 * the pull requests come from names and messages that people typed, and only say where to look: `judgeContent` merges
 * each again, and what no approved pull request explains is refused.
 */
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { ownCheckOf, withOwnCheck } from '../../policies/approval/own-check.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { runCheck } from '../commands/run-check.ts';
import { judgeContent, type ApprovalOfContent } from '../deployer/approval-of-content.ts';
import { readGit } from '../repository/run-git.ts';
import { fetchCommits } from './fetch-pull.ts';
import { gitHubFailure, statusOf, type Repository } from './octokit.ts';
import { attempt, isProtected, readPull, verdictOf, type ReviewContext } from './review-pull.ts';
import type { ReviewResult, ShownApproval } from './review-result.ts';

/** `gh-readonly-queue/<base>/pr-<number>-<commit>`, as GitHub names the branches of its queue. */
export function readQueueBranch(branch: string): { baseBranch: string; number: number } | null {
  const [, baseBranch, number] = /^gh-readonly-queue\/(.+)\/pr-(\d{1,9})-[0-9a-f]{40,64}$/.exec(branch) ?? [];
  return baseBranch === undefined ? null : { baseBranch, number: Number(number) };
}

/** Checks and decides for the group whose branch and head these are. */
export async function reviewGroup(
  review: ReviewContext,
  group: { headBranch: string; headCommit: string },
  gather: (number: number) => Promise<ApprovalEvidence>,
): Promise<ReviewResult> {
  const { fetching, context, repository } = review;
  const at = context.now().toISOString();
  const queued = readQueueBranch(group.headBranch);
  if (queued === null) {
    throw inputFailure(
      'queue-unknown',
      `${JSON.stringify(group.headBranch)} is no branch of a merge queue, so what it is about to merge is not known`,
    );
  }
  const { baseBranch, number } = queued;
  const [base = '', head = ''] = await fetchCommits(fetching, [
    `refs/heads/${baseBranch}`,
    `refs/heads/${group.headBranch}`,
  ]);
  if (head !== group.headCommit) {
    throw inputFailure(
      'head-moved',
      'the merge queue has built its group anew; the run of that group looks again',
    );
  }
  const check = await attempt(async () => ({
    outcome: await runCheck({
      directory: fetching.repository,
      base,
      head,
      context,
      runsCommands: false,
    }),
  }));
  const approval = await attempt(async () => {
    if ('failure' in check) throw inputFailure('check-failed', check.failure.message);
    const { policy, isAdoption } = check.outcome;
    const approvalPolicy = isAdoption ? null : policy.approval;
    const own = ownCheckOf(check.outcome);
    const evidenceOf = async (each: number): Promise<ApprovalEvidence> =>
      withOwnCheck(await gather(each), approvalPolicy, own);
    const judged = await judgeContent({
      repository: fetching.repository,
      policy: approvalPolicy,
      source: {
        name: `the merge queue of ${baseBranch}`,
        gather: () => evidenceOf(number),
        gatherFor: async (commit) => {
          const numbers = await numbersAt(fetching.repository, commit, commit === head ? [number] : []);
          const evidence: ApprovalEvidence[] = [];
          for (const each of numbers) evidence.push(await evidenceOf(each));
          return evidence;
        },
      },
      stableCommit: base,
      deployedCommit: head,
      at: context.now(),
    });
    return { outcome: outcomeOf(judged, head, at) };
  });
  const isBaseGuarded = await isGuarded(repository, number, baseBranch);
  return {
    pull: { number, headCommit: head, baseBranch, isBaseGuarded },
    at,
    check,
    approval,
    verdict: verdictOf(check, approval),
  };
}

/** Where the queue's branch stands; null when it is gone, as after the merge or when the queue has built it anew. */
export async function readQueueHead(
  { github, owner, repo }: Repository,
  headBranch: string,
): Promise<string | null> {
  try {
    return (await github.rest.repos.getBranch({ owner, repo, branch: headBranch })).data.commit.sha;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw gitHubFailure('the branch of the merge queue could not be read', error);
  }
}

/** As of a pull request into the branch: the default one needs no rule of its own. */
async function isGuarded(repository: Repository, number: number, baseBranch: string): Promise<boolean> {
  const pull = await readPull(repository, number);
  return pull?.baseBranch === baseBranch ? pull.isBaseGuarded : await isProtected(repository, baseBranch);
}

/** Pull requests that a commit says it brings: `(#7)` at the end of its first line, `Merge pull request #7`. */
async function numbersAt(repository: string, commit: string, known: readonly number[]): Promise<number[]> {
  const subject = (await readGit(repository, ['log', '-1', '--format=%s', commit])) ?? '';
  const found = [/\(#(\d{1,9})\)$/, /^Merge pull request #(\d{1,9})\b/].flatMap((pattern) => {
    const number = pattern.exec(subject)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  return [...new Set([...known, ...found])];
}

/** The decisions on all pull requests of the group as one, about the group's own commit. */
function outcomeOf(
  { decision, approvers, outcomes }: ApprovalOfContent,
  head: string,
  at: string,
): ShownApproval {
  const isApproved = decision.decision === 'approved';
  return {
    decision: decision.decision,
    reasonCode: decision.reasonCode,
    message: decision.message,
    at,
    headCommit: head,
    approvers,
    ignored: outcomes.flatMap(({ outcome }) => outcome.ignored),
    missing: isApproved ? [] : outcomes.flatMap(({ outcome }) => outcome.missing),
    requirements: {
      name: 'every step to this commit is an approved pull request',
      isMet: isApproved,
      detail: decision.message,
      by: approvers,
      children: outcomes.map(({ pull, outcome }) => ({
        ...outcome.requirements,
        name: `pull request ${pull}`,
      })),
    },
  };
}
