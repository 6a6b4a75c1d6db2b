/**
 * Random schemas over a small world (few names, small numbers, short texts), so that two of them often have something
 * to say about the same value. References are never in a circle without a property or an element in between.
 */
import type { Dialect } from '../../../analyzers/containment/schema-source.ts';
import type { Random } from '../judge/seeded-random.ts';
import { drawWhole, isDrawn, pick, someOf } from './draw.ts';

export type Schema = boolean | SchemaObject;
export interface SchemaObject {
  [keyword: string]: unknown;
}

export const names = ['a', 'b', 'c', 'ab', 'x-1'];
export const patterns = [
  '^a',
  'b$',
  '^[a-c]*$',
  '^x-',
  '^\\d+$',
  '^(a|bc){1,3}$',
  '[^a]',
  '^.{2,4}$',
  '^$|^ab',
];
export const formats = ['date', 'email', 'ipv4', 'uuid', 'date-time', 'uri', 'no-such-format'];
const constants: unknown[] = [
  'a',
  'ab',
  '',
  'bca',
  0,
  1,
  2,
  1.5,
  true,
  false,
  null,
  [],
  {},
  ['a'],
  { a: 1 },
  { b: 'a' },
];

/** What a reference at a place may lead to without closing a circle that takes no step into the value. */
export type Reach = 'nothing' | 'definitions' | 'anything';

export interface Draw {
  random: Random;
  dialect: Dialect;
  /** Names of the definitions that a reference may lead to. */
  definitions: readonly string[];
}

export function definitionsKeyword(dialect: Dialect): 'definitions' | '$defs' {
  return dialect === '2019-09' || dialect === '2020-12' ? '$defs' : 'definitions';
}

/** A whole document: a schema with definitions of its own, some of them recursive. */
export function randomDocument(random: Random, dialect: Dialect): SchemaObject {
  const definitions = isDrawn(random, 0.4) ? ['one', 'two'] : [];
  const draw: Draw = { random, dialect, definitions };
  const root = randomSchema(draw, 0, 'definitions');
  const document: SchemaObject = typeof root === 'boolean' ? {} : root;
  if (definitions.length > 0 && document['$ref'] === undefined) {
    document[definitionsKeyword(dialect)] = Object.fromEntries(
      definitions.map((name) => [name, randomSchema(draw, 1, 'nothing')]),
    );
  } else if (definitions.length > 0) return randomDocument(random, dialect);
  return document;
}

export function randomSchema(draw: Draw, depth: number, reach: Reach): Schema {
  const { random, dialect, definitions } = draw;
  const atLeaf = depth >= 3;
  const roll = random();
  if (roll < 0.04 && dialect !== 'draft-04' && dialect !== 'openapi-3.0' && depth > 0)
    return isDrawn(random, 0.7);
  if (roll < 0.07) return {};
  if (roll < 0.14 && reach !== 'nothing' && definitions.length > 0 && depth > 0) return reference(draw);
  if (roll < 0.18 && reach === 'anything' && isDrawn(random, 0.4)) return { $ref: '#' };
  if (roll < 0.3 && !atLeaf) return combined(draw, depth, reach);
  if (roll < 0.36) return { enum: distinct(random, drawWhole(random, 1, 4)) };
  if (roll < 0.39 && dialect !== 'draft-04' && dialect !== 'openapi-3.0')
    return { const: pick(random, constants) };
  const schema = typed(draw, depth);
  if (!atLeaf && isDrawn(random, 0.08)) Object.assign(schema, combined(draw, depth, reach));
  if (isDrawn(random, 0.05)) Reflect.deleteProperty(schema, 'type');
  if (dialect === 'openapi-3.0' && isDrawn(random, 0.15)) schema['nullable'] = true;
  return schema;
}

function reference({ random, dialect, definitions }: Draw): SchemaObject {
  return { $ref: `#/${definitionsKeyword(dialect)}/${pick(random, definitions)}` };
}

function distinct(random: Random, count: number): unknown[] {
  const found = new Map<string, unknown>();
  for (let index = 0; index < count; index++) {
    const value = pick(random, constants);
    found.set(JSON.stringify(value), value);
  }
  return [...found.values()];
}

function combined(draw: Draw, depth: number, reach: Reach): SchemaObject {
  const { random, dialect } = draw;
  const inner = () => randomSchema(draw, depth + 1, reach);
  const list = () => Array.from({ length: drawWhole(random, 1, 3) }, inner);
  const choices = ['allOf', 'anyOf', 'oneOf', 'not'];
  if (dialect === 'draft-07' || dialect === '2019-09' || dialect === '2020-12') choices.push('if');
  const choice = pick(random, choices);
  if (choice === 'not') return { not: inner() };
  if (choice !== 'if') return { [choice]: list() };
  return {
    if: inner(),
    ...(isDrawn(random, 0.8) && { then: inner() }),
    ...(isDrawn(random, 0.6) && { else: inner() }),
  };
}

function typed(draw: Draw, depth: number): SchemaObject {
  const { random, dialect } = draw;
  const simple = ['string', 'integer', 'number', 'boolean', 'null'];
  const type = pick(
    random,
    depth < 3 ? [...simple, 'object', 'object', 'object', 'object', 'array', 'array'] : simple,
  );
  if (type === 'null' && dialect === 'openapi-3.0') return { type: 'boolean' };
  const schema: SchemaObject = { type };
  if (type === 'string') Object.assign(schema, textKeywords(draw));
  if (type === 'integer' || type === 'number') Object.assign(schema, numberKeywords(draw));
  if (type === 'array') Object.assign(schema, arrayKeywords(draw, depth));
  if (type === 'object') Object.assign(schema, objectKeywords(draw, depth));
  if (dialect !== 'openapi-3.0' && isDrawn(random, 0.1))
    schema['type'] = [...new Set([type, pick(random, simple)])];
  return schema;
}

