import { isObject } from '../../document/document.ts';
import { nameOf, targetOf, type AvroType } from './avro-type.ts';

/** Deeper chains of definitions are not written out: a recursive parser could not read them either. */
const maxNesting = 300;

/**
 * The schema as one self-contained JSON value with full names, for a library that reads JSON; undefined when it nests
 * too deep. With a datum, unions hold only the branch and enums only the symbol that the datum has, so that the library
 * answers for this datum and not for the schema as a whole. Logical types are left out: they do not change what is read.
 */
export function renderSchema(root: AvroType, datum?: { value: unknown }): unknown {
  const defined = new Set<string>();
  const state = { isTooDeep: false };
  const schema = render(root, datum, 0);
  return state.isTooDeep ? undefined : schema;

  function render(type: AvroType, at: { value: unknown } | undefined, depth: number): unknown {
    if (depth > maxNesting) {
      state.isTooDeep = true;
      return 'null';
    }
    const target = targetOf(type);
    switch (target.kind) {
      case 'primitive':
        return target.name;
      case 'array':
        return { type: 'array', items: render(target.items, partOf(at, 0), depth + 1) };
      case 'map':
        return { type: 'map', values: render(target.values, partOf(at, 'key'), depth + 1) };
      case 'union':
        return target.branches
          .filter((branch) => at === undefined || isBranchOf(branch, at.value))
          .map((branch) => render(branch, partOf(at, nameOf(branch)), depth + 1));
      default:
        break;
    }
    const { fullName, aliases } = target;
    if (defined.has(fullName)) return fullName;
    defined.add(fullName);
    const named = { type: target.kind, name: fullName, ...(aliases.length > 0 && { aliases }) };
    if (target.kind === 'fixed') return { ...named, size: target.size };
    if (target.kind === 'enum') {
      const { symbols, fallback } = target;
      if (at !== undefined) return { ...named, symbols: symbols.filter((symbol) => symbol === at.value) };
      return { ...named, symbols, ...(fallback !== undefined && { default: fallback }) };
    }
    const fields = target.fields.map((field) => ({
      name: field.name,
      ...(field.aliases.length > 0 && { aliases: field.aliases }),
      type: render(field.type, partOf(at, field.name), depth + 1),
      ...(field.fallback !== undefined && at === undefined && { default: field.fallback.value }),
    }));
    return { ...named, fields };
  }
}

function partOf(at: { value: unknown } | undefined, key: string | 0): { value: unknown } | undefined {
  const value = at?.value;
  if (key === 0) return Array.isArray(value) && value.length > 0 ? { value: value[0] } : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? { value: value[key] } : undefined;
}

function isBranchOf(branch: AvroType, value: unknown): boolean {
  return value === null ? nameOf(branch) === 'null' : isObject(value) && Object.hasOwn(value, nameOf(branch));
}
