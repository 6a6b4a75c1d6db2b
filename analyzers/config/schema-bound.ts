import { isObject, tokensOf, valueAt } from '../document/document.ts';

/**
 * The bound of a JSON Schema (`maximum 10`, `maxLength 40`, …) that a value at a pointer lies beyond; undefined: none
 * that can be found by following `properties`, `items` and local references.
 */
export function schemaBound(schema: unknown, pointer: string, value: unknown): string | undefined {
  let at = resolve(schema, schema);
  for (const token of tokensOf(pointer)) {
    if (!isObject(at)) return undefined;
    const properties = at['properties'];
    const next =
      isObject(properties) && Object.hasOwn(properties, token)
        ? properties[token]
        : /^\d+$/.test(token)
          ? at['items']
          : at['additionalProperties'];
    at = resolve(schema, next);
  }
  if (!isObject(at)) return undefined;
  const size = typeof value === 'number' ? value : typeof value === 'string' ? value.length : undefined;
  if (size === undefined) return undefined;
  const [least, most] =
    typeof value === 'number' ? (['minimum', 'maximum'] as const) : (['minLength', 'maxLength'] as const);
  const [low, high] = [at[least], at[most]];
  if (typeof high === 'number' && size > high) return `${most} ${high}`;
  return typeof low === 'number' && size < low ? `${least} ${low}` : undefined;
}

const maxReferences = 20;

function resolve(root: unknown, schema: unknown): unknown {
  let at = schema;
  for (let count = 0; isObject(at) && typeof at['$ref'] === 'string'; count++) {
    if (count > maxReferences || !at['$ref'].startsWith('#/')) return undefined;
    at = valueAt(root, at['$ref'].slice(1));
  }
  return at;
}
