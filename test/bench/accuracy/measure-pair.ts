import { findEscapes } from '../../../analyzers/containment/find-escapes.ts';
import type { Escape } from '../../../analyzers/containment/escape.ts';
import type { SchemaPair } from './draw-pair.ts';
import { judgeOf, sampleEscape } from './sample-truth.ts';

export interface Measured {
  pair: SchemaPair;
  verdict: 'compatible' | 'breaking' | 'unproven' | 'failed';
  milliseconds: number;
  /** What was left undecided, without the parts that are of this pair alone. */
  reasons: readonly string[];
  wrong?: {
    what: 'refuted' | 'unconfirmed' | 'threw' | 'differs';
    value?: unknown;
    detail?: string;
  };
  /** A sample shows the break that the engine left undecided. */
  missed?: { value: unknown };
}

/** The engine's answer about one pair, held against samples; undefined for a pair that ajv cannot read. */
export function measurePair(pair: SchemaPair, seed: number): Measured | undefined {
  const { before, after, dialect } = pair;
  const judges = [judgeOf(before, dialect), judgeOf(after, dialect)] as const;
  const [takes, takesAfter] = judges;
  if (takes === undefined || takesAfter === undefined) return undefined;
  const start = performance.now();
  let escapes: Escape[];
  try {
    const source = (root: unknown) => ({ root, pointer: '', dialect });
    escapes = findEscapes(source(before), source(after), { undeclared: 'any' });
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const milliseconds = performance.now() - start;
    return { pair, verdict: 'failed', milliseconds, reasons: [], wrong: { what: 'threw', detail } };
  }
  const milliseconds = performance.now() - start;
  const verdict = escapes.some(({ outcome }) => outcome === 'breaking')
    ? 'breaking'
    : escapes.length > 0
      ? 'unproven'
      : 'compatible';
  const reasons = escapes.filter(({ outcome }) => outcome === 'unproven').map(reasonOf);
  const measured: Measured = { pair, verdict, milliseconds, reasons };

  for (const { outcome, witness, keyword } of escapes) {
    if (outcome !== 'breaking' || (takes(witness) && !takesAfter(witness))) continue;
    return { ...measured, wrong: { what: 'unconfirmed', value: witness, detail: keyword } };
  }
  if (pair.origin === 'rewritten' && verdict === 'breaking')
    return { ...measured, wrong: { what: 'differs' } };
  if (verdict === 'breaking') return measured;
  const sample = sampleEscape(pair, [takes, takesAfter], seed);
  if (sample === undefined) return measured;
  if (verdict === 'compatible') return { ...measured, wrong: { what: 'refuted', value: sample.value } };
  return { ...measured, missed: sample };
}

function reasonOf({ keyword, reason = '' }: Escape): string {
  const general = reason.replaceAll(/"[^"]*"|'[^']*'|\/[^ ]*|\d+/g, '…');
  return `${keyword}: ${general}`.slice(0, 120);
}
