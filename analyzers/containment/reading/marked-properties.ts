import { isObject, pointerTo } from '../../document/document.ts';
import type { SchemaDocuments } from './schema-documents.ts';
import type { SchemaPlace } from '../schema-source.ts';

const maxHops = 20;

/**
 * Whether a property is no part of this view: `readOnly` in a request, `writeOnly` in a response. `required` may stand
 * in another branch of an `allOf` than the property; so for it the branches of the schema are looked at as well.
 */
export function isMarkedFor(
  view: 'request' | 'response',
  documents: SchemaDocuments,
  schema: Readonly<Record<string, unknown>>,
  place: SchemaPlace,
  name: string,
  as: 'required' | 'property',
): boolean {
  const mark = view === 'request' ? 'readOnly' : 'writeOnly';
  const isMarked = (start: SchemaPlace): boolean => {
    let at = start;
    for (let hops = 0; hops < maxHops; hops++) {
      const value = documents.valueOf(at);
      if (!isObject(value)) return false;
      if (value[mark] === true) return true;
      const parts: unknown = value['allOf'];
      if (Array.isArray(parts) && parts.some((part) => isObject(part) && part[mark] === true)) return true;
      const reference = value['$ref'];
      const resolved = typeof reference === 'string' ? documents.resolve(reference, at) : undefined;
      if (resolved?.ok !== true) return false;
      at = resolved.place;
    }
    return false;
  };
  const inHolder = (holder: SchemaPlace, value: unknown, depth: number): boolean => {
    if (!isObject(value) || depth > maxHops) return false;
    const properties = value['properties'];
    if (isObject(properties) && Object.hasOwn(properties, name)) {
      const pointer = pointerTo(pointerTo(holder.pointer, 'properties'), name);
      return isMarked({ uri: holder.uri, pointer });
    }
    if (as === 'property') return false;
    const reference = value['$ref'];
    const resolved = typeof reference === 'string' ? documents.resolve(reference, holder) : undefined;
    if (resolved?.ok === true && inHolder(resolved.place, documents.valueOf(resolved.place), depth + 1))
      return true;
    const parts: unknown = value['allOf'];
    if (!Array.isArray(parts)) return false;
    return parts.some((part, index) => {
      const pointer = pointerTo(pointerTo(holder.pointer, 'allOf'), index);
      return inHolder({ uri: holder.uri, pointer }, part, depth + 1);
    });
  };
  return inHolder(place, schema, 0);
}
