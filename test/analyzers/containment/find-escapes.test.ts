/**
 * The containment engine on schemas whose answer a reader can see. Every `breaking` here has a document that ajv has
 * confirmed; that the proofs are right over random schemas is what `npm run bench:accuracy` and its small copy in
 * test/properties look at.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findEscapes } from '../../../analyzers/containment/find-escapes.ts';
import type { ContainmentOptions } from '../../../analyzers/containment/escape.ts';
import type { Dialect } from '../../../analyzers/containment/schema-source.ts';

interface Case {
  name: string;
  before: unknown;
  after: unknown;
  /** What fails, as `keyword place` or `keyword:name place`; nothing: contained. */
  escapes?: string[];
  dialect?: Dialect;
  options?: ContainmentOptions;
}

const text = { type: 'string' };
const node = (value: unknown) => ({
  $defs: { node: { type: 'object', properties: { value, next: { $ref: '#/$defs/node' } } } },
  $ref: '#/$defs/node',
});
const variant = (kind: string, more: object = {}) => ({
  type: 'object',
  properties: { kind: { const: kind }, size: { type: 'integer', ...more } },
  required: ['kind'],
});
const apis = { undeclared: 'absent' } as const;

const sameMeaning: Case[] = [
  {
    name: 'inline and by reference',
    before: { $defs: { t: text }, properties: { a: { $ref: '#/$defs/t' } } },
    after: { properties: { a: text } },
  },
  {
    name: 'a recursive list, wrapped in allOf',
    before: node({ type: 'number' }),
    after: { ...node({ type: 'number' }), allOf: [true] },
  },
  {
    name: 'null as a type, as a choice',
    before: { type: ['string', 'null'] },
    after: { oneOf: [{ type: 'null' }, text] },
  },
  {
    name: 'a name, and a pattern that only this name matches',
    before: { patternProperties: { '^a$': text }, additionalProperties: false },
    after: { properties: { a: text }, additionalProperties: false },
  },
  {
    name: 'a description beside a $ref of draft 07',
    before: { $ref: '#/definitions/t', description: 'one', definitions: { t: text } },
    after: { $ref: '#/definitions/t', description: 'other', definitions: { t: text } },
    dialect: 'draft-07',
  },
  {
    name: 'nullable and a list of types',
    before: { type: 'string', nullable: true },
    after: { anyOf: [text, { enum: [null], nullable: true }] },
    dialect: 'openapi-3.0',
  },
  {
    name: 'a oneOf in another order',
    before: { oneOf: [variant('a'), variant('b')] },
    after: { oneOf: [variant('b'), variant('a')] },
  },
  {
    name: 'a oneOf of disjoint branches is an anyOf',
    before: { anyOf: [variant('a'), variant('b')] },
    after: { oneOf: [variant('a'), variant('b')] },
  },
  { name: 'both booleans', before: { type: 'boolean' }, after: { enum: [true, false] } },
  {
    name: 'not a string',
    before: { not: text },
    after: { type: ['null', 'boolean', 'number', 'array', 'object'] },
  },
  {
    name: 'unevaluated is additional where all is in sight',
    before: { allOf: [{ properties: { a: {} } }], properties: { b: {} }, unevaluatedProperties: false },
    after: { properties: { a: {}, b: {} }, additionalProperties: false },
  },
  {
    name: 'patterns of the same language',
    before: { ...text, pattern: '^(a|b)+$' },
    after: { ...text, pattern: '^[ab][ab]*$' },
  },
  {
    name: 'a condition, and its disjunction',
    before: { if: { required: ['a'] }, then: { required: ['b'] } },
    after: { anyOf: [{ not: { required: ['a'] } }, { required: ['b'] }] },
  },
];

