/**
 * Two schemas without what they have in common, as far as it cannot matter: an optional property that says the same on
 * both sides need not be there in an object that only one of them takes. CRDs hold whole pod templates, of which a
 * change touches a line.
 */
import { canonicalJson } from '../../containment/statement.ts';
import { entriesOf, isObject } from '../../document/document.ts';
import { defineValue } from '../../document/places.ts';

type Node = Readonly<Record<string, unknown>>;

/** Keywords by which one property has to do with others. */
const entangling = [
  ...['allOf', 'anyOf', 'oneOf', 'not', 'enum', 'const', 'minProperties', 'maxProperties'],
  ...['patternProperties', 'propertyNames', 'dependencies', 'if', '$ref', 'nullable'],
  'x-kubernetes-int-or-string',
];

/** Every pointer that is left leads to the same place as before. */
export function focusSchemas(before: unknown, after: unknown): [unknown, unknown] {
  if (!isObject(before) || !isObject(after) || isEntangled(before) || isEntangled(after))
    return [before, after];
  const [one, other]: Record<string, unknown>[] = [{ ...before }, { ...after }];
  if (one === undefined || other === undefined) return [before, after];
  const needed = new Set([...requiredIn(before), ...requiredIn(after)]);
  const [was, is] = [before['properties'], after['properties']];
  if (isObject(was) && isObject(is)) {
    const [first, second]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
    for (const [name, value] of entriesOf(was)) {
      const pair = Object.hasOwn(is, name) ? focusPart(value, is[name], !needed.has(name)) : [value];
      defineValue(first, name, pair[0]);
      if (pair.length > 1) defineValue(second, name, pair[1]);
    }
    for (const [name, value] of entriesOf(is))
      if (!Object.hasOwn(was, name)) defineValue(second, name, value);
    one['properties'] = first;
    other['properties'] = second;
  }
  const isFree = [before, after].every(
    (schema) => schema['minItems'] === undefined && schema['uniqueItems'] === undefined,
  );
  if (isObject(before['items']) && isObject(after['items'])) {
    [one['items'], other['items']] = focusPart(before['items'], after['items'], isFree);
  }
  if (isObject(before['additionalProperties']) && isObject(after['additionalProperties'])) {
    [one['additionalProperties'], other['additionalProperties']] = focusPart(
      before['additionalProperties'],
      after['additionalProperties'],
      false,
    );
  }
  return [one, other];
}

function focusPart(before: unknown, after: unknown, isOptional: boolean): [unknown, unknown] {
  if (canonicalJson(before) !== canonicalJson(after)) return focusSchemas(before, after);
  return isOptional ? [{}, {}] : [before, after];
}

function isEntangled(schema: Node): boolean {
  return entangling.some((keyword) => schema[keyword] !== undefined);
}

function requiredIn({ required }: Node): unknown[] {
  return Array.isArray(required) ? required : [];
}
