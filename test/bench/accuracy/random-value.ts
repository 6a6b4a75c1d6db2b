/**
 * Values that a schema may take, made without asking the engine: a walk through the schema that follows its easy
 * keywords, one branch at a time, and then a few blind changes. Most are near the edges that schemas draw.
 */
import type { Random } from '../judge/seeded-random.ts';
import { drawWhole, isDrawn, pick, someOf } from './draw.ts';
import { names, type Schema, type SchemaObject } from './random-schema.ts';
import { isSchemaObject } from './schema-nodes.ts';

const texts = [
  ...[
    '',
    'a',
    'b',
    'ab',
    'bca',
    'bc',
    'abc',
    'x-1',
    'x-',
    '1',
    '42',
    'zz',
    'aaaa',
    'bcbcbc',
    'abcabc',
    'bb',
    'é',
    '😀',
  ],
  ...[
    '2020-02-29',
    'a@b.co',
    '10.0.0.1',
    '2020-01-01T00:00:00Z',
    'https://a.b/c',
    '123e4567-e89b-12d3-a456-426614174000',
  ],
];
const numbers = [-3, -2, -1.5, -1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 10, 11, 12];
const keys = [...names, 'renamed', 'z', 'aa', 'x-2', '7', ''];

export interface ValueDraw {
  random: Random;
  document: SchemaObject;
  /** Constants of both schemas: what is an edge in one may be one in the other. */
  constants: readonly unknown[];
}

export function randomValue(draw: ValueDraw, schema: Schema, depth: number): unknown {
  const { random, constants } = draw;
  if (typeof schema === 'boolean' || depth > 6) return anyValue(draw, depth);
  const flat = flatten(draw, schema, 0);
  if (isDrawn(random, 0.04)) return anyValue(draw, depth);
  if ('const' in flat && isDrawn(random, 0.95)) return structuredClone(flat['const']);
  const { enum: values, type } = flat;
  if (Array.isArray(values) && values.length > 0 && isDrawn(random, 0.95))
    return structuredClone(pick(random, values as unknown[]));
  if (constants.length > 0 && isDrawn(random, 0.05)) return structuredClone(pick(random, constants));
  const types = Array.isArray(type) ? type : typeof type === 'string' ? [type] : [];
  if (flat['nullable'] === true && isDrawn(random, 0.3)) return null;
  return valueOfType(
    draw,
    flat,
    types.length > 0 ? String(pick(random, types)) : hintedType(random, flat),
    depth,
  );
}

function hintedType(random: Random, flat: SchemaObject): string {
  const keywords = Object.keys(flat);
  const hints = [
    ...(keywords.some((one) => /ropert|required|depend/.test(one)) ? ['object', 'object'] : []),
    ...(keywords.some((one) => /tems|ontains/.test(one)) ? ['array', 'array'] : []),
    ...(keywords.some((one) => /Length|pattern$|format/.test(one)) ? ['string', 'string'] : []),
    ...(keywords.some((one) => /imum|multipleOf/.test(one)) ? ['number', 'integer'] : []),
  ];
  return pick(random, [...hints, 'null', 'boolean', 'number', 'string', 'array', 'object']);
}

/** One way through the choices of a schema, as one set of keywords. */
function flatten(draw: ValueDraw, schema: SchemaObject, depth: number): SchemaObject {
  if (depth > 8) return {};
  const { random, document } = draw;
  const { $ref, allOf, anyOf, oneOf, if: condition, then, else: otherwise, ...own } = schema;
  const parts: unknown[] = Array.isArray(allOf) ? [...(allOf as unknown[])] : [];
  for (const choice of [anyOf, oneOf])
    if (Array.isArray(choice) && choice.length > 0) parts.push(pick(random, choice as unknown[]));
  if (typeof $ref === 'string') parts.push(resolve(document, $ref));
  if (condition !== undefined) parts.push(...(isDrawn(random, 0.5) ? [condition, then] : [otherwise]));
  let flat: SchemaObject = own;
  for (const part of parts) {
    if (!isSchemaObject(part)) continue;
    const other = flatten(draw, part, depth + 1);
    const properties = mergeProperties(flat['properties'], other['properties']);
    const required = [flat['required'], other['required']].flatMap((list) =>
      Array.isArray(list) ? (list as unknown[]) : [],
    );
    flat = isDrawn(random, 0.5) ? { ...flat, ...other } : { ...other, ...flat };
    if (properties !== undefined) flat['properties'] = properties;
    if (required.length > 0) flat['required'] = [...new Set(required)];
  }
  return flat;
}

function mergeProperties(one: unknown, other: unknown): SchemaObject | undefined {
  if (!isSchemaObject(one)) return isSchemaObject(other) ? other : undefined;
  if (!isSchemaObject(other)) return one;
  const merged: SchemaObject = { ...one };
  for (const [name, schema] of Object.entries(other)) {
    merged[name] = name in merged ? { allOf: [merged[name], schema] } : schema;
  }
  return merged;
}

function resolve(document: SchemaObject, reference: string): unknown {
  let value: unknown = document;
  for (const token of reference.slice(1).split('/').slice(1))
    value = isSchemaObject(value) ? value[token] : undefined;
  return value;
}

function valueOfType(draw: ValueDraw, flat: SchemaObject, type: string, depth: number): unknown {
  const { random } = draw;
  switch (type) {
    case 'null':
      return null;
    case 'boolean':
      return isDrawn(random, 0.5);
    case 'integer':
      return numberFor(random, flat, 1);
    case 'number':
      return numberFor(random, flat, pick(random, [1, 0.5]));
    case 'string':
      return textFor(random, flat);
    case 'array':
      return arrayFor(draw, flat, depth);
    default:
      return objectFor(draw, flat, depth);
  }
}

