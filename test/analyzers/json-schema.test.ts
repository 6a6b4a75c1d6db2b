/**
 * Pairs of schemas as people change them, each with what it means to those who were not updated. `backward`: what was
 * valid is valid still; `forward`: what is valid now was valid before.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContractReport, ContractVersion } from '../../analyzers/schema/contract.ts';
import { jsonSchemaContract } from '../../analyzers/schema/json-schema/contract.ts';

type Verdict = 'compatible' | 'breaking' | 'unproven';

interface Case {
  name: string;
  before: unknown;
  after: unknown;
  backward: Verdict;
  forward: Verdict;
  /** The rules that speak backward, where that is worth saying. */
  rules?: string[];
}

const object = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: 'object',
  properties,
  ...more,
});
const closed = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  object(properties, { additionalProperties: false, ...more });
const text = { type: 'string' };
const number = { type: 'number' };
const draft = (name: string, schema: Record<string, unknown>) => ({ $schema: name, ...schema });
const draft04 = 'http://json-schema.org/draft-04/schema#';
const draft07 = 'http://json-schema.org/draft-07/schema#';
const newest = 'https://json-schema.org/draft/2020-12/schema';

const both = (verdict: Verdict) => ({ backward: verdict, forward: verdict });
const narrower = { backward: 'breaking', forward: 'compatible' } as const;
const wider = { backward: 'compatible', forward: 'breaking' } as const;

