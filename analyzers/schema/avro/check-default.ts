import { isObject } from '../../document/document.ts';
import { targetOf, type AvroType, type ResolvedType } from './avro-type.ts';

/**
 * Whether a JSON value may stand as the default of a field of this type:
 * `later-branch` fits a branch of a union that is not its first, which the specification allows since 1.12 only.
 */
export type DefaultFit = 'fits' | 'later-branch' | 'wrong' | 'undecided';

/** Values that were looked at in one check; a default that needs more is not decided. */
const maxSteps = 100_000;

/** How a default fits its type. The recursion follows the value, which is at most `maxDepth` deep. */
export function checkDefault(type: AvroType, value: unknown): DefaultFit {
  const budget = { steps: maxSteps };
  const fit = fitOf(targetOf(type), value, budget);
  return budget.steps < 0 ? 'undecided' : fit;
}

function fitOf(type: ResolvedType, value: unknown, budget: { steps: number }): DefaultFit {
  if (budget.steps-- < 0) return 'undecided';
  const all = (parts: readonly [AvroType, unknown][]): DefaultFit => {
    let worst: DefaultFit = 'fits';
    for (const [part, own] of parts) {
      const fit = fitOf(targetOf(part), own, budget);
      if (fit === 'wrong' || fit === 'undecided') return fit;
      if (fit === 'later-branch') worst = fit;
    }
    return worst;
  };
  switch (type.kind) {
    case 'primitive':
      return isPrimitive(type.name, value) ? 'fits' : 'wrong';
    case 'fixed':
      return typeof value === 'string' && value.length === type.size && isBytes(value) ? 'fits' : 'wrong';
    case 'enum':
      return typeof value === 'string' && type.symbols.includes(value) ? 'fits' : 'wrong';
    case 'array':
      return Array.isArray(value)
        ? all(value.map((item: unknown): [AvroType, unknown] => [type.items, item]))
        : 'wrong';
    case 'map':
      return isObject(value) ? all(Object.values(value).map((item) => [type.values, item])) : 'wrong';
    case 'record': {
      if (!isObject(value)) return 'wrong';
      const parts: [AvroType, unknown][] = [];
      for (const field of type.fields) {
        if (Object.hasOwn(value, field.name)) parts.push([field.type, value[field.name]]);
        else if (field.fallback === undefined) return 'wrong';
      }
      return all(parts);
    }
    case 'union': {
      for (const [index, branch] of type.branches.entries()) {
        const fit = fitOf(targetOf(branch), value, budget);
        if (fit !== 'wrong') return index === 0 ? fit : fit === 'fits' ? 'later-branch' : fit;
      }
      return 'wrong';
    }
  }
}

/** Whether a JSON value is one of this primitive type, as defaults and the JSON encoding write it. */
export function isPrimitive(name: string, value: unknown): boolean {
  switch (name) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value) && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 31;
    case 'long':
      return Number.isInteger(value) && Number(value) >= -(2 ** 63) && Number(value) <= 2 ** 63;
    // JSON has no NaN and no infinities; libraries write them as these texts.
    case 'float':
    case 'double':
      return (
        typeof value === 'number' ||
        (typeof value === 'string' && /^(NaN|[+-]?Infinity|[+-]?INF)$/.test(value))
      );
    case 'string':
      return typeof value === 'string';
    case 'bytes':
      return typeof value === 'string' && isBytes(value);
    default:
      return false;
  }
}

/** Bytes are written as characters from U+0000 to U+00FF. */
function isBytes(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return false;
  return true;
}
