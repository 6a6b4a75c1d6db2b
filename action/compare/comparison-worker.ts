/** The process in which texts from anywhere are compared: when one takes too much, only this process ends. */
import { compareTexts } from '../../analyzers/compare/compare-texts.ts';
import type { Comparison, ComparisonOutcome } from '../../analyzers/compare/comparison.ts';

export interface ComparisonRequest {
  number: number;
  comparison: Comparison;
}

export type ComparisonReply =
  | { number: number; outcome: ComparisonOutcome }
  /** Not expected: a fault of ours, said in one sentence. */
  | { number: number; fault: string };

if (process.send !== undefined) {
  const answer = (reply: ComparisonReply) => process.send?.(reply);
  process.on('message', ({ number, comparison }: ComparisonRequest) => {
    compareTexts(comparison).then(
      (outcome) => answer({ number, outcome }),
      (error: unknown) => {
        const fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        answer({ number, fault });
      },
    );
  });
}
