/**
 * json-schema-diff, kept to what it is good at. It works on sets and so sees through combinations of keywords, but it
 * knows draft 07 only, ignores many keywords without a word, and takes exponential time on nested choices. So it is
 * asked about whole pairs in which every keyword is on its list, and about small ones.
 */
import type jsonSchemaDiff from 'json-schema-diff';
import type { SchemaSource } from '../../containment/schema-source.ts';
import { entriesOf, isObject } from '../../document/document.ts';

type DiffableSchema = jsonSchemaDiff.DiffResult['removedJsonSchema'];

const annotations = [
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
];
const plain = [
  ...['type', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems', 'minProperties', 'maxProperties', 'required'],
];
const maxNodes = 120;
const maxBranches = 6;

/** Whether json-schema-diff says that `rejecting` refuses what `accepting` takes; `unasked` where it is not trusted. */
export async function askSecondOpinion(
  accepting: SchemaSource,
  rejecting: SchemaSource,
): Promise<'removes' | 'keeps' | 'unasked'> {
  const [source, destination] = [diffable(accepting), diffable(rejecting)];
  if (source === undefined || destination === undefined) return 'unasked';
  try {
    const { default: engine } = await import('json-schema-diff');
    const { removalsFound } = await engine.diffSchemas({
      sourceSchema: source,
      destinationSchema: destination,
    });
    return removalsFound ? 'removes' : 'keeps';
  } catch {
    return 'unasked';
  }
}

/** The schema without annotations, or undefined where it holds something that is not on the list. */
function diffable({ root, pointer }: SchemaSource): DiffableSchema | undefined {
  if (pointer !== '') return undefined;
  const budget = { nodes: maxNodes, branches: maxBranches, isTrusted: true };
  const schema = strip(root, budget);
  return budget.isTrusted && isObject(schema) ? schema : undefined;
}

/** It keeps names in plain objects, and so finds there what every object has: `toString`, `constructor`. */
function namesOf(keyword: string, value: unknown): string[] {
  if (keyword === 'required' && Array.isArray(value)) return value.map(String);
  return keyword === 'properties' && isObject(value) ? entriesOf(value).map(([name]) => name) : [];
}

function strip(schema: unknown, budget: { nodes: number; branches: number; isTrusted: boolean }): unknown {
  budget.nodes -= 1;
  if (budget.nodes < 0) budget.isTrusted = false;
  if (!budget.isTrusted || typeof schema === 'boolean') return schema;
  if (!isObject(schema)) {
    budget.isTrusted = false;
    return schema;
  }
  const kept: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (annotations.includes(keyword)) continue;
    if (namesOf(keyword, value).some((name) => name in Object.prototype)) budget.isTrusted = false;
    if (plain.includes(keyword)) kept[keyword] = value;
    else if (keyword === 'properties' && isObject(value)) {
      kept[keyword] = Object.fromEntries(entriesOf(value).map(([name, part]) => [name, strip(part, budget)]));
    } else if ((keyword === 'items' && isObject(value)) || keyword === 'additionalProperties') {
      kept[keyword] = strip(value, budget);
    } else if ((keyword === 'allOf' || keyword === 'anyOf') && Array.isArray(value)) {
      budget.branches -= value.length;
      if (budget.branches < 0) budget.isTrusted = false;
      kept[keyword] = value.map((part) => strip(part, budget));
    } else budget.isTrusted = false;
  }
  return kept;
}
