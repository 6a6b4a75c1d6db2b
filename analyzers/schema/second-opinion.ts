/**
 * json-schema-diff, kept to what it is good at. It works on sets and so sees through combinations of keywords, but it
 * knows draft 07 only, ignores many keywords without a word, and takes exponential time on nested choices. So it is
 * asked about one keyword of one part at a time, and only when everything in question is on its list.
 */
import type jsonSchemaDiff from 'json-schema-diff';
import { entriesOf, isObject } from '../document/document.ts';
import type { Schema } from './expand-schema.ts';

type DiffableSchema = jsonSchemaDiff.DiffResult['removedJsonSchema'];

const supported = new Set([
  'type',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'items',
  'maxItems',
  'minItems',
  'maxProperties',
  'minProperties',
  'required',
  'properties',
  'additionalProperties',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
]);
/** Keywords whose meaning depends on a neighbour, which is then part of the question. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  additionalProperties: ['properties'],
  properties: ['additionalProperties'],
  minimum: ['exclusiveMinimum'],
  exclusiveMinimum: ['minimum'],
  maximum: ['exclusiveMaximum'],
  exclusiveMaximum: ['maximum'],
};
const maxBranches = 8;

/**
 * Whether this keyword lets `rejecting` refuse a value that `accepting` takes: `found` or `none` by json-schema-diff,
 * `undecided` where it cannot be trusted.
 */
export async function findsRemoval(
  accepting: Schema,
  rejecting: Schema,
  keyword: string,
): Promise<'found' | 'none' | 'undecided'> {
  const source = restrictTo(accepting, keyword, accepting, rejecting);
  const destination = restrictTo(rejecting, keyword, accepting, accepting);
  if (source === undefined || destination === undefined) return 'undecided';
  try {
    const { default: engine } = await import('json-schema-diff');
    const { removalsFound } = await engine.diffSchemas({
      sourceSchema: source,
      destinationSchema: destination,
    });
    // A removal may be one that a keyword outside the question excludes anyway.
    if (!removalsFound) return 'none';
    return isSupported(accepting) && isSupported(rejecting) ? 'found' : 'undecided';
  } catch {
    return 'undecided';
  }
}

/**
 * The part of a schema that the question is about, or undefined when it holds something unsupported. The type is the
 * accepting side's on both sides, and properties that `other` lists too are left open: those are questions of their own.
 */
function restrictTo(
  schema: Schema,
  keyword: string,
  accepting: Schema,
  other: Schema,
): DiffableSchema | undefined {
  if (keyword === 'false') return undefined;
  if (typeof schema === 'boolean') return schema;
  const kept = [keyword, ...(neighbours[keyword] ?? [])];
  // What these match is taken away from `additionalProperties`, so without them the question is another one.
  const hidden = ['patternProperties', 'unevaluatedProperties', '$ref'];
  if (kept.includes('properties') && hidden.some((name) => Object.hasOwn(schema, name))) return undefined;
  const part = Object.fromEntries(entriesOf(schema).filter(([name]) => kept.includes(name)));
  const type = keyword !== 'type' && isObject(accepting) ? accepting['type'] : undefined;
  if (type !== undefined) part['type'] = type;
  const shared = new Set(isObject(other) ? entriesOf(other['properties']).map(([name]) => name) : []);
  if (part['properties'] !== undefined) {
    part['properties'] = Object.fromEntries(
      entriesOf(part['properties']).map(([name, schemaOfIt]) => [name, shared.has(name) ? true : schemaOfIt]),
    );
  }
  return isSupported(part) && countBranches(part) <= maxBranches ? part : undefined;
}

function isSupported(schema: unknown): boolean {
  if (!isObject(schema)) return typeof schema === 'boolean';
  return Object.entries(schema).every(([keyword, value]) => {
    if (!supported.has(keyword)) return false;
    if (keyword === 'properties') return entriesOf(value).every(([, part]) => isSupported(part));
    if (keyword === 'items' || keyword === 'additionalProperties' || keyword === 'not')
      return isSupported(value);
    // A choice within a choice takes it exponential time.
    if (keyword === 'oneOf' && Array.isArray(value) && value.some((part) => countBranches(part) > 0))
      return false;
    if (keyword === 'allOf' || keyword === 'anyOf' || keyword === 'oneOf') {
      return Array.isArray(value) && value.every(isSupported);
    }
    return true;
  });
}

function countBranches(schema: unknown): number {
  let count = 0;
  const pending: unknown[] = [schema];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [keyword, part] of Object.entries(value)) {
      if (['anyOf', 'oneOf', 'allOf'].includes(keyword) && Array.isArray(part)) count += part.length;
      pending.push(part);
    }
  }
  return count;
}
