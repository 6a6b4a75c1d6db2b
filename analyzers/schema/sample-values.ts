/**
 * Candidates for witnesses. Nothing here needs to be right: a candidate counts only after ajv has confirmed that one
 * schema accepts it and the other does not.
 */
import { entriesOf, isObject } from '../document/document.ts';
import type { Schema, SchemaObject } from './expand-schema.ts';

/** One step from a schema to a part of it: into a named property, or into any element. */
export type Step = { property: string } | 'element';

const maxLength = 10_000;
const texts = [
  '',
  'x',
  'not in this format ',
  'a@example.com',
  '2024-01-31',
  '2024-01-31T12:00:00Z',
  'https://example.com/',
  '127.0.0.1',
  '123e4567-e89b-12d3-a456-426614174000',
  'A1',
  '7',
];
const types = ['string', 'number', 'boolean', 'null', 'object', 'array'];

/** A smallest value that the schema probably accepts. */
export function sampleOf(schema: Schema, depth = 0): unknown {
  const flat = flatten(schema);
  const choices = flat['enum'];
  if (Array.isArray(choices) && choices.length > 0) return choices[0];
  const type = typesOf(flat)[0];
  switch (type) {
    case 'string':
      return textFor(flat);
    case 'number':
    case 'integer':
      return numberFor(flat);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array': {
      const length = Math.min(numberOr(flat['minItems'], 0), longestList(depth));
      return Array.from({ length }, () => (depth > 20 ? null : sampleOf(schemaOf(flat['items']), depth + 1)));
    }
    default:
      return depth > 20 ? {} : objectFor(flat, depth);
  }
}

/** A value that the schema probably accepts, with `value` at the place that the steps lead to. */
export function sampleAround(schema: Schema, steps: readonly Step[], value: unknown, depth = 0): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const flat = flatten(schema);
  if (step === 'element') {
    const inner = sampleAround(schemaOf(flat['items']), rest, value, depth + 1);
    const length = Math.max(1, Math.min(numberOr(flat['minItems'], 1), longestList(depth)));
    return Array.from({ length }, () => inner);
  }
  const known = valueOf(flat['properties'], step.property);
  const inner = sampleAround(schemaOf(known ?? flat['additionalProperties']), rest, value, depth);
  return { ...objectFor(flat, 0), [step.property]: inner };
}

// Lists in lists multiply: a hostile schema must not make a candidate that fills the memory.
function longestList(depth: number): number {
  return [100, 10][depth] ?? 1;
}

/** Values at and around every limit that either schema sets, for each of the choices that the accepting one gives. */
export function* edgeValues(accepting: Schema, rejecting: Schema): Generator {
  yield sampleOf(accepting);
  const to = flatten(rejecting);
  for (const choice of choicesOf(accepting, 0)) {
    const from = flatten(choice);
    for (const flat of [from, to]) if (Array.isArray(flat['enum'])) yield* flat['enum'];
    for (const type of typesOf(from)) {
      yield sampleOf({ ...from, type });
      if (type === 'string') yield* edgeTexts(from, to);
      else if (type === 'number' || type === 'integer') yield* edgeNumbers(from, to);
      else if (type === 'array') yield* edgeArrays(from, to);
      else if (type === 'object') yield* edgeObjects(from, to);
      else if (type === 'boolean') yield false;
    }
  }
}

/** The schema with one branch of each `anyOf` and `oneOf` in the choice's place, branch by branch. */
function* choicesOf(schema: Schema, depth: number): Generator<Schema> {
  const keyword = (['anyOf', 'oneOf'] as const).find(
    (name) => isObject(schema) && Array.isArray(schema[name]),
  );
  if (!isObject(schema) || keyword === undefined || depth > 3) {
    yield schema;
    return;
  }
  for (const branch of listOf(schema[keyword])) {
    for (const choice of choicesOf(schemaOf(branch), depth + 1)) {
      yield* choicesOf({ ...flatten(choice), ...schema, [keyword]: undefined }, depth + 1);
    }
  }
}

function* edgeTexts(from: SchemaObject, to: SchemaObject): Generator<string> {
  const lengths = [
    numberOr(to['maxLength'], -2) + 1,
    numberOr(to['minLength'], 0) - 1,
    numberOr(from['minLength'], 0),
    numberOr(from['maxLength'], -1),
  ];
  for (const length of lengths) if (length >= 0 && length <= maxLength) yield 'x'.repeat(length);
  yield* texts;
}

function* edgeNumbers(from: SchemaObject, to: SchemaObject): Generator<number> {
  for (const keyword of ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']) {
    for (const limit of [from[keyword], to[keyword]]) {
      if (typeof limit === 'number') yield* [limit, limit - 1, limit + 1, limit - 0.5, limit + 0.5];
    }
  }
  yield* [0, 1, -1, 0.5, 1e6];
}

