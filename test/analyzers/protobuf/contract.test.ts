/** The contract as a whole: trees, names, directions, what cannot be read, and what must make no difference. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { protobufContract } from '../../../analyzers/schema/protobuf/contract.ts';
import { protobufLevels } from '../../../analyzers/schema/protobuf/comparison.ts';
import { compareProtos, rulesOf, verdictOf } from './compare-protos.ts';
import '../../support/seed.ts';

test('the rules cover every action, and each says from which level on it counts', () => {
  const covered = new Set(protobufContract.rules.flatMap(({ covers }) => covers ?? []));
  assert.deepEqual([...covered].sort(), ['add', 'narrow', 'remove', 'rename', 'widen']);
  for (const { id, problem } of protobufContract.rules) {
    assert.match(problem, /^(all levels|file|package|wire-json|wire)\b/, id);
  }
});

describe('what cannot be read', () => {
  test('in head it is unproven, at its place, and nothing in it counts as removed', async () => {
    const reports = await compareProtos('message M { int32 a = 1; }', 'message M { int32 a = ; }');
    assert.deepEqual(rulesOf(reports), ['parse-syntax']);
    assert.equal(verdictOf(reports), 'unproven');
    assert.deepEqual(reports[0]?.span?.start, { line: 3, column: 23 });
  });
  test('in base as well, the same text: the change does not bring it', async () => {
    assert.deepEqual(await compareProtos('message M {', 'message M {'), []);
  });
  test('the other files are compared all the same', async () => {
    const reports = await compareProtos(
      { 'a.proto': 'message {', 'b.proto': 'syntax = "proto3"; message M { int32 a = 1; }' },
      { 'a.proto': 'message {', 'b.proto': 'syntax = "proto3"; message M { string a = 1; }' },
    );
    assert.deepEqual(rulesOf(reports), ['keep-field-type']);
  });
});

describe('names are looked up as protoc does', () => {
  const tree = (scope: string, extra = ''): Record<string, string> => ({
    'a.proto': `syntax = "proto3"; package a; message T { string x = 1; } ${extra}`,
    'b.proto': `syntax = "proto3"; package a.b; import "a.proto"; message M { ${scope} T t = 1; }`,
  });
  test('a type declared in an inner scope takes the name over', async () => {
    const reports = await compareProtos(tree(''), tree('message T { int32 x = 1; }'), 'wire');
    assert.deepEqual(rulesOf(reports), ['keep-field-type']);
  });
  test('one of the same name in a file that is not imported does not', async () => {
    const after = { ...tree(''), 'c.proto': 'syntax = "proto3"; package a.b; message T { int32 x = 1; }' };
    assert.deepEqual(await compareProtos(tree(''), after), []);
  });
  test('imports by the end of a path, and in circles', async () => {
    const circle = (type: string): Record<string, string> => ({
      'root/a.proto': `syntax = "proto3"; package p; import public "b.proto"; message A { B b = 1; }`,
      'root/b.proto': `syntax = "proto3"; package p; import public "a.proto"; message B { A a = 1; ${type} x = 2; }`,
    });
    assert.deepEqual(await compareProtos(circle('int32'), circle('int32')), []);
    assert.deepEqual(rulesOf(await compareProtos(circle('int32'), circle('string'))), ['keep-field-type']);
  });
});

describe('the direction decides who has to understand whom on the wire', () => {
  const field = (type: string) => `message M { ${type} a = 1; }`;
  const cases: readonly (readonly [before: string, after: string, consumed: string, produced: string])[] = [
    ['string', 'bytes', 'compatible', 'breaking'],
    ['bytes', 'string', 'breaking', 'compatible'],
    ['string', 'repeated string', 'compatible', 'breaking'],
    ['repeated string', 'string', 'breaking', 'compatible'],
  ];
  for (const [before, after, consumed, produced] of cases) {
    test(`${before} to ${after}`, async () => {
      const verdict = async (direction: 'consumed' | 'produced') =>
        verdictOf(await compareProtos(field(before), field(after), 'wire', direction));
      assert.deepEqual([await verdict('consumed'), await verdict('produced')], [consumed, produced]);
    });
  }
  test('a required field that is added is refused by whoever reads what was there', async () => {
    const file = (body: string) => `syntax = "proto2"; message M { ${body} }`;
    const added = (direction: 'consumed' | 'produced') =>
      compareProtos(file(''), file('required int32 a = 1;'), 'wire', direction);
    assert.equal(verdictOf(await added('consumed')), 'breaking');
    assert.equal(verdictOf(await added('produced')), 'compatible');
  });
});

test('a file that becomes invalid is said to be so, and one that was is not', async () => {
  const twice = 'message M { int32 a = 1; int32 b = 1; }';
  assert.deepEqual(rulesOf(await compareProtos('message M { int32 a = 1; }', twice)), ['forbid-collision']);
  assert.deepEqual(await compareProtos(twice, `${twice} message N {}`), []);
});

test('keys do not move with the lines', async () => {
  const keysOf = async (space: string) =>
    (
      await compareProtos(
        `${space}message M { int32 a = 1; int32 b = 2; }`,
        `message M { ${space} string a = 1; }`,
      )
    ).map(({ ruleId, key }) => `${ruleId} ${key}`);
  assert.deepEqual(await keysOf('\n\n// more\n'), await keysOf(''));
});

const names = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'epsilon');
const types = fc.constantFrom(
  'int32',
  'string',
  'bytes',
  'repeated int64',
  'optional bool',
  'E',
  'N',
  'map<string, N>',
);
const messages = fc.uniqueArray(
  fc.record({ name: names, type: types, number: fc.integer({ min: 1, max: 40 }) }),
  {
    maxLength: 5,
    selector: ({ name }) => name,
  },
);
type Fields = readonly { name: string; type: string; number: number }[];
const unique = (fields: Fields) =>
  fields.filter((one, at) => fields.findIndex(({ number }) => number === one.number) === at);
const declared = (fields: Fields, between: string) => [
  'enum E { Z = 0; ONE = 1; }',
  'message N { int32 x = 1; }',
  `message M {${between}${fields.map(({ name, type, number }) => `${type} ${name} = ${number};`).join(between)}}`,
];

test('layout, comments and order make no difference, at any level', async () => {
  const layouts = fc.constantFrom('\n', ' ', '\n// a comment; not { code }\n', '\t/* " */ ', '\r\n\r\n');
  await fc.assert(
    fc.asyncProperty(
      messages,
      layouts,
      layouts,
      fc.constantFrom(...protobufLevels),
      async (some, one, other, level) => {
        const fields = unique(some);
        const before = declared(fields, one).join(one);
        const after = declared(fields.toReversed(), other).toReversed().join(other);
        assert.deepEqual(await compareProtos(before, after, level), []);
      },
    ),
    { numRuns: 200 },
  );
});

test('what is reported at a level is reported at every stricter one', async () => {
  await fc.assert(
    fc.asyncProperty(messages, messages, async (one, other) => {
      const [before, after] = [one, other].map((fields) => declared(unique(fields), '\n').join('\n'));
      let stricter = 0;
      for (const level of protobufLevels.toReversed()) {
        const reports = await compareProtos(before ?? '', after ?? '', level);
        assert.ok(reports.length >= stricter, `${level} says less than a level that is less strict`);
        stricter = reports.length;
        for (const { span, beforeSpan, proof, witness } of reports) {
          assert.ok(span && beforeSpan);
          assert.ok(proof !== 'breaking' || witness !== undefined);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('a hostile number of fields and ranges takes linear time', async () => {
  const count = 20_000;
  const many = Array.from({ length: count }, (_, index) => index + 1);
  const fields = many.map((number) => `int32 f${number} = ${number};`).join('');
  const oneof = `oneof o { ${fields} }`;
  const ranges = many.map((number) => `reserved ${number * 2 + 100_000};`).join('');
  const reports = await compareProtos(
    `message M { ${fields} ${ranges} }`,
    `message M { ${oneof} ${ranges} }`,
    'wire',
  );
  assert.equal(reports.length > 0, true);
});
