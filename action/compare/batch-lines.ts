import type { Readable } from 'node:stream';
import type { ComparedVerdict, ComparisonOutcome } from '../../analyzers/compare/comparison.ts';
import { unprovenOutcome } from '../../analyzers/compare/outcome-of.ts';
import { readBatchLine, type BatchId } from '../../analyzers/compare/read-batch-line.ts';
import { compareRules } from '../../analyzers/compare/rules.ts';
import type { Finding } from '../../analyzers/finding.ts';
import { linesOf } from '../commands/lines-of.ts';
import type { ComparisonRunner } from './comparison-runner.ts';

/** Two versions of 50 MB each fit; a longer line is skipped to its end and answered. */
export const maxLineBytes = 200 * 1024 * 1024;

/** One line of the answer. `path` only where the question had paths. */
export interface BatchAnswer {
  id: BatchId | null;
  verdict: ComparedVerdict;
  findings: (Pick<Finding, 'ruleId' | 'level' | 'message' | 'span' | 'beforeSpan' | 'witness'> & {
    path?: string;
  })[];
}

export interface BatchTotals {
  verdicts: Record<ComparedVerdict, number>;
  /** Lines that were no question. */
  unreadable: number;
}

/**
 * Answers every line in order, one at a time: nothing further is read while one is compared, so memory is bounded by
 * the longest line. `at` is the day that the answers are for. A line that is no question is answered as well, and nothing stops before the end.
 */
export async function answerBatch(
  input: Readable,
  runner: ComparisonRunner,
  at: string,
  print: (answer: BatchAnswer) => void,
): Promise<BatchTotals> {
  const totals: BatchTotals = { verdicts: { compatible: 0, breaking: 0, unproven: 0 }, unreadable: 0 };
  let number = 0;
  for await (const line of linesOf(input, maxLineBytes)) {
    number++;
    if (line !== null && line.trim() === '') continue;
    const answer = await answerLine(line, number, runner, at);
    totals.verdicts[answer.verdict]++;
    if (answer.findings.some(({ ruleId }) => ruleId === compareRules.readInput.id)) totals.unreadable++;
    print(answer);
  }
  return totals;
}

async function answerLine(
  line: string | null,
  number: number,
  runner: ComparisonRunner,
  at: string,
): Promise<BatchAnswer> {
  const read =
    line === null
      ? {
          ok: false as const,
          id: null,
          message: `the line is longer than ${maxLineBytes} bytes, or no UTF-8`,
        }
      : readBatchLine(line);
  if (read.ok) return answerOf(read.id, await runner.run({ ...read.comparison, at }), read.hasPaths);
  const start = { line: number, column: 1 };
  const span = { start, end: { line: number, column: (line ?? '').length + 1 } };
  const report = { path: '', key: 'line', message: read.message, span };
  return answerOf(read.id, unprovenOutcome(compareRules.readInput, report), false);
}

function answerOf(
  id: BatchId | null,
  { verdict, findings }: ComparisonOutcome,
  hasPaths: boolean,
): BatchAnswer {
  return {
    id,
    verdict,
    findings: findings.map(({ ruleId, level, message, path, span, beforeSpan, witness }) => ({
      ruleId,
      level,
      message,
      ...(hasPaths ? { path } : {}),
      ...(span && { span }),
      ...(beforeSpan && { beforeSpan }),
      ...(witness === undefined ? {} : { witness }),
    })),
  };
}
