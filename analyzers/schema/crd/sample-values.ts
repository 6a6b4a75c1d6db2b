import { entriesOf, isObject } from '../../document/document.ts';
import { defineValue } from '../../document/places.ts';

/** What a rule's own text says about where its edges are. */
export interface SampleHints {
  numbers: readonly number[];
  texts: readonly string[];
  /** Whether the rule mentions a property, which is then tried with every value and without. */
  mentions(name: string): boolean;
}

const maxSamples = 400;
const maxInner = 8;
const maxDepth = 8;
const longest = 80;

export function hintsOf(rule: string): SampleHints {
  const words = new Set(rule.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []);
  const numbers = (rule.match(/\b\d+(?:\.\d+)?/g) ?? []).map(Number).slice(0, 8);
  const literals = rule.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g) ?? [];
  const texts = literals.map((literal) => literal.slice(1, -1)).filter((text) => text.length <= longest);
  const lengths = numbers.flatMap((n) => [n, n + 1]).filter((n) => Number.isInteger(n) && n <= longest);
  return {
    numbers: [...new Set(numbers.flatMap((n) => [n, n - 1, n + 1, -n]))],
    texts: [...new Set([...texts, ...lengths.map((length) => 'a'.repeat(length))])].slice(0, 20),
    mentions: (name) => words.has(name),
  };
}

/** Values at the edges of a schema. Not all of them need be valid: whoever uses one asks the validator first. */
export function samplesOf(schema: unknown, hints: SampleHints, depth = 0): unknown[] {
  if (!isObject(schema) || depth > maxDepth) return [];
  const listed: unknown = schema['enum'];
  if (Array.isArray(listed)) return listed.slice(0, maxInner * 2);
  if (schema['x-kubernetes-int-or-string'] === true) return [1, '1', ...hints.numbers, ...hints.texts];
  switch (schema['type']) {
    case 'boolean':
      return [true, false];
    case 'integer':
      return numbersOf(schema, hints).filter(Number.isInteger);
    case 'number':
      return [...numbersOf(schema, hints), 0.5];
    case 'string':
      return textsOf(schema, hints);
    case 'array':
      return listsOf(schema, hints, depth);
    default:
      return objectsOf(schema, hints, depth);
  }
}

function numbersOf(
  { minimum, maximum }: Readonly<Record<string, unknown>>,
  { numbers }: SampleHints,
): number[] {
  const ends = [minimum, maximum].filter((value) => typeof value === 'number');
  return [...new Set([1, 0, 2, -1, 100_000, ...ends, ...numbers])];
}

function textsOf(schema: Readonly<Record<string, unknown>>, { texts }: SampleHints): string[] {
  const { minLength, format } = schema;
  const least =
    typeof minLength === 'number' && minLength <= longest ? ['a'.repeat(Math.max(0, minLength))] : [];
  const formatted = format === 'date-time' ? ['2030-01-01T00:00:00Z', '2031-01-01T00:00:00Z'] : [];
  return [...new Set([...formatted, 'a', ...texts, 'b', '', 'A', '1', 'example.com', ...least])];
}

function listsOf({ items }: Readonly<Record<string, unknown>>, hints: SampleHints, depth: number): unknown[] {
  const inner = samplesOf(items, hints, depth + 1).slice(0, maxInner);
  const [first, second] = inner;
  const short = [[], ...inner.map((value) => [value]), ...(second === undefined ? [] : [[first, second]])];
  const lengths = hints.numbers.filter((n) => Number.isInteger(n) && n > 1 && n <= 50);
  const long = lengths.map((length) => Array.from({ length }, () => first));
  return first === undefined ? [[]] : [...short, [first, first], ...long];
}

/** The required properties, and those that the rule mentions in every combination of their values. */
function objectsOf(schema: Readonly<Record<string, unknown>>, hints: SampleHints, depth: number): unknown[] {
  const { required, additionalProperties } = schema;
  const needed: unknown[] = Array.isArray(required) ? required : [];
  let objects: Record<string, unknown>[] = [{}];
  const choices: [string, readonly unknown[]][] = [];
  for (const [name, property] of entriesOf(schema['properties'])) {
    const values = samplesOf(property, hints, depth + 1);
    const isNeeded = needed.includes(name);
    if (hints.mentions(name) || mentionsWithin(property, hints, 0)) {
      const kept = values.slice(0, depth === 0 ? 14 : maxInner);
      choices.push([name, isNeeded ? kept : [undefined, ...kept]]);
    } else if (isNeeded) choices.push([name, values.slice(0, 1)]);
  }
  for (const [name, values] of choices) {
    objects = objects.flatMap((object) => values.map((value) => withValue(object, name, value)));
    if (objects.length > maxSamples) objects = thinned(objects);
  }
  for (const value of samplesOf(additionalProperties, hints, depth + 1).slice(0, maxInner)) {
    objects.push(withValue({}, 'a', value));
  }
  return objects;
}

function withValue(object: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  if (value === undefined) return object;
  const copy = { ...object };
  defineValue(copy, name, value);
  return copy;
}

// Evenly, so that every value of every property is still met.
function thinned<T>(values: readonly T[]): T[] {
  const step = values.length / (maxSamples / 2);
  return Array.from({ length: maxSamples / 2 }, (_, index) => values[Math.floor(index * step)]).filter(
    (value) => value !== undefined,
  );
}

function mentionsWithin(schema: unknown, hints: SampleHints, depth: number): boolean {
  if (!isObject(schema) || depth > 3) return false;
  const inner = [schema['items'], schema['additionalProperties']];
  return (
    entriesOf(schema['properties']).some(
      ([name, value]) => hints.mentions(name) || mentionsWithin(value, hints, depth + 1),
    ) || inner.some((value) => mentionsWithin(value, hints, depth + 1))
  );
}
