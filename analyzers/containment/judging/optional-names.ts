import { entriesOf, isObject } from '../../document/document.ts';
import { resolveReference, type LocatedValue } from '../resolve-reference.ts';

/** Who sends the value: what is `readOnly` is not sent in a request, what is `writeOnly` not in a response. */
export type View = 'request' | 'response';

type Documents = ReadonlyMap<string, unknown> | undefined;

const maxSchemas = 100;

/**
 * The properties that nobody has to send in this view. Those of the branches of `allOf` and behind a `$ref` count as
 * well, because `required` often stands beside them.
 */
export function optionalNames(schema: unknown, at: LocatedValue, view: View, documents: Documents): string[] {
  const mark = view === 'request' ? 'readOnly' : 'writeOnly';
  const names: string[] = [];
  for (const located of composedOf({ ...at, value: schema }, documents)) {
    if (!isObject(located.value)) continue;
    for (const [name, part] of entriesOf(located.value['properties'])) {
      const parts = composedOf({ ...located, value: part }, documents);
      if (parts.some(({ value }) => isObject(value) && value[mark] === true)) names.push(name);
    }
  }
  return names;
}

/** A schema with all that it refers to and is composed of, itself first; at most `maxSchemas` of them. */
function composedOf(first: LocatedValue, documents: Documents): LocatedValue[] {
  const found: LocatedValue[] = [first];
  const seen = new Set<unknown>([first.value]);
  const add = (located: LocatedValue) => {
    if (seen.has(located.value) || found.length >= maxSchemas) return;
    seen.add(located.value);
    found.push(located);
  };
  for (const located of found) {
    if (!isObject(located.value)) continue;
    const { $ref, allOf } = located.value;
    if (typeof $ref === 'string') {
      const resolved = resolveReference($ref, located, documents);
      if (resolved.ok) add(resolved.target);
    }
    if (Array.isArray(allOf)) for (const value of allOf as unknown[]) add({ ...located, value });
  }
  return found;
}