const wider: Case[] = [
  {
    name: 'every multiple of six is one of three',
    before: { type: 'number', multipleOf: 6 },
    after: { type: 'number', multipleOf: 3 },
  },
  {
    name: 'a half, in quarters',
    before: { type: 'number', multipleOf: 0.5 },
    after: { type: 'number', multipleOf: 0.25 },
  },
  {
    name: 'two booleans fill a set',
    before: { type: 'array', items: { type: 'boolean' }, uniqueItems: true },
    after: { maxItems: 2 },
  },
  {
    name: 'two required keys are two keys',
    before: { type: 'object', required: ['a', 'b'] },
    after: { minProperties: 2 },
  },
  {
    name: 'a list of numbers, not empty, contains one',
    before: { type: 'array', items: { type: 'number' }, minItems: 1 },
    after: { contains: { type: 'number' } },
  },
  {
    name: 'a constant',
    before: { const: { a: [1] } },
    after: { properties: { a: { items: { type: 'integer' } } }, required: ['a'] },
  },
  {
    name: 'a smaller alphabet',
    before: { ...text, pattern: '^[a-c]+$' },
    after: { ...text, pattern: '^[a-z]+$' },
  },
  {
    name: 'a new variant',
    before: { oneOf: [variant('a')] },
    after: { oneOf: [variant('a'), variant('b')] },
  },
  {
    name: 'exclusive bounds of draft 04',
    before: { type: 'number', minimum: 1 },
    after: { type: 'number', minimum: 0, exclusiveMinimum: true },
    dialect: 'draft-04',
  },
  {
    name: 'a described property is no narrowing, as APIs are read',
    before: { type: 'object', properties: { a: text } },
    after: { type: 'object', properties: { a: text, b: text } },
    options: apis,
  },
  {
    name: 'nobody sends what is readOnly',
    before: { type: 'object', properties: { id: { ...text, readOnly: true } } },
    after: { type: 'object', properties: { id: { type: 'integer', readOnly: true } }, required: ['id'] },
    options: { ...apis, view: 'request' },
  },
];

const vocabulary = (comment: object) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://json-schema.org/draft/2020-12/meta/core',
  $dynamicAnchor: 'meta',
  properties: {
    $comment: { type: 'string', ...comment },
    $defs: { additionalProperties: { $dynamicRef: '#meta' } },
  },
});
const listOf = (anchor: object) => ({
  type: 'array',
  items: { $dynamicRef: '#item' },
  $defs: { item: { ...anchor, type: 'string' } },
});

const closedOver = (name: string, value: object) => ({
  properties: Object.fromEntries([[name, value]]),
  additionalProperties: false,
});
const manyProperties = Object.fromEntries(
  Array.from({ length: 3_000 }, (_, index) => [`p${index}`, { type: 'string', maxLength: index }]),
);

const narrower: Case[] = [
  {
    name: 'APIs: what is required is sent, though nothing describes it',
    before: { type: 'object', properties: { a: text }, required: ['id'] },
    after: { type: 'object', properties: { a: text, id: text }, required: ['id'] },
    escapes: ['properties:id /id'],
    options: apis,
  },
  {
    name: 'a schema under an address that ajv has a schema of its own for',
    before: vocabulary({}),
    after: vocabulary({ maxLength: 5 }),
    escapes: ['maxLength /$comment'],
  },
  {
    name: 'a dynamic reference to an anchor that is not dynamic',
    before: listOf({ $anchor: 'item' }),
    after: { ...listOf({ $anchor: 'item' }), maxItems: 1 },
    escapes: ['maxItems '],
  },
  {
    name: 'a dynamic reference to the only dynamic anchor of its name',
    before: listOf({ $dynamicAnchor: 'item' }),
    after: { ...listOf({ $dynamicAnchor: 'item' }), maxItems: 1 },
    escapes: ['maxItems '],
  },
  { name: 'a type less', before: { type: ['string', 'null'] }, after: text, escapes: ['type '] },
  {
    name: 'a property that has the name of a prototype',
    before: closedOver('__proto__', { type: 'number' }),
    after: closedOver('__proto__', { type: 'integer' }),
    escapes: ['type /__proto__'],
  },
  {
    name: 'one property of 3,000, for which ajv cannot nest what it writes',
    before: { properties: manyProperties, additionalProperties: false },
    after: {
      properties: { ...manyProperties, p7: { type: 'string', maxLength: 6 } },
      additionalProperties: false,
    },
    escapes: ['maxLength /p7'],
  },
  {
    name: 'a limit, deep within',
    before: { properties: { a: { items: { maximum: 10 } } } },
    after: { properties: { a: { items: { maximum: 5 } } } },
    escapes: ['maximum /a/*'],
  },
  {
    name: 'newly required',
    before: { properties: { a: text } },
    after: { properties: { a: text }, required: ['a'] },
    escapes: ['required:a '],
  },
  {
    name: 'to the letter, an open object held anything',
    before: { properties: { a: text } },
    after: { properties: { a: text, b: text } },
    escapes: ['properties:b /b'],
  },
  {
    name: 'closed',
    before: { properties: { a: {}, b: {} } },
    after: { properties: { a: {} }, additionalProperties: false },
    escapes: ['additionalProperties:b ', 'additionalProperties '],
  },
  {
    name: 'around a circle, once',
    before: node({ type: 'number' }),
    after: node({ type: 'integer' }),
    escapes: ['type /value'],
  },
  {
    name: 'one variant of several',
    before: { oneOf: [variant('a'), variant('b')] },
    after: { oneOf: [variant('a'), variant('b', { maximum: 5 })] },
    escapes: ['oneOf '],
  },
  {
    name: 'branches that overlap now',
    before: { anyOf: [{ minimum: 0 }, { maximum: 9 }] },
    after: { oneOf: [{ minimum: 0 }, { maximum: 9 }] },
    escapes: ['oneOf '],
  },
  {
    name: 'a tuple is closed',
    before: { prefixItems: [text] },
    after: { prefixItems: [text], items: false },
    escapes: ['items '],
  },
  {
    name: 'what a condition asks for',
    before: { type: 'object' },
    after: { if: { required: ['a'] }, then: { required: ['b'] } },
    escapes: ['then '],
  },
  {
    name: 'names of keys',
    before: { propertyNames: { maxLength: 3 } },
    after: { propertyNames: { maxLength: 2 } },
    escapes: ['propertyNames '],
  },
  {
    name: 'a pattern over lengths',
    before: { ...text, pattern: '^a*$' },
    after: { ...text, maxLength: 4 },
    escapes: ['maxLength '],
  },
  { name: 'a format', before: text, after: { ...text, format: 'uuid' }, escapes: ['format '] },
  {
    name: 'APIs: closing an object is a narrowing of what is described',
    before: { type: 'object', properties: { a: text, b: text } },
    after: { type: 'object', properties: { a: text }, additionalProperties: false },
    escapes: ['additionalProperties:b ', 'additionalProperties '],
    options: apis,
  },
];