function numberFor(random: Random, flat: SchemaObject, step: number): number {
  const limits = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
    .map((keyword) => flat[keyword])
    .filter((limit) => typeof limit === 'number');
  const near =
    limits.length > 0 && isDrawn(random, 0.7)
      ? pick(random, limits) + pick(random, [-1, 0, 0, 1]) * step
      : pick(random, numbers);
  const { multipleOf } = flat;
  const value =
    typeof multipleOf === 'number' && isDrawn(random, 0.7)
      ? Math.round(near / multipleOf) * multipleOf
      : near;
  return step === 1 && isDrawn(random, 0.9) ? Math.round(value) : value;
}

function textFor(random: Random, flat: SchemaObject): string {
  const { pattern, minLength, maxLength } = flat;
  const fits = (text: string) =>
    (typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text)) &&
    (typeof minLength !== 'number' || Array.from(text).length >= minLength) &&
    (typeof maxLength !== 'number' || Array.from(text).length <= maxLength);
  for (let attempt = 0; attempt < 12; attempt++) {
    const text = isDrawn(random, 0.8)
      ? pick(random, texts)
      : pick(random, texts) + pick(random, ['a', 'b', '1', 'z']);
    if (fits(text)) return text;
  }
  return pick(random, texts);
}

function arrayFor(draw: ValueDraw, flat: SchemaObject, depth: number): unknown[] {
  const { random } = draw;
  const { items, prefixItems, additionalItems, contains, minItems, maxItems } = flat;
  const tuple: unknown[] = Array.isArray(prefixItems)
    ? prefixItems
    : Array.isArray(items)
      ? (items as unknown[])
      : [];
  const rest = Array.isArray(items) ? additionalItems : items;
  const least = typeof minItems === 'number' ? minItems : 0;
  const most = typeof maxItems === 'number' ? maxItems : 4;
  const length = isDrawn(random, 0.9)
    ? drawWhole(random, least, Math.max(least, Math.min(most, least + 3)))
    : drawWhole(random, 0, 5);
  const elements = Array.from({ length }, (_, index) =>
    innerValue(draw, index < tuple.length ? tuple[index] : rest, depth),
  );
  if (contains !== undefined && isDrawn(random, 0.8)) {
    elements.splice(
      drawWhole(random, 0, elements.length),
      elements.length > 0 && isDrawn(random, 0.5) ? 1 : 0,
      innerValue(draw, contains, depth),
    );
  }
  return elements;
}

function objectFor(draw: ValueDraw, flat: SchemaObject, depth: number): Record<string, unknown> {
  const { random } = draw;
  const { required, additionalProperties, patternProperties } = flat;
  const properties = isSchemaObject(flat['properties']) ? flat['properties'] : {};
  const share = pick(random, [0, 0.3, 0.6, 1]);
  const wanted = new Set<string>(someOf(random, Object.keys(properties), depth > 4 ? 0 : share));
  if (Array.isArray(required))
    for (const name of required) if (isDrawn(random, 0.97)) wanted.add(String(name));
  const extras = isDrawn(random, additionalProperties === false ? 0.1 : 0.4) ? drawWhole(random, 1, 2) : 0;
  for (let index = 0; index < extras; index++) wanted.add(pick(random, keys));
  return Object.fromEntries(
    [...wanted].map((name) => {
      const matched = isSchemaObject(patternProperties)
        ? Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern, 'u').test(name))?.[1]
        : undefined;
      const schema = Object.hasOwn(properties, name) ? properties[name] : (matched ?? additionalProperties);
      return [name, innerValue(draw, schema, depth)];
    }),
  );
}

function innerValue(draw: ValueDraw, schema: unknown, depth: number): unknown {
  return randomValue(draw, typeof schema === 'boolean' || isSchemaObject(schema) ? schema : true, depth + 1);
}

function anyValue(draw: ValueDraw, depth: number): unknown {
  const { random } = draw;
  const type = pick(
    random,
    depth > 3
      ? ['null', 'boolean', 'number', 'string']
      : ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'],
  );
  return valueOfType(draw, {}, type, depth + 1);
}

/** A copy with one blind change somewhere. */
export function changedValue(draw: ValueDraw, value: unknown): unknown {
  const { random } = draw;
  if (Array.isArray(value) && isDrawn(random, 0.8)) {
    const copy: unknown[] = [...(value as unknown[])];
    const index = drawWhole(random, 0, Math.max(0, copy.length - 1));
    const change = random();
    if (change < 0.3 || copy.length === 0)
      copy.push(copy.length > 0 && isDrawn(random, 0.4) ? copy[index] : anyValue(draw, 3));
    else if (change < 0.5) copy.splice(index, 1);
    else copy[index] = changedValue(draw, copy[index]);
    return copy;
  }
  if (isSchemaObject(value) && isDrawn(random, 0.85)) {
    const copy = { ...value };
    const present = Object.keys(copy);
    const change = random();
    if (change < 0.35 || present.length === 0) copy[pick(random, keys)] = anyValue(draw, 3);
    else if (change < 0.6) Reflect.deleteProperty(copy, pick(random, present));
    else {
      const name = pick(random, present);
      copy[name] = changedValue(draw, copy[name]);
    }
    return copy;
  }
  if (typeof value === 'number' && isDrawn(random, 0.7)) return value + pick(random, [-1, 1, 0.5, -0.5, 2]);
  if (typeof value === 'string' && isDrawn(random, 0.7))
    return isDrawn(random, 0.5) ? value.slice(1) : value + pick(random, ['a', 'b', '1']);
  return anyValue(draw, 3);
}
