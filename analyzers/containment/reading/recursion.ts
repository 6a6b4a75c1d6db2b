import { isObject, pointerTo } from '../../document/document.ts';
import type { SchemaDocuments } from './schema-documents.ts';
import { keyOfPlace, type SchemaPlace } from '../schema-source.ts';

const maxWalked = 100_000;

export interface Recursion {
  /** Whether the schema at a place leads back to itself. Such ones are read part by part; all others as a whole. */
  isRecursive(place: SchemaPlace): boolean;
  /** Whether it demands of a value, in the end, what it demands of that same value: then it means nothing. */
  isGroundless(place: SchemaPlace): boolean;
  /** Places that the references below a place lead to, directly. */
  targetsOf(place: SchemaPlace): readonly SchemaPlace[];
}

/** Follows references from any place on; what was followed once is remembered. */
export function findRecursion(documents: SchemaDocuments): Recursion {
  const targets = new Map<string, SchemaPlace[]>();
  const answers = new Map<string, boolean>();
  const groundless = new Map<string, boolean>();

  const targetsOf = (place: SchemaPlace): SchemaPlace[] => {
    const key = keyOfPlace(place);
    const known = targets.get(key);
    if (known !== undefined) return known;
    const found = new Map<string, SchemaPlace>();
    const pending = [{ value: documents.valueOf(place), pointer: place.pointer }];
    for (let walked = 0; walked < maxWalked; walked++) {
      const next = pending.pop();
      if (next === undefined) break;
      const { value, pointer } = next;
      if (typeof value !== 'object' || value === null) continue;
      if (isObject(value)) {
        for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
          const reference = value[keyword];
          if (typeof reference !== 'string') continue;
          const resolved = documents.resolve(reference, { uri: place.uri, pointer });
          if (resolved.ok) found.set(keyOfPlace(resolved.place), resolved.place);
        }
      }
      for (const [key, child] of Object.entries(value)) {
        if (typeof child === 'object') pending.push({ value: child, pointer: pointerTo(pointer, key) });
      }
    }
    const list = [...found.values()];
    targets.set(key, list);
    return list;
  };

  const isRecursive = (place: SchemaPlace): boolean => {
    const key = keyOfPlace(place);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const seen = new Set<string>();
    const pending = [...targetsOf(place)];
    let leadsBack = false;
    for (let next = pending.pop(); next !== undefined && !leadsBack; next = pending.pop()) {
      const at = keyOfPlace(next);
      // A reference to something around the place leads back to it as well.
      leadsBack = at === key || (next.uri === place.uri && isAround(next.pointer, place.pointer));
      if (seen.has(at)) continue;
      seen.add(at);
      pending.push(...targetsOf(next));
    }
    answers.set(key, leadsBack);
    return leadsBack;
  };
  const isGroundless = (place: SchemaPlace): boolean => {
    const key = keyOfPlace(place);
    const known = groundless.get(key);
    if (known !== undefined) return known;
    const seen = new Set<string>();
    const pending = [...inPlaceOf(documents, place)];
    let leadsBack = false;
    for (let next = pending.pop(); next !== undefined && !leadsBack; next = pending.pop()) {
      const at = keyOfPlace(next);
      leadsBack = at === key;
      if (seen.has(at) || seen.size > maxWalked) continue;
      seen.add(at);
      pending.push(...inPlaceOf(documents, next));
    }
    groundless.set(key, leadsBack);
    return leadsBack;
  };
  return { isRecursive, isGroundless, targetsOf };
}

const inPlaceKeywords = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'];
const perNameKeywords = ['dependencies', 'dependentSchemas'];

/** The schemas that a schema has the same value judged by: not those of its properties and elements. */
function inPlaceOf(documents: SchemaDocuments, place: SchemaPlace): SchemaPlace[] {
  const value = documents.valueOf(place);
  if (!isObject(value)) return [];
  const found: SchemaPlace[] = [];
  const within = (...tokens: (string | number)[]) =>
    found.push({ uri: place.uri, pointer: tokens.reduce<string>(pointerTo, place.pointer) });
  for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
    const reference = value[keyword];
    const resolved = typeof reference === 'string' ? documents.resolve(reference, place) : undefined;
    if (resolved?.ok === true) found.push(resolved.place);
  }
  for (const keyword of inPlaceKeywords) {
    const part = value[keyword];
    if (Array.isArray(part)) for (const index of part.keys()) within(keyword, index);
    else if (isObject(part)) within(keyword);
  }
  for (const keyword of perNameKeywords) {
    const parts = value[keyword];
    if (isObject(parts)) for (const name of Object.keys(parts)) within(keyword, name);
  }
  return found;
}

function isAround(outer: string, inner: string): boolean {
  return inner.startsWith(`${outer}/`);
}
