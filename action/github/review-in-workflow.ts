/**
 * The door of the workflow that may write. An event only says which pull requests to look at; a forged, late or repeated
 * one makes this look once more and nothing else.
 */
import { setTimeout } from 'node:timers/promises';
import { summary } from '@actions/core';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { inputFailure } from '../../stacks/failure.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import type { Inputs } from '../inputs.ts';
import { printable } from '../report/describe-finding.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import type { WorkflowEvent } from './event.ts';
import { gatherPullEvidence } from './gather/gather-pull-evidence.ts';
import { gitHubFailure, openGitHub, type Repository } from './octokit.ts';
import { describeReview, publishReview, summaryOf } from './publish-review.ts';
import { readQueueBranch, readQueueHead, reviewGroup } from './review-group.ts';
import { readPull, reviewPull, type CurrentPull, type ReviewContext } from './review-pull.ts';
import type { ReviewResult } from './review-result.ts';

const maxReadings = 4;
const pauseMs = 1000;

type Gather = (number: number, pull?: CurrentPull) => Promise<ApprovalEvidence>;

type Target = { pull: number } | { group: { headBranch: string; headCommit: string } };

/** Reviews what the event is about, and shows it. Several (a schedule) are reviewed one after the other. */
export async function reviewInWorkflow(
  event: WorkflowEvent,
  inputs: Inputs,
  context: CommandContext,
): Promise<CommandResult> {
  const { owner, repository: repo } = event;
  const repository: Repository = {
    github: openGitHub(inputs.token, context.env, (line) => context.progress(line)),
    owner,
    repo,
  };
  const directory = repositoryRoot(context.workingDirectory);
  const { env, signal } = context;
  const fetching = { repository: directory, token: inputs.token, env, signal };
  const review: ReviewContext = { repository, fetching, context };
  const targets = await targetsOf(event, repository);
  const results: ReviewResult[] = [];
  const failures: string[] = [];
  for (const target of targets) {
    if (signal.aborted) break;
    try {
      const result = await reviewTarget(review, target);
      if (result !== null) results.push(result);
    } catch (error) {
      // Where several are looked at, one that cannot be written does not keep the others from being seen.
      if (targets.length === 1) throw error;
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (env['GITHUB_STEP_SUMMARY'] !== undefined && results.length > 0)
    await summary.addRaw(summaryOf(results), true).write();
  return resultOf(results, failures);
}

async function reviewTarget(review: ReviewContext, target: Target): Promise<ReviewResult | null> {
  const { repository, context } = review;
  const gather: Gather = (number, pull) =>
    gatherPullEvidence(repository, number, {
      fetching: review.fetching,
      ...(pull === undefined ? {} : { pull: pull.data }),
    });
  const shown = { now: () => context.now(), progress: (line: string) => context.progress(line) };
  if ('group' in target) {
    const { headBranch, headCommit } = target.group;
    if ((await readQueueHead(repository, headBranch)) !== headCommit) {
      context.progress(`${printable(headBranch)} no longer waits in the merge queue: nothing to decide`);
      return null;
    }
    const result = await reviewGroup(review, target.group, gather);
    await publishReview(repository, result, {
      ...shown,
      hasComment: false,
      isCurrent: () => Promise.resolve(true),
    });
    return result;
  }
  const reviewed = await reviewHead(review, target.pull, gather);
  if (reviewed === null) return null;
  const { pull, result } = reviewed;
  const isCurrent = async (): Promise<boolean> =>
    (await readPull(repository, pull.number))?.headCommit === pull.headCommit;
  await publishReview(repository, result, { ...shown, hasComment: true, isCurrent });
  return result;
}

/** Reviews the head; null when there is nothing to decide. What GitHub shows of a push it shows in git before the API. */
async function reviewHead(
  review: ReviewContext,
  number: number,
  gather: Gather,
): Promise<{ pull: CurrentPull; result: ReviewResult } | null> {
  const { repository, context } = review;
  for (let reading = 1; ; reading += 1) {
    const pull = await readPull(repository, number);
    if (pull?.isOpen !== true) {
      context.progress(
        `pull request ${number} is ${pull === null ? 'not there' : 'closed'}: nothing to decide`,
      );
      return null;
    }
    const result = await reviewPull(review, pull, () => gather(number, pull));
    // This may be the very run that the push has started: nobody else would look at the new head soon.
    const hasMoved = [result.check, result.approval].some(
      (part) => 'failure' in part && part.failure.reasonCode === 'head-moved',
    );
    if (!hasMoved || reading >= maxReadings || context.signal.aborted) return { pull, result };
    await setTimeout(reading * pauseMs);
  }
}

async function targetsOf(event: WorkflowEvent, repository: Repository): Promise<Target[]> {
  switch (event.name) {
    case 'pull_request':
    case 'pull_request_review':
    case 'pull_request_target':
      return [{ pull: event.pull.number }];
    case 'issue_comment':
      return event.isOnPull ? [{ pull: event.number }] : [];
    case 'merge_group':
      return [{ group: event.group }];
    case 'workflow_run':
      return await targetsOfRun(event, repository);
    case 'schedule':
    case 'workflow_dispatch':
      return await openPulls(repository, {});
    case 'push':
      throw inputFailure(
        'event-unsupported',
        'a push is not reviewed: what it brought has landed; use `command: review` in the workflow that `evenkeel init` writes for approval',
      );
  }
}

/** The run names a branch, maybe of a fork, and GitHub leaves a fork's pull requests out of the event. */
async function targetsOfRun(
  { headCommit, source }: Extract<WorkflowEvent, { name: 'workflow_run' }>,
  repository: Repository,
): Promise<Target[]> {
  if (source === null) return [];
  if (source.owner === repository.owner && readQueueBranch(source.branch) !== null)
    return [{ group: { headBranch: source.branch, headCommit } }];
  return await openPulls(repository, { head: `${source.owner}:${source.branch}` });
}

async function openPulls({ github, owner, repo }: Repository, filter: { head?: string }): Promise<Target[]> {
  try {
    const pulls = await github.paginate(github.rest.pulls.list, {
      owner,
      repo,
      state: 'open',
      ...filter,
      per_page: 100,
    });
    return pulls.map(({ number }) => ({ pull: number }));
  } catch (error) {
    throw gitHubFailure('the open pull requests could not be listed', error);
  }
}

function resultOf(results: readonly ReviewResult[], failures: readonly string[]): CommandResult {
  const [only] = results;
  const text = [...results.map(describeReview), ...failures].map(printableLines).join('\n');
  const reviewed = { reviews: results.map(toJson), failures };
  if (failures.length > 0)
    return { exitCode: 4, decision: 'failed', reasonCode: 'review-failed', result: reviewed, text };
  if (only === undefined)
    return {
      exitCode: 0,
      decision: 'done',
      reasonCode: 'nothing-to-review',
      result: reviewed,
      text: 'no open pull request is behind this event',
    };
  if (results.length > 1)
    return { exitCode: 0, decision: 'done', reasonCode: 'reviewed', result: reviewed, text };
  const { decision, reasonCode } = only.verdict;
  const exitCode = decision === 'block' ? 1 : decision === 'allow' ? 0 : 3;
  return { exitCode, decision, reasonCode, result: reviewed, text };
}

function toJson({ pull, at, check, approval, verdict }: ReviewResult): object {
  const { number, headCommit, baseBranch } = pull;
  return {
    pull: number,
    headCommit,
    baseBranch,
    at,
    verdict,
    approval: 'failure' in approval ? approval : approval.outcome,
    check: 'failure' in check ? check : { findings: check.outcome.findings, leftOut: check.outcome.leftOut },
  };
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