describe('findEscapes', () => {
  for (const one of [...sameMeaning, ...wider, ...narrower]) {
    test(one.name, () => {
      const escapes = escapesOf(one.before, one.after, one);
      const found = escapes.map(
        ({ keyword, name, place }) => `${keyword}${name === undefined ? '' : `:${name}`} ${place}`,
      );
      assert.deepEqual(found, one.escapes ?? []);
      assert.ok(escapes.every(({ outcome }) => outcome === 'breaking'));
    });
  }
  for (const one of sameMeaning) {
    test(`the other way round: ${one.name}`, () => {
      assert.deepEqual(escapesOf(one.after, one.before, one), []);
    });
  }

  test('a witness is a whole document, and an escape says where its keyword stands on both sides', () => {
    const before = {
      type: 'object',
      properties: { port: { type: 'integer', maximum: 65535 } },
      required: ['port'],
    };
    const after = {
      type: 'object',
      properties: { port: { type: 'integer', maximum: 1023 } },
      required: ['port'],
    };
    assert.deepEqual(escapesOf(before, after, {}), [
      {
        outcome: 'breaking',
        keyword: 'maximum',
        place: '/port',
        accepting: { uri: '', pointer: '/properties/port/maximum' },
        rejecting: { uri: '', pointer: '/properties/port/maximum' },
        witness: { port: 1024 },
      },
    ]);
  });

  test('identifiers, anchors and other documents are followed; a scope that moves is too', () => {
    const tree = (leaf: unknown) => ({
      $id: 'https://example.com/tree',
      $dynamicAnchor: 'node',
      type: 'object',
      properties: { children: { type: 'array', items: { $dynamicRef: '#node' } }, leaf },
    });
    const strict = {
      $id: 'https://example.com/strict',
      $dynamicAnchor: 'node',
      $ref: 'https://example.com/tree',
      unevaluatedProperties: false,
    };
    const open = { ...strict, unevaluatedProperties: true };
    const documents = new Map([['https://example.com/tree', tree(text)]]);
    const source = (root: unknown) => ({
      root,
      pointer: '',
      dialect: '2020-12' as const,
      uri: 'a.json',
      documents,
    });
    assert.deepEqual(findEscapes(source(strict), source(open), { undeclared: 'any' }), []);
    const escapes = findEscapes(source(open), source(strict), { undeclared: 'any' });
    assert.deepEqual(
      escapes.map(({ outcome, keyword, witness }) => [outcome, keyword, witness]),
      [
        ['breaking', '$ref', { children: [{ other: {} }] }],
        ['breaking', 'unevaluatedProperties', { other: {} }],
      ],
    );
  });
});

function escapesOf(
  before: unknown,
  after: unknown,
  { dialect = '2020-12', options }: Pick<Case, 'dialect' | 'options'>,
) {
  const source = (root: unknown) => ({ root, pointer: '', dialect });
  return findEscapes(source(before), source(after), options ?? { undeclared: 'any' });
}
