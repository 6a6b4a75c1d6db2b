/** The thread in which texts from anywhere are compared: when one of them takes too much, only this thread ends. */
import { isMainThread, parentPort } from 'node:worker_threads';
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

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  port.on('message', ({ number, comparison }: ComparisonRequest) => {
    compareTexts(comparison).then(
      (outcome) => port.postMessage({ number, outcome } satisfies ComparisonReply),
      (error: unknown) => {
        const fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        port.postMessage({ number, fault } satisfies ComparisonReply);
      },
    );
  });
}
