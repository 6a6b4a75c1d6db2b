import { execFileSync } from 'node:child_process';
import { error as annotateError, notice, summary, warning, type AnnotationProperties } from '@actions/core';
import { runCheck, type CheckOutcome } from '../commands/run-check.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import type { Inputs } from '../inputs.ts';
import { formatCheck } from '../report/text.ts';
import { describeWaiver, printable } from '../report/describe-finding.ts';
import type { WorkflowEvent } from './event.ts';
import { worstFirst } from './report-markdown.ts';
import { stepSummaryOf } from './step-summary.ts';

// GitHub shows at most 10 annotations of a level per step.
const annotationsPerLevel = 10;

/**
 * Checks the event's change, with the commands that the policy declares, and shows the result in the step summary and as
 * annotations through the log. It asks GitHub for nothing: this job runs the code of a pull request, so that its token
 * can only read. What is written into a pull request is written by `reviewInWorkflow`.
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
    asksPages: true,
    ...(base === undefined ? {} : { base }),
    ...(inputs.service === undefined ? {} : { service: inputs.service }),
  });
  await writeStepSummary(outcome, context);
  annotate(outcome);
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
  if (event.name === 'merge_group') {
    const { baseCommit, headCommit } = event.group;
    return { base: inputs.base ?? baseCommit, head: inputs.head ?? headCommit };
  }
  if (event.name !== 'pull_request' && event.name !== 'pull_request_review')
    return { base: inputs.base, head: inputs.head ?? event.commit };
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