/** Each holds the other way round as well, with the directions swapped. */
const narrowings: readonly (readonly [name: string, wide: unknown, narrow: unknown])[] = [
  ['one of two types goes', { type: ['string', 'null'] }, text],
  ['number becomes integer', number, { type: 'integer' }],
  ['any value becomes a string', {}, text],
  ['everything becomes nothing', true, false],
  ['an enum value goes', { enum: ['a', 'b'] }, { enum: ['a'] }],
  ['an enum becomes a constant', { enum: ['a', 'b'] }, { const: 'a' }],
  ['an enum is put on a string', text, { type: 'string', enum: ['a'] }],
  ['minimum rises', { type: 'number', minimum: 1 }, { type: 'number', minimum: 2 }],
  ['maximum falls', { type: 'number', maximum: 10 }, { type: 'number', maximum: 9.5 }],
  ['a limit becomes exclusive', { type: 'number', maximum: 10 }, { type: 'number', exclusiveMaximum: 10 }],
  ['multipleOf 2 becomes 4', { type: 'integer', multipleOf: 2 }, { type: 'integer', multipleOf: 4 }],
  ['multipleOf 0.1 is put on', number, { type: 'number', multipleOf: 0.1 }],
  ['minLength rises', { type: 'string', minLength: 1 }, { type: 'string', minLength: 2 }],
  ['maxLength is put on', text, { type: 'string', maxLength: 10 }],
  ['a pattern is put on', text, { type: 'string', pattern: '^[a-z]+$' }],
  [
    'a pattern becomes tighter',
    { type: 'string', pattern: '^[a-z0-9]+$' },
    { type: 'string', pattern: '^[a-z]+$' },
  ],
  [
    'an unanchored pattern becomes anchored',
    { type: 'string', pattern: 'ab' },
    { type: 'string', pattern: '^ab' },
  ],
  ['a format is put on', text, { type: 'string', format: 'date' }],
  ['minItems rises', { type: 'array', minItems: 1 }, { type: 'array', minItems: 2 }],
  ['maxItems falls', { type: 'array', maxItems: 3 }, { type: 'array', maxItems: 2 }],
  ['uniqueItems is put on', { type: 'array' }, { type: 'array', uniqueItems: true }],
  ['elements become strings', { type: 'array' }, { type: 'array', items: text }],
  ['a list has to contain something', { type: 'array' }, { type: 'array', contains: text }],
  ['minContains rises', { contains: text, minContains: 1 }, { contains: text, minContains: 2 }],
  ['maxContains is put on', { contains: text }, { contains: text, maxContains: 2 }],
  ['a tuple is closed', { prefixItems: [text] }, { prefixItems: [text], items: false }],
  ['a tuple gets another place', { prefixItems: [text] }, { prefixItems: [text, number] }],
  [
    'unevaluated elements are refused',
    { prefixItems: [text] },
    { prefixItems: [text], unevaluatedItems: false },
  ],
  ['a property becomes required', object({ a: text }), object({ a: text }, { required: ['a'] })],
  ['a required list grows', object({}, { required: ['a'] }), object({}, { required: ['a', 'b'] })],
  ['an open object is closed', object({ a: text }), closed({ a: text })],
  ['an open object describes another property', object({ a: text }), object({ a: text, b: text })],
  ['a closed object loses a property', closed({ a: text, b: text }), closed({ a: text })],
  ['other properties become strings', object({}), object({}, { additionalProperties: text })],
  ['a pattern property is described', object({}), object({}, { patternProperties: { '^x-': text } })],
  ['property names are limited', object({}), object({}, { propertyNames: { maxLength: 3 } })],
  ['minProperties is put on', object({}), object({}, { minProperties: 1 })],
  ['maxProperties falls', object({}, { maxProperties: 3 }), object({}, { maxProperties: 2 })],
  ['a property asks for another', object({}), object({}, { dependentRequired: { a: ['b'] } })],
  ['a property asks for a schema', object({}), object({}, { dependentSchemas: { a: { required: ['b'] } } })],
  ['dependencies are put on', object({}), draft(draft07, object({}, { dependencies: { a: ['b'] } }))],
  [
    'unevaluated properties are refused',
    object({ a: text }),
    object({ a: text }, { unevaluatedProperties: false }),
  ],
  ['allOf gets another branch', { allOf: [text] }, { allOf: [text, { maxLength: 3 }] }],
  ['anyOf loses a branch', { anyOf: [text, number] }, { anyOf: [text] }],
  ['oneOf loses a branch', { oneOf: [text, number] }, { oneOf: [text] }],
  [
    'anyOf becomes oneOf over overlapping branches',
    { anyOf: [number, { minimum: 1 }] },
    { oneOf: [number, { minimum: 1 }] },
  ],
  ['something is ruled out', text, { type: 'string', not: { const: 'a' } }],
  ['a condition is put on', object({}), object({}, { if: { required: ['a'] }, then: { required: ['b'] } })],
  [
    'a definition narrows',
    { $ref: '#/$defs/a', $defs: { a: text } },
    { $ref: '#/$defs/a', $defs: { a: { type: 'string', maxLength: 3 } } },
  ],
  [
    'a recursive schema narrows',
    object({ next: { $ref: '#' }, n: number }),
    object({ next: { $ref: '#' }, n: { type: 'integer' } }),
  ],
  [
    'a change deep down',
    object({ a: object({ b: { type: 'array', items: object({ c: text }) } }) }),
    object({ a: object({ b: { type: 'array', items: object({ c: { enum: ['x'] } }) } }) }),
  ],
  [
    'an exclusive flag of draft 04',
    draft(draft04, { type: 'number', minimum: 1 }),
    draft(draft04, { type: 'number', minimum: 1, exclusiveMinimum: true }),
  ],
  ['null is no longer allowed', object({ a: { anyOf: [text, { type: 'null' }] } }), object({ a: text })],
  [
    'an anchor leads to something tighter',
    { $ref: '#x', $defs: { x: { $anchor: 'x', type: 'number' } } },
    { $ref: '#x', $defs: { x: { $anchor: 'x', type: 'integer' } } },
  ],
];

