/** What the containment engine leaves undecided: it says at which keyword and why, and never that all is well. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findEscapes } from '../../../analyzers/containment/find-escapes.ts';
import type { Dialect } from '../../../analyzers/containment/schema-source.ts';

interface Case {
  name: string;
  before: unknown;
  after: unknown;
  /** Empty where it is no single one. */
  keyword: string;
  dialect?: Dialect;
}

const text = { type: 'string' };

const undecided: Case[] = [
  {
    name: 'three tenths are three times a tenth, and to a validator with doubles they are not',
    before: { type: 'number', multipleOf: 0.3 },
    after: { type: 'number', multipleOf: 0.1 },
    keyword: 'multipleOf',
  },
  {
    name: 'beside a $ref, where the letter of draft 07 hears nothing and ajv does',
    before: { $ref: '#/definitions/list', definitions: { list: { type: 'array' } } },
    after: { $ref: '#/definitions/list', maxItems: 2, definitions: { list: { type: 'array' } } },
    dialect: 'draft-07',
    keyword: '',
  },
  {
    name: 'hidden beside a $ref: lists of three are heard of to the letter, and not by ajv',
    before: { $ref: '#/definitions/list', maxItems: 2, definitions: { list: { type: 'array' } } },
    after: { $ref: '#/definitions/list', maxItems: 2, definitions: { list: { type: 'array', maxItems: 5 } } },
    dialect: 'draft-07',
    keyword: 'maxItems',
  },
  {
    name: 'references in a circle',
    before: text,
    after: { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    keyword: '$ref',
  },
  {
    name: 'a schema that is what it is not',
    before: text,
    after: { not: { $ref: '#' } },
    keyword: 'not',
  },
  {
    name: 'a reference that is not fetched',
    before: {},
    after: { $ref: 'https://example.com/other.json' },
    keyword: '$ref',
  },
  {
    name: 'a format that only its owner knows',
    before: text,
    after: { ...text, format: 'shoe-size' },
    keyword: 'format',
  },
  {
    name: 'a pattern with a back reference',
    before: { ...text, pattern: '^(a+)b\\1$' },
    after: { ...text, pattern: '^a+ba+$' },
    keyword: 'pattern',
  },
];

describe('findEscapes leaves open', () => {
  for (const { name, before, after, keyword, dialect = '2020-12' } of undecided) {
    test(name, () => {
      const source = (root: unknown) => ({ root, pointer: '', dialect });
      const escapes = findEscapes(source(before), source(after), { undeclared: 'any' });
      assert.deepEqual(
        escapes.map((escape) => escape.keyword),
        [keyword],
      );
      assert.ok(escapes.every(({ outcome, reason }) => outcome === 'unproven' && reason !== undefined));
    });
  }
});
