import type { CheckOutcome } from '../commands/run-check.ts';
import { reportMarkdown } from './report-markdown.ts';

// GitHub refuses a step summary of more than 1 MiB.
const maxSummaryBytes = 1_000_000;

export function stepSummaryOf(outcome: CheckOutcome): string {
  return reportMarkdown(outcome, maxSummaryBytes);
}
