/** Random pairs of Avro schemas, with avsc as the judge of what can be read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import avsc from 'avsc';
import fc from 'fast-check';
import { avroContract } from '../../analyzers/schema/avro/contract.ts';
import { compareContract, versionOf } from '../support/compare-contract.ts';

type Schema = string | Schema[] | { type: string; [key: string]: unknown };

const names = ['a', 'b', 'c', 'd'];
const primitive = fc.constantFrom<Schema>(
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
);
const enumeration = fc
  .record({
    symbols: fc.subarray(names, { minLength: 1 }),
    hasDefault: fc.boolean(),
    name: fc.constantFrom('E', 'F'),
  })
  .map(({ symbols, hasDefault, name }): Schema => ({
    type: 'enum',
    name,
    symbols,
    ...(hasDefault && { default: symbols[0] }),
  }));
const fixed = fc.constantFrom(2, 4).map((size): Schema => ({ type: 'fixed', name: 'X', size }));
const simple = fc.oneof({ weight: 4, arbitrary: primitive }, enumeration, fixed);
const kindOf = (schema: Schema) =>
  typeof schema === 'string'
    ? schema
    : Array.isArray(schema)
      ? 'union'
      : String(schema.type === 'array' || schema.type === 'map' ? schema.type : schema['name']);
const union = fc.uniqueArray(simple, { minLength: 1, maxLength: 3, selector: kindOf });
const inner = fc.oneof(
  { weight: 4, arbitrary: simple },
  { weight: 2, arbitrary: union },
  simple.map((items): Schema => ({ type: 'array', items })),
  simple.map((values): Schema => ({ type: 'map', values })),
);
const field = fc.record({
  name: fc.constantFrom(...names),
  alias: fc.option(fc.constantFrom(...names), { freq: 4 }),
  type: inner,
  isNullable: fc.boolean(),
});
const record = fc
  .record({
    fields: fc.uniqueArray(field, { maxLength: 3, selector: ({ name }) => name }),
    name: fc.constantFrom('R', 'R', 'R', 'S'),
    aliases: fc.subarray(['R', 'S']),
    isRecursive: fc.boolean(),
  })
  .map(({ fields, name, aliases, isRecursive }): Schema => ({
    type: 'record',
    name,
    aliases: aliases.filter((alias) => alias !== name),
    fields: [
      ...fields.map(({ name: own, alias, type, isNullable }) => ({
        name: own,
        // avsc refuses an alias that is a field's name as well.
        aliases:
          alias === null ||
          fields.some((other) => other.name === alias || (other.alias === alias && other.name !== own))
            ? []
            : [alias],
        ...(isNullable && kindOf(type) !== 'null' && kindOf(type) !== 'union'
          ? { type: ['null', type], default: null }
          : { type }),
      })),
      ...(isRecursive ? [{ name: 'next', type: ['null', name], default: null }] : []),
    ],
  }));
const schema = fc.oneof({ weight: 4, arbitrary: record }, inner);

/** The same schema, in which types of one name are defined once; undefined where they differ. */
function definedOnce(root: Schema): Schema | undefined {
  const seen = new Map<string, string>();
  const clashes: string[] = [];
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    const entries: [string, unknown][] = Object.entries(part);
    const [type, name] = ['type', 'name'].map((key) => entries.find(([own]) => own === key)?.[1]);
    if (typeof name === 'string' && (type === 'enum' || type === 'fixed')) {
      const text = JSON.stringify(part);
      const known = seen.get(name);
      if (known !== undefined) {
        if (known !== text) clashes.push(name);
        return name;
      }
      seen.set(name, text);
      return part;
    }
    return Object.fromEntries(
      entries.map(([key, value]) => [
        key,
        key === 'type' || key === 'fields' || key === 'items' || key === 'values' ? walk(value) : value,
      ]),
    );
  };
  const walked = walk(root);
  return clashes.length === 0 && isSchema(walked) ? walked : undefined;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

// avsc writes into what it is given.
function copyOf(own: Schema): avsc.Schema {
  const copy: unknown = structuredClone(own);
  assert.ok(isAvscSchema(copy));
  return copy;
}

function isAvscSchema(value: unknown): value is avsc.Schema {
  return isSchema(value);
}

function readableByAvsc(reader: Schema, writer: Schema): boolean {
  const [first, second] = [reader, writer].map((own) =>
    avsc.Type.forSchema(copyOf(own), { wrapUnions: true }),
  );
  assert.ok(first !== undefined && second !== undefined);
  try {
    const resolver = first.createResolver(second, { ignoreNamespaces: true });
    for (let index = 0; index < 3; index++) first.fromBuffer(second.toBuffer(second.random()), resolver);
    return true;
  } catch {
    return false;
  }
}

const sound = schema.map(definedOnce).filter((own) => own !== undefined);
const textOf = (own: Schema) => versionOf(JSON.stringify(own), 'x.avsc');

test('what is called compatible avsc reads, and what is called breaking it does not', async () => {
  let [compatible, breaking] = [0, 0];
  await fc.assert(
    fc.asyncProperty(sound, sound, async (before, after) => {
      const { verdict, reports } = await compareContract(avroContract, {
        before: textOf(before),
        after: textOf(after),
        direction: 'consumed',
      });
      const isReadable = readableByAvsc(after, before);
      if (isReadable) compatible++;
      else breaking++;
      // An alias of one field that is the name of another: avsc refuses it, the specification does not say.
      const isOpen = reports.some(({ ruleId }) => ruleId === 'avro/question-match');
      const expected = isReadable ? 'compatible' : isOpen && verdict === 'unproven' ? 'unproven' : 'breaking';
      assert.equal(verdict, expected, JSON.stringify({ before, after, reports }));
    }),
    { numRuns: 2_000 },
  );
  assert.ok(
    compatible > 100 && breaking > 100,
    `${compatible} of one kind and ${breaking} of the other say little`,
  );
});

test('a schema reads its own data, also in another layout', async () => {
  await fc.assert(
    fc.asyncProperty(sound, async (own) => {
      const after = versionOf(JSON.stringify(own, null, 2), 'x.avsc');
      const { verdict, reports } = await compareContract(avroContract, {
        before: textOf(own),
        after,
        direction: 'both',
      });
      assert.deepEqual([verdict, reports], ['compatible', []]);
    }),
    { numRuns: 500 },
  );
});

test('no text makes it throw', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.json(),
        fc.string(),
        sound.map((own) => JSON.stringify(own).slice(1)),
      ),
      sound,
      async (text, own) => {
        await compareContract(avroContract, {
          before: textOf(own),
          after: versionOf(text, 'x.avsc'),
          direction: 'both',
        });
        await compareContract(avroContract, {
          before: versionOf(text, 'x.avsc'),
          after: textOf(own),
          direction: 'both',
        });
      },
    ),
    { numRuns: 500 },
  );
});
