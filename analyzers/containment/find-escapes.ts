import type { ContainmentOptions, Escape } from './escape.ts';
import { maxStepsInAll, openComparison, placeOf, type Comparison } from './comparison.ts';
import { escapeOf, localize } from './localize.ts';
import type { SchemaSource } from './schema-source.ts';

/**
 * Is everything that one schema accepts accepted by the other? No escapes: it is, and that is proved. The whole question
 * is asked first; where the answer is not a plain yes, it is asked again of every keyword of the rejecting schema, so
 * that each escape names the keyword, its place, and a document of its own.
 */
export function findEscapes(
  accepting: SchemaSource,
  rejecting: SchemaSource,
  options: ContainmentOptions,
): Escape[] {
  const comparison = openComparison(accepting, rejecting, options, false);
  const { ask, whole } = comparison;
  const answer = ask(whole.accepting, whole.rejecting, maxStepsInAll);
  const root = { keyword: '', place: '', accepting: placeOf(accepting), rejecting: placeOf(rejecting) };
  if (answer.outcome !== 'none') {
    const escapes = localize(comparison);
    if (escapes.length > 0) return escapes;
    // Every keyword on its own is fine, and all of them together are not: only where scopes are dynamic.
    const isProved = answer.outcome === 'unknown' && !comparison.isDynamic;
    if (!isProved) return [escapeOf(answer, comparison, root)];
  }
  const refuting = refutationOf(comparison, options);
  if (refuting === undefined) return [];
  const text = JSON.stringify(refuting.document).slice(0, 200);
  const reason = `ajv takes ${text} before and refuses it after, though ${refuting.letter}`;
  return [{ outcome: 'unproven', ...root, reason }];
}

/** A document of which ajv says the opposite of what was proved. */
function refutationOf(
  { accepts, rejects, readOtherwise, refuted }: Comparison,
  options: ContainmentOptions,
): { document: unknown; letter: string } | undefined {
  const letter = readOtherwise();
  if (letter !== undefined) {
    const { ask, whole } = openComparison(accepts, rejects, options, true);
    const answer = ask(whole.accepting, whole.rejecting, maxStepsInAll);
    if (answer.outcome === 'some') return { document: answer.value, letter: `to the letter ${letter}` };
  }
  const refuting = options.undeclared === 'any' ? refuted() : undefined;
  return refuting && { ...refuting, letter: 'the keywords say otherwise' };
}
