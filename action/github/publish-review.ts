import type { Verdict } from '../../policies/verdict.ts';
import { approvalMarkdown, approvalTitle } from './approval-markdown.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { gatesOf } from './gate-view.ts';
import { gitHubFailure, type Repository } from './octokit.ts';
import { listRuns, publishGate } from './publish-gate.ts';
import { leftOutNote, reportMarkdown } from './report-markdown.ts';
import type { ReviewResult } from './review-result.ts';
import { keepStickyComment, maxSectionBytes } from './sticky-comment.ts';

// GitHub refuses a step summary of more than 1 MiB, of all reviews of one step together.
const maxSummaryBytes = 900_000;
const maxApprovalBytes = 20_000;

/**
 * Shows the result in its pull request: two check runs and the comment. Repeated, it changes nothing; a result that is
 * older than what is shown is not shown. `isCurrent` is asked before the comment is written, which belongs to no commit.
 */
export async function publishReview(
  repository: Repository,
  result: ReviewResult,
  options: { now(): Date; hasComment: boolean; isCurrent(): Promise<boolean>; progress(line: string): void },
): Promise<void> {
  const { number, headCommit } = result.pull;
  try {
    const runs = await listRuns(repository, headCommit);
    const now = options.now().toISOString();
    let botLogin: string | null = null;
    for (const gate of gatesOf(result)) {
      const published = await publishGate(repository, headCommit, gate, { at: result.at, now, runs });
      botLogin ??= published.botLogin;
      if (published.state === 'newer')
        options.progress(
          `${gate.name} on ${headCommit.slice(0, 12)} shows what was read later, and is left as it is`,
        );
    }
    if (!options.hasComment) return;
    const section = {
      name: 'review',
      at: result.at,
      markdown: reviewMarkdown(result, maxSectionBytes.review),
    } as const;
    const isCurrent = (): Promise<boolean> => options.isCurrent();
    const written = await keepStickyComment(repository, number, section, { now, botLogin, isCurrent });
    if (written === 'newer')
      options.progress(`the comment in pull request ${number} is about a later state, and is left as it is`);
  } catch (error) {
    throw gitHubFailure(`the result of pull request ${number} could not be written`, error);
  }
}

/** The whole result as Markdown: the comment, and a part of the step summary. */
export function reviewMarkdown(result: ReviewResult, maxBytes: number): string {
  const { check, approval } = result;
  const approvalText =
    'failure' in approval
      ? undecided('Approval', approval.failure.message)
      : approvalMarkdown(approval.outcome, Math.min(maxApprovalBytes, maxBytes / 2));
  const opening = openingOf(result);
  const roomBytes = maxBytes - Buffer.byteLength(approvalText) - Buffer.byteLength(opening) - 4;
  const isApproved = 'outcome' in approval && approval.outcome.decision === 'approved';
  const checkText =
    'failure' in check
      ? undecided('Check', check.failure.message)
      : reportMarkdown(
          isApproved ? { ...check.outcome, verdict: result.verdict } : check.outcome,
          roomBytes,
          leftOutNote(check.outcome.leftOut),
          'Check',
        );
  return `${opening}\n\n${checkText}\n\n${approvalText}`;
}

const words = {
  allow: 'Allowed',
  'await-approval': 'Waiting for approval',
  block: 'Blocked',
} as const satisfies Record<Verdict['decision'], string>;

/** What holds of both together, and the first reason: a check that found nothing is no verdict while somebody is missing. */
function openingOf({ verdict, pull }: ReviewResult): string {
  const { decision, reasons } = verdict;
  if (decision === 'allow' && !pull.isBaseGuarded) {
    const branch = escapeMarkdown(pull.baseBranch.slice(0, 200));
    return `### Evenkeel: No success for a branch that no rule protects\n\nNothing stands against this change. Whoever may push to ${branch} can change the policy in it, so this says nothing about another branch.`;
  }
  const reason = escapeMarkdown((reasons[0]?.message ?? verdict.reasonCode).slice(0, 1000).toWellFormed());
  return `### Evenkeel: ${words[decision]}\n\n${reason}`;
}

export function summaryOf(results: readonly ReviewResult[]): string {
  const each = Math.floor(maxSummaryBytes / Math.max(1, results.length));
  return results
    .map((result) => `## Pull request ${result.pull.number}\n\n${reviewMarkdown(result, each)}`)
    .join('\n\n');
}

/** For the log and the outputs: a line each for the check and the approval. */
export function describeReview({ pull, check, approval, verdict }: ReviewResult): string {
  const about = `pull request ${pull.number} at ${pull.headCommit.slice(0, 12)}`;
  const lines = [
    `${about}: ${verdict.decision} (${verdict.reasonCode})`,
    ...('failure' in check ? [`check: ${check.failure.message}`] : []),
    `approval: ${'failure' in approval ? approval.failure.message : approvalTitle(approval.outcome)}`,
    verdict.reasons[0]?.message ?? verdict.decision,
  ];
  return lines.join('\n');
}

function undecided(what: string, message: string): string {
  return `### ${what}: could not be decided\n\n${escapeMarkdown(message).slice(0, 10_000)}`;
}
