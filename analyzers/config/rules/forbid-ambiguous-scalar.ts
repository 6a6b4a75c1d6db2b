import { defineRule } from '../../analyzer.ts';
import { valueAt, type AmbiguousScalar, type Document } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';

/** `no`, `012`, `22:22`, 9007199254740993: the value depends on who reads it. Only where the change brings it. */
export const forbidAmbiguousScalar = defineRule<ConfigSubject>({
  id: 'config/forbid-ambiguous-scalar',
  level: 'warning',
  covers: ['add', 'rename'],
  problem:
    'Two readers of the format take this value for two different things, so a change of library changes it.',
  remedy:
    'Put it in quotes if it is text; otherwise write it in a way that every reader takes for the same value.',
  check(subject) {
    const { isChanged, path, document } = subject;
    if (!isChanged || document?.ok !== true) return [];
    const ambiguous = document.ambiguousScalars();
    if (ambiguous.length === 0) return [];
    const earlier = subject.before()?.document;
    const known = new Set(
      earlier?.ok === true ? earlier.ambiguousScalars().map((each) => placeOf(earlier, each)) : [],
    );
    // Places that were ambiguous already had no one value that could be kept.
    const unclear = new Set(
      earlier?.ok === true ? earlier.ambiguousScalars().map(({ pointer }) => pointer) : [],
    );
    return ambiguous
      .filter((each) => !known.has(placeOf(document, each)))
      .map(({ pointer, documentIndex, message, span }): Report => {
        const name = pointer === '' ? 'the document' : pointer;
        // Where a value stood before, nobody can say whether it is still the same one.
        const old = earlier?.ok === true ? earlier.documents[documentIndex] : undefined;
        const isMoved = pointer !== '' && !unclear.has(pointer) && valueAt(old, pointer) !== undefined;
        const key = `${documentIndex}:${pointer}`;
        return {
          path,
          key,
          message: `${name} ${message}`,
          span,
          ...(isMoved && { proof: 'unproven' as const }),
        };
      });
  },
});

function placeOf(document: Document, { pointer, documentIndex, message }: AmbiguousScalar): string {
  const value = valueAt(document.documents[documentIndex], pointer);
  return JSON.stringify([documentIndex, pointer, message, value]);
}