export function textKeywords({ random }: Draw): SchemaObject {
  return {
    ...(isDrawn(random, 0.3) && { minLength: drawWhole(random, 0, 3) }),
    ...(isDrawn(random, 0.3) && { maxLength: drawWhole(random, 1, 5) }),
    ...(isDrawn(random, 0.3) && { pattern: pick(random, patterns) }),
    ...(isDrawn(random, 0.12) && { format: pick(random, formats) }),
  };
}

export function numberKeywords({ random, dialect }: Draw): SchemaObject {
  const limit = () => pick(random, [-2, -1, 0, 0.5, 1, 2, 3, 5, 10]);
  const isBoolean = dialect === 'draft-04' || dialect === 'openapi-3.0';
  const keywords: SchemaObject = {};
  for (const [end, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (isDrawn(random, 0.35)) keywords[end] = limit();
    if (isBoolean && keywords[end] !== undefined && isDrawn(random, 0.3)) keywords[exclusive] = true;
    if (!isBoolean && isDrawn(random, 0.15)) keywords[exclusive] = limit();
  }
  if (isDrawn(random, 0.2)) keywords['multipleOf'] = pick(random, [1, 2, 3, 4, 6, 0.5]);
  return keywords;
}

export function arrayKeywords(draw: Draw, depth: number): SchemaObject {
  const { random, dialect } = draw;
  const inner = () => randomSchema(draw, depth + 1, 'anything');
  const tuple = () => Array.from({ length: drawWhole(random, 1, 3) }, inner);
  const keywords: SchemaObject = {};
  const hasTuple = dialect !== 'openapi-3.0' && isDrawn(random, 0.25);
  const [tupleKeyword, restKeyword] =
    dialect === '2020-12' ? ['prefixItems', 'items'] : ['items', 'additionalItems'];
  if (hasTuple) {
    keywords[tupleKeyword] = tuple();
    if (isDrawn(random, 0.5)) keywords[restKeyword] = isDrawn(random, 0.5) ? false : inner();
  } else if (isDrawn(random, 0.7)) keywords['items'] = inner();
  if (dialect === 'draft-04' && keywords['items'] === false) Reflect.deleteProperty(keywords, 'items');
  if (isDrawn(random, 0.2)) keywords['minItems'] = drawWhole(random, 0, 2);
  if (isDrawn(random, 0.2)) keywords['maxItems'] = drawWhole(random, 0, 4);
  if (isDrawn(random, 0.12)) keywords['uniqueItems'] = true;
  if (dialect !== 'draft-04' && dialect !== 'openapi-3.0' && isDrawn(random, 0.15)) {
    keywords['contains'] = inner();
    if (isNewer(dialect) && isDrawn(random, 0.4)) keywords['minContains'] = drawWhole(random, 0, 2);
    if (isNewer(dialect) && isDrawn(random, 0.3)) keywords['maxContains'] = drawWhole(random, 1, 3);
  }
  if (isNewer(dialect) && isDrawn(random, 0.1))
    keywords['unevaluatedItems'] = isDrawn(random, 0.7) ? false : inner();
  return keywords;
}

export function objectKeywords(draw: Draw, depth: number): SchemaObject {
  const { random, dialect } = draw;
  const inner = () => randomSchema(draw, depth + 1, 'anything');
  const keywords: SchemaObject = {};
  const own = someOf(random, names, 0.4);
  if (own.length > 0) keywords['properties'] = Object.fromEntries(own.map((name) => [name, inner()]));
  const required = someOf(random, own.length > 0 ? own : names, 0.35);
  if (required.length > 0) keywords['required'] = required;
  if (isDrawn(random, 0.35)) keywords['additionalProperties'] = isDrawn(random, 0.6) ? false : inner();
  if (isDrawn(random, 0.08)) keywords['minProperties'] = drawWhole(random, 0, 2);
  if (isDrawn(random, 0.08)) keywords['maxProperties'] = drawWhole(random, 1, 4);
  if (dialect === 'openapi-3.0') return keywords;
  if (isDrawn(random, 0.12)) keywords['patternProperties'] = { [pick(random, patterns)]: inner() };
  if (dialect !== 'draft-04' && isDrawn(random, 0.08)) {
    keywords['propertyNames'] = isDrawn(random, 0.7)
      ? textKeywords(draw)
      : { enum: someOf(random, [...names, 'z'], 0.7).concat('a') };
  }
  if (isDrawn(random, 0.1)) {
    const needs = { [pick(random, names)]: [pick(random, names)] };
    keywords[isNewer(dialect) ? 'dependentRequired' : 'dependencies'] = needs;
  }
  if (isDrawn(random, 0.06) && keywords['dependencies'] === undefined) {
    const schema = randomSchema(draw, depth + 1, 'nothing');
    keywords[isNewer(dialect) ? 'dependentSchemas' : 'dependencies'] = { [pick(random, names)]: schema };
  }
  if (isNewer(dialect) && isDrawn(random, 0.1)) {
    keywords['unevaluatedProperties'] = isDrawn(random, 0.7) ? false : inner();
  }
  return keywords;
}

function isNewer(dialect: Dialect): boolean {
  return dialect === '2019-09' || dialect === '2020-12';
}