/** The same meaning in other words. */
const rewrites: readonly (readonly [name: string, one: unknown, other: unknown])[] = [
  ['the order of keys', { type: 'string', minLength: 1 }, { minLength: 1, type: 'string' }],
  [
    'required names that every object of the language has',
    { required: ['toString', 'constructor'] },
    { allOf: [{ required: ['constructor', 'toString'] }] },
  ],
  ['the order of an enum', { enum: ['a', 'b'] }, { enum: ['b', 'a'] }],
  ['the order of oneOf', { oneOf: [text, number] }, { oneOf: [number, text] }],
  [
    'annotations',
    text,
    { type: 'string', title: 'Name', description: 'x', default: '', examples: ['a'], $comment: 'y' },
  ],
  ['a keyword that no draft knows', text, { type: 'string', 'x-internal': { type: 'number' } }],
  ['a constant as an enum', { const: 'a' }, { enum: ['a'] }],
  ['an enum as a choice of constants', { enum: ['a', 1] }, { oneOf: [{ const: 'a' }, { const: 1 }] }],
  ['a type list as a choice', { type: ['string', 'null'] }, { anyOf: [text, { type: 'null' }] }],
  [
    'a reference written out',
    { properties: { a: { $ref: '#/$defs/t' } }, $defs: { t: text } },
    { properties: { a: text } },
  ],
  [
    'definitions and $defs',
    { $ref: '#/definitions/t', definitions: { t: text } },
    { $ref: '#/$defs/t', $defs: { t: text } },
  ],
  ['a definition that nobody uses', text, { ...text, $defs: { unused: number } }],
  ['wrapped in allOf', text, { allOf: [text] }],
  ['negated twice', text, { not: { not: text } }],
  ['allOf put together', { allOf: [{ minimum: 1 }, { maximum: 5 }] }, { minimum: 1, maximum: 5 }],
  ['a limit that limits nothing', { type: 'array' }, { type: 'array', minItems: 0, uniqueItems: false }],
  ['an empty list of requirements', object({}), object({}, { required: [] })],
  [
    'whole numbers, open and closed limits',
    { type: 'integer', minimum: 1 },
    { type: 'integer', exclusiveMinimum: 0 },
  ],
  ['whole numbers as multiples', { type: 'integer' }, { type: 'number', multipleOf: 1 }],
  [
    'a fraction that no whole number meets',
    { type: 'integer', maximum: 5.5 },
    { type: 'integer', maximum: 5 },
  ],
  [
    'a pattern of the same language',
    { type: 'string', pattern: '^[ab]+$' },
    { type: 'string', pattern: '^(a|b)(a|b)*$' },
  ],
  ['a length as a pattern', { type: 'string', pattern: '^[\\s\\S]{0,3}$' }, { type: 'string', maxLength: 3 }],
  ['true and the empty schema', object({ a: true }), object({ a: {} })],
  ['nothing, in two ways', { not: {} }, false],
  [
    'a condition as a choice',
    { if: text, then: { minLength: 1 } },
    { anyOf: [{ not: text }, { minLength: 1 }] },
  ],
  [
    'a needed property as a choice',
    object({}, { dependentRequired: { a: ['b'] } }),
    object({}, { anyOf: [{ not: { required: ['a'] } }, { required: ['b'] }] }),
  ],
  [
    'draft 04 and draft 07 say the same',
    draft(draft04, { type: 'number', minimum: 1, exclusiveMinimum: true }),
    draft(draft07, { type: 'number', exclusiveMinimum: 1 }),
  ],
  [
    'tuples of two drafts',
    draft(draft07, { type: 'array', items: [text], additionalItems: false }),
    draft(newest, { type: 'array', prefixItems: [text], items: false }),
  ],
  [
    'closed, with and without knowing the parts',
    closed({ a: text }),
    object({ a: text }, { unevaluatedProperties: false }),
  ],
  [
    'a recursive schema under another name',
    object({ next: { $ref: '#' } }),
    { $ref: '#/$defs/node', $defs: { node: object({ next: { $ref: '#/$defs/node' } }) } },
  ],
];

const cases: readonly Case[] = [
  ...narrowings.flatMap(([name, wide, narrow]): Case[] => [
    { name, before: wide, after: narrow, ...narrower },
    { name: `${name}, undone`, before: narrow, after: wide, ...wider },
  ]),
  ...rewrites.map(([name, before, after]): Case => ({
    name: `same: ${name}`,
    before,
    after,
    ...both('compatible'),
  })),
  { name: 'another type', before: text, after: number, ...both('breaking') },
  {
    name: 'a closed object is renamed in',
    before: closed({ a: text }),
    after: closed({ b: text }),
    ...both('breaking'),
    rules: ['json-schema/keep-property'],
  },
  {
    name: 'a closed object gets an optional property',
    before: closed({ a: text }),
    after: closed({ a: text, b: text }),
    ...wider,
  },
  {
    name: 'a closed object gets a required property',
    before: closed({ a: text }),
    after: closed({ a: text, b: text }, { required: ['b'] }),
    ...both('breaking'),
    rules: ['json-schema/keep-optional'],
  },
  {
    name: 'an open object describes a property',
    before: object({}),
    after: object({ b: text }),
    ...narrower,
    rules: ['json-schema/describe-undeclared-property'],
  },
  {
    name: 'a reference to a URL stays',
    before: { properties: { a: { $ref: 'https://example.com/a' }, b: text } },
    after: { properties: { a: { $ref: 'https://example.com/a' }, b: {} } },
    backward: 'compatible',
    forward: 'breaking',
  },
  {
    name: 'a reference to a URL changes',
    before: { $ref: 'https://example.com/a' },
    after: { $ref: 'https://example.com/b' },
    ...both('unproven'),
  },
  { name: 'a reference leads nowhere', before: text, after: { $ref: '#/$defs/gone' }, ...both('unproven') },
  {
    name: 'a $schema that nobody knows',
    before: draft('https://example.com/own', text),
    after: draft('https://example.com/own', number),
    ...both('unproven'),
    rules: ['json-schema/keep-known-dialect'],
  },
  {
    name: 'a type that does not exist',
    before: text,
    after: { type: 'text' },
    ...both('unproven'),
    rules: ['json-schema/parse-schema'],
  },
];

