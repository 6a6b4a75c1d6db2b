import { entriesOf, isObject, pointerTo, valueAt } from '../document/document.ts';

/** A schema without references and annotations, in one canonical spelling, whose parts know where they came from. */
export interface ExpandedSchema {
  schema: Schema;
  /** The pointer of the schema object in its document. */
  originOf(part: Schema): string | undefined;
}

export type Schema = boolean | SchemaObject;
export type SchemaObject = Readonly<Record<string, unknown>>;

/** A document that repeats its definitions beyond this many nodes is not compared part by part. */
const maxNodes = 50_000;

/** Says nothing about what is accepted. `default` is one: it changes what readers assume, not what is valid. */
const annotations = new Set([
  '$schema',
  '$id',
  '$anchor',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'example',
  'deprecated',
  'definitions',
  '$defs',
  'externalDocs',
  'xml',
]);
const mapsOfSchemas = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const listsOfSchemas = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const unorderedLists = new Set(['allOf', 'anyOf', 'oneOf', 'required', 'enum', 'type']);
const singleSchemas = new Set([
  'items',
  'additionalItems',
  'additionalProperties',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
]);

/** Values that say what their absence says. `true` stands for the schema that accepts everything. */
const meaningless: Readonly<Record<string, unknown>> = {
  minLength: 0,
  minItems: 0,
  minProperties: 0,
  uniqueItems: false,
  additionalProperties: true,
  items: true,
  additionalItems: true,
  propertyNames: true,
  nullable: false,
};

/**
 * Expands the schema at `pointer` of `root`: local references are put in place, annotations dropped, and different
 * spellings of one meaning made equal (order, `const`, `nullable`, a combinator of one). A reference that leads back
 * to itself, to another document or nowhere stays as `$ref`. Undefined when the document is too large for this.
 */
export function expandSchema(root: unknown, pointer: string): ExpandedSchema | undefined {
  const origins = new WeakMap<SchemaObject, string>();
  let nodes = 0;

  const expand = (value: unknown, at: string, open: readonly string[]): Schema => {
    if (typeof value === 'boolean') return value;
    if (!isObject(value)) return true;
    if (++nodes > maxNodes) throw new TooLarge();
    const target = localTarget(value['$ref']);
    const referred = target === undefined ? undefined : valueAt(root, target);
    if (target !== undefined && referred !== undefined && !open.includes(target)) {
      const expanded = expand(referred, target, [...open, target]);
      const siblings = Object.fromEntries(entriesOf(value).filter(([keyword]) => keyword !== '$ref'));
      const rest = expand(siblings, at, open);
      if (rest === true || isDraft07(root)) return expanded;
      return remember({ allOf: sorted([expanded, rest]) }, at);
    }
    return remember(simplify(expandKeywords(value, at, open)), at);
  };

  const expandKeywords = (
    value: SchemaObject,
    at: string,
    open: readonly string[],
  ): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    for (const [keyword, part] of entriesOf(value)) {
      if (annotations.has(keyword) || keyword.startsWith('x-')) continue;
      const here = pointerTo(at, keyword);
      if (mapsOfSchemas.has(keyword)) {
        result[keyword] = Object.fromEntries(
          entriesOf(part).map(([name, schema]) => [name, expand(schema, pointerTo(here, name), open)]),
        );
      } else if (Array.isArray(part) && (listsOfSchemas.has(keyword) || keyword === 'items')) {
        result[keyword] = part.map((schema: unknown, index) => expand(schema, pointerTo(here, index), open));
      } else if (singleSchemas.has(keyword)) result[keyword] = expand(part, here, open);
      else result[keyword] = part;
    }
    return result;
  };

  const remember = (schema: Schema, at: string): Schema => {
    if (typeof schema === 'object' && !origins.has(schema)) origins.set(schema, at);
    return schema;
  };

  try {
    const schema = expand(valueAt(root, pointer), pointer, [pointer]);
    return { schema, originOf: (part) => (typeof part === 'object' ? origins.get(part) : undefined) };
  } catch (error) {
    if (error instanceof TooLarge || error instanceof RangeError) return undefined;
    throw error;
  }
}

