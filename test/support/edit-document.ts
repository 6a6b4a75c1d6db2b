import { isObject, parentOf, tokensOf, valueAt } from '../../analyzers/document/document.ts';

/** One change to a document: `add` puts a value into a list, at its end. Pointers are RFC 6901. */
export type Edit =
  ['set', string, unknown] | ['delete', string] | ['add', string, unknown] | ['move', string, string];

/** A copy of a document with the edits made, in order. A pointer that leads nowhere is a mistake of the test. */
export function editDocument(document: unknown, edits: readonly Edit[]): unknown {
  const copy: unknown = structuredClone(document);
  for (const edit of edits) {
    if (edit[0] === 'set') setAt(copy, edit[1], structuredClone(edit[2]));
    else if (edit[0] === 'delete') removeAt(copy, edit[1]);
    else if (edit[0] === 'move') setAt(copy, edit[2], removeAt(copy, edit[1]));
    else {
      const list = valueAt(copy, edit[1]);
      if (!Array.isArray(list)) throw new Error(`there is no list at ${edit[1]}`);
      list.push(structuredClone(edit[2]));
    }
  }
  return copy;
}

function setAt(document: unknown, pointer: string, value: unknown): void {
  const parent = valueAt(document, parentOf(pointer));
  if (typeof parent !== 'object' || parent === null) throw new Error(`nothing can be set at ${pointer}`);
  Reflect.set(parent, tokensOf(pointer).at(-1) ?? '', value);
}

function removeAt(document: unknown, pointer: string): unknown {
  const parent = valueAt(document, parentOf(pointer));
  const name = tokensOf(pointer).at(-1) ?? '';
  const value = valueAt(document, pointer);
  if (value === undefined) throw new Error(`nothing stands at ${pointer}`);
  if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else if (isObject(parent)) Reflect.deleteProperty(parent, name);
  return value;
}