describe('two versions of a JSON Schema', () => {
  for (const { name, before, after, backward, forward, rules } of cases) {
    test(name, async () => {
      const found = await compare(before, after, 'backward');
      const sent = await compare(before, after, 'forward');
      assert.deepEqual(
        { backward: verdictOf(found), forward: verdictOf(sent) },
        { backward, forward },
        messages([...found, ...sent]),
      );
      if (rules !== undefined) assert.deepEqual([...new Set(found.map(({ ruleId }) => ruleId))], rules);
      for (const report of [...found, ...sent]) {
        assert.ok(report.span !== undefined, `${report.message} has no place`);
        if (report.proof === 'breaking') assert.ok(report.witness !== undefined, report.message);
      }
    });
  }

  test('full is both, and a level given wins over the direction', async () => {
    const [before, after] = [closed({ a: text }), closed({ a: text, b: text })];
    assert.equal(verdictOf(await compare(before, after, 'full')), 'breaking');
    assert.equal(verdictOf(await compare(before, after, 'full-transitive')), 'breaking');
    assert.equal(verdictOf(await compare(before, after, 'backward-transitive')), 'compatible');
    assert.equal(verdictOf(await compare(before, after, undefined)), 'compatible');
  });

  test('what a configuration does not describe is not there', async () => {
    const [before, after] = [versionOf(object({})), versionOf(object({ b: text }))];
    const reports = await jsonSchemaContract.compare({
      before,
      after,
      direction: 'consumed',
      undeclared: 'absent',
    });
    assert.deepEqual(reports, []);
  });

  test('YAML is read as JSON is, and a file under an address finds its neighbours', async () => {
    const files = (limit: number) => ({
      's/a.yaml': '$id: https://example.com/s/a.yaml\nproperties:\n  a: { $ref: b.yaml }\n',
      's/b.yaml': `type: string\nmaxLength: ${limit}\n`,
    });
    const version = (limit: number): ContractVersion => {
      const texts = new Map(Object.entries(files(limit)));
      return { paths: ['s/a.yaml'], read: (path) => Promise.resolve(texts.get(path)) };
    };
    const reports = await jsonSchemaContract.compare({
      before: version(5),
      after: version(4),
      direction: 'consumed',
    });
    assert.deepEqual(
      reports.map(({ path, span, beforeSpan, proof }) => ({
        path,
        line: span?.start.line,
        beforeLine: beforeSpan?.start.line,
        proof,
      })),
      [{ path: 's/b.yaml', line: 2, beforeLine: 2, proof: 'breaking' }],
    );
  });
});

function versionOf(schema: unknown): ContractVersion {
  return {
    paths: ['schema.json'],
    read: (path) => Promise.resolve(path === 'schema.json' ? JSON.stringify(schema, null, 2) : undefined),
  };
}

function compare(before: unknown, after: unknown, level: string | undefined): Promise<ContractReport[]> {
  return jsonSchemaContract.compare({
    before: versionOf(before),
    after: versionOf(after),
    direction: 'consumed',
    ...(level !== undefined && { level }),
  });
}

function verdictOf(reports: readonly ContractReport[]): Verdict {
  if (reports.some(({ proof }) => proof === 'breaking')) return 'breaking';
  return reports.some(({ proof }) => proof === 'unproven') ? 'unproven' : 'compatible';
}

function messages(reports: readonly ContractReport[]): string {
  return reports.map(({ ruleId, message }) => `${ruleId}: ${message}`).join('\n');
}
