import type { Finding } from '../../analyzers/finding.ts';
import { ownCheckNames } from '../../policies/approval/own-check.ts';
import { describeWaiver, printable } from '../report/describe-finding.ts';
import { approvalMarkdown, approvalTitle } from './approval-markdown.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { leftOutNote, reportMarkdown, titleOf, worstFirst } from './report-markdown.ts';
import type { ReviewResult } from './review-result.ts';

export type GateName = (typeof ownCheckNames)[keyof typeof ownCheckNames];

export type Conclusion = 'success' | 'failure' | 'action_required';

/** One check run as it is to be: everything that is shown, from the one result. */
export interface GateView {
  name: GateName;
  conclusion: Conclusion;
  title: string;
  summary: string;
  annotations: Annotation[];
}

export interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  /** GitHub takes columns only where the annotation is one line. */
  start_column?: number;
  end_column?: number;
  annotation_level: 'notice' | 'warning' | 'failure';
  title: string;
  message: string;
}

// GitHub's limits: characters of a summary, bytes of an annotation's message. Bytes are never fewer than characters.
const maxSummaryBytes = 65_535;
const maxMessageBytes = 60_000;
const maxTitleCharacters = 200;
/** Beyond this nobody reads on; the summary counts the rest. */
const maxAnnotations = 500;

/**
 * What each decision is called on GitHub; the one place that says so. Waiting is never `neutral`: a branch rule that
 * requires a check is content with `neutral` and `skipped`, and would merge what nobody has approved.
 */
const conclusions = {
  allow: 'success',
  'await-approval': 'action_required',
  block: 'failure',
  approved: 'success',
  pending: 'action_required',
  rejected: 'failure',
  // The policy asks nobody about this change, so nobody has looked at it: that lets nothing pass.
  skipped: 'action_required',
} as const satisfies Record<string, Conclusion>;

/** Both check runs of a review. */
export function gatesOf(result: ReviewResult): GateView[] {
  return [checkGate(result), approvalGate(result)].map((gate) => ({
    ...gate,
    // Whoever requires the check for another branch must not be given the answer about this one.
    ...(result.pull.isBaseGuarded || gate.conclusion !== 'success'
      ? {}
      : {
          conclusion: 'action_required' as const,
          title: cutTitle(`${gate.title} (for a branch that no rule protects, so no success is shown)`),
        }),
  }));
}

function checkGate({ check, approval, verdict }: ReviewResult): GateView {
  const name = ownCheckNames.check;
  if ('failure' in check) return { name, conclusion: 'failure', ...undecided(check.failure.message) };
  // Approval has a check run of its own; here it counts only as the second look that an unproven finding asks for.
  const isApproved = 'outcome' in approval && approval.outcome.decision === 'approved';
  const shown = isApproved ? { ...check.outcome, verdict } : check.outcome;
  return {
    name,
    conclusion: conclusions[shown.verdict.decision],
    title: cutTitle(titleOf(shown)),
    summary: reportMarkdown(shown, maxSummaryBytes, leftOutNote(check.outcome.leftOut), 'Check'),
    annotations: worstFirst(check.outcome.findings).slice(0, maxAnnotations).map(annotationOf),
  };
}

function approvalGate({ approval }: ReviewResult): GateView {
  const name = ownCheckNames.approval;
  if ('failure' in approval) return { name, conclusion: 'failure', ...undecided(approval.failure.message) };
  const { outcome } = approval;
  return {
    name,
    conclusion: conclusions[outcome.decision],
    title: cutTitle(approvalTitle(outcome)),
    summary: approvalMarkdown(outcome, maxSummaryBytes),
    annotations: [],
  };
}

/** What could not be decided fails: an answer of before must not stay for what may have changed since. */
function undecided(message: string): Pick<GateView, 'title' | 'summary' | 'annotations'> {
  return {
    title: cutTitle(`Could not be decided: ${printable(message)}`),
    summary: cutText(escapeMarkdown(message)),
    annotations: [],
  };
}

function annotationOf(finding: Finding): Annotation {
  const { span, beforeSpan, waivedBy } = finding;
  const level = { error: 'failure', warning: 'warning', note: 'notice' } as const;
  const told = waivedBy === undefined ? finding.remedy : printable(describeWaiver(waivedBy));
  const before = beforeSpan === undefined ? '' : `Before the change: line ${beforeSpan.start.line}.\n`;
  return {
    path: finding.path,
    start_line: span?.start.line ?? 1,
    end_line: span?.end.line ?? 1,
    // The last column is a part of it here, and of a finding's span it is not.
    ...(span !== undefined && span.start.line === span.end.line && span.end.column > span.start.column
      ? { start_column: span.start.column, end_column: span.end.column - 1 }
      : {}),
    annotation_level: waivedBy === undefined ? level[finding.level] : 'notice',
    title: finding.ruleId,
    message: cutText(`${printable(finding.message)}\n${before}${told}`),
  };
}

function cutTitle(text: string): string {
  const title = printable(text);
  return title.length <= maxTitleCharacters
    ? title
    : `${title.slice(0, maxTitleCharacters - 1).toWellFormed()}…`;
}

function cutText(text: string): string {
  return Buffer.byteLength(text) <= maxMessageBytes
    ? text
    : text.slice(0, maxMessageBytes / 4).toWellFormed();
}
