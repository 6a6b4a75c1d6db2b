import type { Finding } from '../../analyzers/finding.ts';
import type { CheckOutcome } from '../commands/run-check.ts';
import { describeWaiver, printable } from '../report/describe-finding.ts';
import type { Repository } from './octokit.ts';
import { statusOf } from './octokit.ts';
import { reportMarkdown, titleOf, worstFirst } from './report-markdown.ts';

export const checkRunName = 'Evenkeel / check';

// GitHub's limits: annotations an API call, characters of a summary, bytes of an annotation's message.
const annotationsPerCall = 50;
const maxSummaryBytes = 65_535;
const maxMessageBytes = 60_000;
/** Beyond this nobody reads on; the summary counts the rest. */
const maxAnnotations = 500;

interface Annotation {
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

/**
 * Publishes the check on a commit, with annotations, the worst first. `externalId` names this attempt of this run: a
 * call that is repeated finds what an earlier one made, and sends only the annotations that are still missing.
 */
export async function publishCheckRun(
  { github, owner, repo }: Repository,
  commit: string,
  externalId: string,
  outcome: CheckOutcome,
): Promise<void> {
  const annotations = worstFirst(outcome.findings).slice(0, maxAnnotations).map(annotationOf);
  const output = { title: titleOf(outcome), summary: reportMarkdown(outcome, maxSummaryBytes) };
  const find = async (): Promise<{ id: number; annotations: number } | undefined> => {
    const runs = await github.paginate(github.rest.checks.listForRef, {
      owner,
      repo,
      ref: commit,
      check_name: checkRunName,
      filter: 'all',
      per_page: 100,
    });
    const own = runs.find((run) => run.external_id === externalId);
    return own === undefined ? undefined : { id: own.id, annotations: own.output.annotations_count };
  };
  const create = async (): Promise<{ id: number; annotations: number }> => {
    const { data } = await github.rest.checks.create({
      owner,
      repo,
      name: checkRunName,
      head_sha: commit,
      external_id: externalId,
      status: 'in_progress',
      output,
      request: { retries: 0 },
    });
    return { id: data.id, annotations: 0 };
  };
  const run = await findOrCreate(find, create);
  let { annotations: sent } = run;
  for (let failures = 0; ;) {
    const batch = annotations.slice(sent, sent + annotationsPerCall);
    const isLast = sent + batch.length >= annotations.length;
    try {
      await github.rest.checks.update({
        owner,
        repo,
        check_run_id: run.id,
        output: { ...output, annotations: batch },
        ...(isLast ? { status: 'completed' as const, conclusion: conclusionOf(outcome) } : {}),
        request: { retries: 0 },
      });
      if (isLast) return;
      sent += batch.length;
    } catch (error) {
      // Annotations are added to those that are there: what a failed call did has to be looked at before the next.
      if (++failures >= 3 || (statusOf(error) ?? 500) < 500) throw error;
      sent = (await find())?.annotations ?? sent;
    }
  }
}

/** Makes something at most once: when making it fails, it is looked for before it is made again. */
export async function findOrCreate<Made>(
  find: () => Promise<Made | undefined>,
  create: () => Promise<Made>,
): Promise<Made> {
  for (let attempt = 1; ; attempt++) {
    const found = await find();
    if (found !== undefined) return found;
    try {
      return await create();
    } catch (error) {
      if (attempt >= 3 || (statusOf(error) ?? 500) < 500) throw error;
    }
  }
}

function conclusionOf({ verdict }: CheckOutcome): 'success' | 'failure' | 'neutral' {
  // Waiting is neutral: GitHub's own review rules hold the merge, and `deploy` asks for the approval again.
  return verdict.decision === 'allow' ? 'success' : verdict.decision === 'block' ? 'failure' : 'neutral';
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
    message: cut(`${printable(finding.message)}\n${before}${told}`),
  };
}

function cut(text: string): string {
  return Buffer.byteLength(text) <= maxMessageBytes ? text : text.slice(0, maxMessageBytes / 4);
}
