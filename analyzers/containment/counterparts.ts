import { isObject, pointerTo } from '../document/document.ts';
import type { Step } from './reading/keyword-reading.ts';
import type { SchemaDocuments } from './reading/schema-documents.ts';
import { keyOfPlace, type SchemaPlace } from './schema-source.ts';

const maxPlaces = 200;

/** The places that say something about the same value as one of these: references and branches followed. */
export function placesInPlace(documents: SchemaDocuments, starts: readonly SchemaPlace[]): SchemaPlace[] {
  const found = new Map<string, SchemaPlace>();
  const pending = [...starts].reverse();
  for (let place = pending.pop(); place !== undefined && found.size < maxPlaces; place = pending.pop()) {
    const { uri, pointer } = place;
    const key = keyOfPlace(place);
    if (found.has(key)) continue;
    const schema = documents.valueOf(place);
    if (schema === undefined) continue;
    found.set(key, place);
    if (!isObject(schema)) continue;
    for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
      const list: unknown = schema[keyword];
      if (!Array.isArray(list)) continue;
      for (const index of [...list.keys()].reverse()) {
        pending.push({ uri, pointer: pointerTo(pointerTo(pointer, keyword), index) });
      }
    }
    for (const keyword of ['then', 'else']) {
      if (isObject(schema[keyword])) pending.push({ uri, pointer: pointerTo(pointer, keyword) });
    }
    const reference = schema['$ref'];
    const resolved = typeof reference === 'string' ? documents.resolve(reference, place) : undefined;
    if (resolved?.ok === true) pending.push(resolved.place);
  }
  return [...found.values()];
}

/** Where schemas say something about the part of a value that a step leads to. */
export function placesAfter(
  documents: SchemaDocuments,
  starts: readonly SchemaPlace[],
  step: Step,
): SchemaPlace[] {
  const places = placesInPlace(documents, starts);
  if (step.to === 'self') return places;
  const found: SchemaPlace[] = [];
  for (const { uri, pointer } of places) {
    const schema = documents.valueOf({ uri, pointer });
    if (!isObject(schema)) continue;
    const child = (...tokens: (string | number)[]): boolean => {
      const place = { uri, pointer: tokens.reduce<string>(pointerTo, pointer) };
      const value = documents.valueOf(place);
      const isThere = isObject(value) || typeof value === 'boolean';
      if (isThere) found.push(place);
      return isThere;
    };
    switch (step.to) {
      case 'property':
        child('properties', step.name);
        break;
      case 'others':
        child('additionalProperties');
        break;
      case 'element': {
        const isTuple = step.index !== undefined;
        if (isTuple && (child('prefixItems', step.index ?? 0) || child('items', step.index ?? 0))) break;
        if (!child('items')) child('additionalItems');
      }
    }
  }
  return found;
}
