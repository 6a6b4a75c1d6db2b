import { isDeepStrictEqual } from 'node:util';
import type { Recursion } from './recursion.ts';
import type { SchemaDocuments } from './schema-documents.ts';
import { keyOfPlace, type SchemaPlace } from '../schema-source.ts';

/**
 * Whether a place of one side's documents means the same as the place of that name on the other side: its text is the
 * same, and so is the text of everything that it refers to, however indirectly.
 */
export function findSameParts(
  [documents, recursion]: readonly [SchemaDocuments, Recursion],
  other: SchemaDocuments,
): (place: SchemaPlace) => boolean {
  const equal = new Map<string, boolean>();
  const isEqual = (place: SchemaPlace): boolean => {
    const key = keyOfPlace(place);
    let answer = equal.get(key);
    if (answer === undefined) {
      answer =
        documents.baseOf(place) === other.baseOf(place) &&
        documents.dialectOf(place) === other.dialectOf(place) &&
        isDeepStrictEqual(documents.valueOf(place), other.valueOf(place));
      equal.set(key, answer);
    }
    return answer;
  };
  const answers = new Map<string, boolean>();
  return (start) => {
    const key = keyOfPlace(start);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const seen = new Set<string>();
    const pending = [start];
    let isSame = true;
    for (let place = pending.pop(); place !== undefined && isSame; place = pending.pop()) {
      const at = keyOfPlace(place);
      if (seen.has(at)) continue;
      seen.add(at);
      isSame = isEqual(place);
      if (isSame) pending.push(...recursion.targetsOf(place));
    }
    answers.set(key, isSame);
    return isSame;
  };
}
