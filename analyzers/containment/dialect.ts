import { isObject } from '../document/document.ts';
import type { Dialect } from './schema-source.ts';

/** The dialect that a `$schema` names, or undefined for one that is not known here. */
export function dialectNamed(metaSchema: string): Dialect | undefined {
  const draft = /^https?:\/\/json-schema\.org\/draft-0([467])\/(?:hyper-)?schema#?$/.exec(metaSchema)?.[1];
  if (draft === '4') return 'draft-04';
  if (draft === '6') return 'draft-06';
  if (draft === '7') return 'draft-07';
  const year = /^https?:\/\/json-schema\.org\/draft\/(2019-09|2020-12)\/(?:hyper-)?schema#?$/.exec(
    metaSchema,
  )?.[1];
  return year === '2019-09' || year === '2020-12' ? year : undefined;
}

/** What `$schema` says at the head of a schema; undefined where it says nothing that is known. */
export function declaredDialect(schema: unknown): Dialect | undefined {
  const named = isObject(schema) ? schema['$schema'] : undefined;
  return typeof named === 'string' ? dialectNamed(named) : undefined;
}

/**
 * The dialect of a document without `$schema`: the newest in which what it says has a meaning. Keywords that only an
 * older or a newer draft knows tell which that is.
 */
export function guessDialect(document: unknown): Dialect {
  const seen = new Set<object>();
  const pending: unknown[] = [document];
  let found: Dialect = '2020-12';
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (isObject(value)) {
      if (typeof value['exclusiveMinimum'] === 'boolean' || typeof value['exclusiveMaximum'] === 'boolean') {
        return 'draft-04';
      }
      if ('$recursiveRef' in value || '$recursiveAnchor' in value) found = '2019-09';
      else if (Array.isArray(value['items']) && found === '2020-12') {
        found = 'draft-07';
      }
      if (
        found === 'draft-07' &&
        ['unevaluatedItems', 'unevaluatedProperties', 'dependentSchemas', 'dependentRequired'].some(
          (keyword) => keyword in value,
        )
      ) {
        found = '2019-09';
      }
    }
    for (const part of Object.values(value)) pending.push(part);
  }
  return found;
}
