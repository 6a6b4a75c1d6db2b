import { execFileSync } from 'node:child_process';
import { error as annotateError, notice, summary, warning, type AnnotationProperties } from '@actions/core';
import { runCheck, type CheckOutcome } from '../commands/run-check.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import type { Inputs } from '../inputs.ts';
import { formatCheck } from '../report/text.ts';
import { describeWaiver, printable } from '../report/describe-finding.ts';
import type { WorkflowEvent } from './event.ts';
import { reportMarkdown, worstFirst } from './report-markdown.ts';
import { stepSummaryOf } from './step-summary.ts';

type PullRequestEvent = Extract<WorkflowEvent, { name: 'pull_request' }>;

// GitHub shows at most 10 annotations of a level per step.
const annotationsPerLevel = 10;

/**
 * Checks the event's change and shows the result: step summary always; in a pull request also a check run with
 * annotations and one comment, as far as the token may write. What cannot be written is said, and changes nothing
 * about the decision.
 */
export async function checkInWorkflow(
  event: WorkflowEvent,
  inputs: Inputs,
  context: CommandContext,
): Promise<CommandResult> {
  const { base, head } = revisionsOf(event, inputs, context.workingDirectory);
  const outcome = await runCheck({
    directory: context.workingDirectory,
    head,
    context,
    ...(base === undefined ? {} : { base }),
    ...(inputs.service === undefined ? {} : { service: inputs.service }),
  });
  await writeStepSummary(outcome, context);
  const isShown = event.name === 'pull_request' && (await publishToPull(event, inputs, outcome, context));
  if (!isShown) annotate(outcome);
  return resultOf(outcome);
}

/**
 * What is compared. GitHub checks out the merge of a pull request into its base, so that merge beside its first
 * parent is exactly what merging would bring, also when the base has moved on since the branch was made.
 */
function revisionsOf(
  event: WorkflowEvent,
  inputs: Inputs,
  directory: string,
): { base: string | undefined; head: string } {
  if (event.name !== 'pull_request') return { base: inputs.base, head: inputs.head ?? event.commit };
  const { mergeCommit, headCommit, baseCommit } = event.pull;
  const [, first, second] = parentsOf(mergeCommit, directory);
  if (inputs.head === undefined && first !== undefined && second === headCommit) {
    return { base: inputs.base ?? first, head: mergeCommit };
  }
  return { base: inputs.base ?? baseCommit, head: inputs.head ?? headCommit };
}

/** The commit and its parents; nothing when git does not have it (the check then says what is missing). */
function parentsOf(commit: string, directory: string): string[] {
  try {
    return execFileSync('git', ['rev-list', '--parents', '-n', '1', commit], {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(' ');
  } catch {
    return [];
  }
}

async function writeStepSummary(outcome: CheckOutcome, context: CommandContext): Promise<void> {
  if (context.env['GITHUB_STEP_SUMMARY'] === undefined) return;
  await summary.addRaw(stepSummaryOf(outcome), true).write();
}

/** Whether the annotations are on GitHub. A token that may not write, as on every fork, is no failure. */
async function publishToPull(
  event: PullRequestEvent,
  inputs: Inputs,
  outcome: CheckOutcome,
  context: CommandContext,
): Promise<boolean> {
  const { isForbidden, openGitHub, gitHubFailure } = await import('./octokit.ts');
  const { publishCheckRun } = await import('./check-run.ts');
  const { maxCommentBytes, updateStickyComment } = await import('./sticky-comment.ts');
  const github = openGitHub(inputs.token, context.env, (line) => context.progress(line));
  const repository = { github, owner: event.owner, repo: event.repository };
  const attempt = async (what: string, publish: () => Promise<void>): Promise<boolean> => {
    try {
      await publish();
      return true;
    } catch (error) {
      if (!isForbidden(error)) throw gitHubFailure(`${what} could not be written`, error);
      const why = event.pull.isFork
        ? 'this pull request comes from a fork, whose token can only read'
        : 'the token may not write it; give the job `checks: write` and `pull-requests: write`';
      context.progress(`${what} is left out: ${why}; the step summary has the result`);
      return false;
    }
  };
  const { headCommit, number } = event.pull;
  const attemptId = `evenkeel/${context.env['GITHUB_RUN_ID'] ?? '0'}/${context.env['GITHUB_RUN_ATTEMPT'] ?? '1'}/${context.env['GITHUB_JOB'] ?? ''}`;
  const isShown = await attempt('the check run', () =>
    publishCheckRun(repository, headCommit, attemptId, outcome),
  );
  await attempt('the comment', () =>
    updateStickyComment(repository, number, reportMarkdown(outcome, maxCommentBytes)),
  );
  return isShown;
}

/** Annotations through the runner's log, which need no token. */
function annotate(outcome: CheckOutcome): void {
  const shown = { error: 0, warning: 0, note: 0 };
  const tell = { error: annotateError, warning, note: notice };
  for (const finding of worstFirst(outcome.findings)) {
    const { span, waivedBy } = finding;
    const level = waivedBy === undefined ? finding.level : 'note';
    if (++shown[level] > annotationsPerLevel) continue;
    const properties: AnnotationProperties = {
      title: finding.ruleId,
      file: finding.path,
      ...(span === undefined ? {} : { startLine: span.start.line, endLine: span.end.line }),
    };
    const rest = waivedBy === undefined ? finding.remedy : printable(describeWaiver(waivedBy));
    tell[level](`${printable(finding.message)} - ${rest}`, properties);
  }
}

function resultOf(outcome: CheckOutcome): CommandResult {
  const { verdict, isAdoption, findings, claims, unclaimed, base, head, changedPaths } = outcome;
  const { decision, reasonCode } = verdict;
  return {
    exitCode: decision === 'block' ? 1 : decision === 'allow' ? 0 : 3,
    decision,
    reasonCode,
    result: { verdict, isAdoption, findings, claims, unclaimed, base, head, changedPaths },
    text: formatCheck(outcome),
  };
}