function* edgeArrays(from: SchemaObject, to: SchemaObject): Generator<unknown[]> {
  const item = sampleOf(schemaOf(from['items']), 1);
  const lengths = [
    numberOr(to['maxItems'], -2) + 1,
    numberOr(to['minItems'], 0) - 1,
    numberOr(from['minItems'], 0),
    numberOr(from['maxItems'], -1),
    2,
  ];
  for (const length of lengths) {
    if (length >= 0 && length <= 1000) yield Array.from({ length }, () => item);
  }
}

function* edgeObjects(from: SchemaObject, to: SchemaObject): Generator<Record<string, unknown>> {
  const base = objectFor(from, 0);
  yield base;
  yield { ...base, surprise: true };
  for (const name of new Set([...namesIn(to['properties']), ...namesIn(from['properties'])])) {
    const known = valueOf(from['properties'], name);
    if (known !== undefined) yield { ...base, [name]: sampleOf(schemaOf(known)) };
    else {
      for (const type of types) yield { ...base, [name]: sampleOf({ type }) };
    }
  }
  const all = namesIn(from['properties']).map((name) => [
    name,
    sampleOf(schemaOf(valueOf(from['properties'], name))),
  ]);
  yield Object.fromEntries(all);
}

/** Merges `allOf` and the first of `anyOf` and `oneOf` into their parent: good enough for a candidate. */
function flatten(schema: Schema, depth = 0): SchemaObject {
  if (typeof schema === 'boolean') return {};
  const { allOf, anyOf, oneOf, ...own } = schema;
  const branches: unknown[] = Array.isArray(allOf) ? [...(allOf as readonly unknown[])] : [];
  for (const choice of [anyOf, oneOf]) if (Array.isArray(choice)) branches.push(choice[0]);
  let merged: Record<string, unknown> = own;
  for (const branch of depth > 20 ? [] : branches) {
    const flat = flatten(schemaOf(branch), depth + 1);
    const properties = {
      ...Object.fromEntries(entriesOf(flat['properties'])),
      ...Object.fromEntries(entriesOf(merged['properties'])),
    };
    const required = [...listOf(flat['required']), ...listOf(merged['required'])];
    merged = { ...flat, ...merged };
    if (Object.keys(properties).length > 0) merged['properties'] = properties;
    if (required.length > 0) merged['required'] = required;
  }
  return merged;
}

function typesOf(flat: SchemaObject): readonly string[] {
  const { type } = flat;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((name) => typeof name === 'string');
  const hints: readonly [string, readonly string[]][] = [
    ['object', ['properties', 'required', 'additionalProperties', 'minProperties', 'patternProperties']],
    ['array', ['items', 'minItems', 'maxItems', 'contains', 'uniqueItems', 'prefixItems']],
    ['string', ['minLength', 'maxLength', 'pattern', 'format']],
    ['number', ['minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum']],
  ];
  const hinted = hints.filter(([, keywords]) => keywords.some((keyword) => Object.hasOwn(flat, keyword)));
  return [...new Set([...hinted.map(([name]) => name), ...types])];
}

function objectFor(flat: SchemaObject, depth: number): Record<string, unknown> {
  const names = listOf(flat['required']).filter((name) => typeof name === 'string');
  return Object.fromEntries(
    names.map((name) => [name, sampleOf(schemaOf(valueOf(flat['properties'], name)), depth + 1)]),
  );
}

function textFor(flat: SchemaObject): string {
  const minimum = Math.min(numberOr(flat['minLength'], 1), maxLength);
  const { format, pattern } = flat;
  const byFormat: Readonly<Record<string, number>> = {
    email: 3,
    date: 4,
    'date-time': 5,
    uri: 6,
    ipv4: 7,
    uuid: 8,
  };
  const index = typeof format === 'string' && Object.hasOwn(byFormat, format) ? byFormat[format] : undefined;
  const text = index === undefined ? 'x' : (texts[index] ?? 'x');
  const padded = text.padEnd(minimum, 'x');
  if (typeof pattern !== 'string') return padded;
  const shortPattern = pattern.length < 200 && !/[)\]}][*+{]/.test(pattern) ? pattern : undefined;
  if (shortPattern === undefined) return padded;
  return texts.find((candidate) => matches(shortPattern, candidate)) ?? padded;
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}

function numberFor(flat: SchemaObject): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = flat;
  if (typeof minimum === 'number') return minimum;
  if (typeof exclusiveMinimum === 'number') return Math.floor(exclusiveMinimum) + 1;
  if (typeof maximum === 'number') return maximum;
  if (typeof exclusiveMaximum === 'number') return Math.ceil(exclusiveMaximum) - 1;
  return numberOr(multipleOf, 1);
}

function schemaOf(value: unknown): Schema {
  return typeof value === 'boolean' || isObject(value) ? value : true;
}

function valueOf(map: unknown, name: string): unknown {
  return isObject(map) && Object.hasOwn(map, name) ? map[name] : undefined;
}

function namesIn(map: unknown): string[] {
  return entriesOf(map).map(([name]) => name);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
