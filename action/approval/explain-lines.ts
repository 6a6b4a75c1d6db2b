import type { Readable } from 'node:stream';
import type { ApprovalOutcome } from '../../policies/approval/decide-approval.ts';
import { decideValue } from '../../policies/approval/decide-by-evidence.ts';
import { rejectOutright } from '../../policies/approval/decide-approval.ts';
import { linesOf } from '../commands/lines-of.ts';

/** A pull request with 3,000 files and 5,000 comments fits many times over. */
const maxLineBytes = 64 * 1024 * 1024;

export type ExplainTotals = Record<ApprovalOutcome['decision'] | 'unreadable', number>;

/**
 * Answers every line of JSON with one decision, in order, before it reads the next: memory is bounded by the longest
 * line. A line that is no evidence is rejected, and nothing stops before the end. Empty lines are passed over.
 */
export async function explainLines(
  input: Readable,
  at: string,
  print: (outcome: ApprovalOutcome) => void,
): Promise<ExplainTotals> {
  const totals: ExplainTotals = { approved: 0, pending: 0, rejected: 0, skipped: 0, unreadable: 0 };
  for await (const line of linesOf(input, maxLineBytes)) {
    if (line?.trim() === '') continue;
    const outcome = decideLine(line, at);
    if (outcome.reasonCode === 'evidence-invalid') totals.unreadable++;
    else totals[outcome.decision]++;
    print(outcome);
  }
  return totals;
}

function decideLine(line: string | null, at: string): ApprovalOutcome {
  const unreadable = (message: string) =>
    rejectOutright('evidence-invalid', 'the evidence has the documented shape', message, '', at);
  if (line === null) return unreadable(`the line is longer than ${maxLineBytes} bytes, or no UTF-8`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return unreadable('the line is not JSON: write one evidence value a line');
  }
  return decideValue(value, at);
}