class TooLarge extends Error {}

/** Text that is equal for schemas that mean the same up to spelling. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

function localTarget(reference: unknown): string | undefined {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return undefined;
  try {
    return decodeURIComponent(reference.slice(1));
  } catch {
    return undefined;
  }
}

// Until draft 07 a reference hides its neighbours; later drafts, and OpenAPI 3.1, add them.
function isDraft07(root: unknown): boolean {
  const named = isObject(root) ? (root['$schema'] ?? root['openapi']) : undefined;
  return typeof named !== 'string' || !/2019-09|2020-12|^3\.[1-9]/.test(named);
}

function simplify(schema: Record<string, unknown>): Schema {
  spellAlike(schema);
  for (const [keyword, value] of Object.entries(schema)) {
    if (Object.hasOwn(meaningless, keyword) && meaningless[keyword] === value) {
      Reflect.deleteProperty(schema, keyword);
    } else if (Array.isArray(value) && unorderedLists.has(keyword)) schema[keyword] = sorted(value);
  }
  const { type, required } = schema;
  if (Array.isArray(type) && type.length === 1) schema['type'] = type[0];
  if (Array.isArray(required) && required.length === 0) delete schema['required'];
  const keywords = Object.keys(schema);
  if (keywords.length === 0) return true;
  const [only] = keywords;
  if (keywords.length > 1 || (only !== 'allOf' && only !== 'anyOf' && only !== 'oneOf')) return schema;
  return withoutCombinator(schema, schema[only]);
}

/** Spellings of older drafts and of OpenAPI 3.0 become those of draft 07. */
function spellAlike(schema: Record<string, unknown>): void {
  if (Object.hasOwn(schema, 'const')) {
    if (!Object.hasOwn(schema, 'enum')) {
      schema['enum'] = [schema['const']];
      delete schema['const'];
    }
  }
  if (schema['nullable'] === true && typeof schema['type'] === 'string') {
    schema['type'] = [schema['type'], 'null'];
    delete schema['nullable'];
  }
  for (const [exclusive, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (schema[exclusive] === false) Reflect.deleteProperty(schema, exclusive);
    if (schema[exclusive] === true && typeof schema[bound] === 'number') {
      schema[exclusive] = schema[bound];
      Reflect.deleteProperty(schema, bound);
    }
  }
}

function withoutCombinator(schema: SchemaObject, branches: unknown): Schema {
  if (!Array.isArray(branches)) return schema;
  const list: unknown[] = branches;
  if (list.length === 1 && isSchema(list[0])) return list[0];
  if (list.length !== 2 || schema['allOf'] !== undefined) return schema;
  // `anyOf: [X, null]` is X with one type more, as long as nothing but the type keeps null out of X.
  const isNull = (branch: unknown) => canonical(branch) === '{"type":"null"}';
  const other = list.find((branch) => !isNull(branch));
  if (!list.some(isNull) || !isObject(other) || typeof other['type'] !== 'string') return schema;
  const excludesNull = ['enum', 'not', 'allOf', 'anyOf', 'oneOf', 'if', '$ref', 'const', 'nullable'];
  if (excludesNull.some((keyword) => Object.hasOwn(other, keyword))) return schema;
  return { ...other, type: sorted([other['type'], 'null']) };
}

function sorted(list: readonly unknown[]): unknown[] {
  const keyed = list.map((value) => ({ value, key: canonical(value) }));
  const unique = new Map(keyed.map((entry) => [entry.key, entry]));
  // Repeating a branch of a oneOf changes its meaning, so only scalars lose their doubles.
  const kept = list.some((value) => typeof value === 'object' && value !== null)
    ? keyed
    : [...unique.values()];
  return kept.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ value }) => value);
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'boolean' || isObject(value);
}
