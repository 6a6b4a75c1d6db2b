import { entriesOf, isObject, pointerTo } from '../../document/document.ts';
import type { SchemaDocuments } from './schema-documents.ts';
import { keyOfPlace, type SchemaPlace } from '../schema-source.ts';

const maxVisited = 2_000;

/**
 * The keys that a schema describes, in whichever of its branches. Undefined where it says itself what other keys hold,
 * or is not about objects at all.
 */
export function declaredNames(
  documents: SchemaDocuments,
  start: SchemaPlace,
): { names: string[]; patterns: string[] } | undefined {
  const names = new Set<string>();
  const patterns = new Set<string>();
  const seen = new Set<string>();
  const pending: SchemaPlace[] = [start];
  let describesObjects = false;
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { uri, pointer } = place;
    const key = keyOfPlace(place);
    const schema = documents.valueOf(place);
    if (seen.has(key) || !isObject(schema)) continue;
    seen.add(key);
    if (seen.size > maxVisited) return undefined;
    if (schema['additionalProperties'] !== undefined && schema['additionalProperties'] !== false)
      return undefined;
    if (schema['unevaluatedProperties'] !== undefined && schema['unevaluatedProperties'] !== false)
      return undefined;
    if (schema['x-kubernetes-preserve-unknown-fields'] === true) return undefined;
    const { type } = schema;
    if (type === 'object' || (Array.isArray(type) && type.includes('object'))) describesObjects = true;
    for (const [name] of entriesOf(schema['properties'])) names.add(name);
    // What has to be there is sent, described or not.
    const required: unknown = schema['required'];
    for (const name of Array.isArray(required) ? required : []) if (typeof name === 'string') names.add(name);
    for (const [pattern] of entriesOf(schema['patternProperties'])) patterns.add(pattern);
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
      const list: unknown = schema[keyword];
      if (!Array.isArray(list)) continue;
      for (const index of list.keys()) {
        pending.push({ uri, pointer: pointerTo(pointerTo(pointer, keyword), index) });
      }
    }
    for (const keyword of ['if', 'then', 'else']) {
      if (isObject(schema[keyword])) pending.push({ uri, pointer: pointerTo(pointer, keyword) });
    }
    for (const keyword of ['dependentSchemas', 'dependencies']) {
      for (const [name] of entriesOf(schema[keyword])) {
        pending.push({ uri, pointer: pointerTo(pointerTo(pointer, keyword), name) });
      }
    }
    const reference = schema['$ref'];
    const resolved = typeof reference === 'string' ? documents.resolve(reference, place) : undefined;
    if (resolved?.ok === true) pending.push(resolved.place);
  }
  if (names.size === 0 && patterns.size === 0 && !describesObjects) return undefined;
  return { names: [...names].sort(), patterns: [...patterns].sort() };
}
