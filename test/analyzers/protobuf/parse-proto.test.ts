/** The parser: what it takes, where it says that something stands, and how it refuses what is no .proto text. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseProto } from '../../../analyzers/schema/protobuf/parse-proto.ts';
import type { ProtoFile, ProtoProblem } from '../../../analyzers/schema/protobuf/proto-file.ts';
import '../../support/seed.ts';

function parsed(text: string): ProtoFile {
  const result = parseProto('a.proto', text);
  assert.ok(
    result.ok,
    result.ok ? '' : `${result.problem.message} at ${JSON.stringify(result.problem.position)}`,
  );
  return result.file;
}

function refused(text: string): ProtoProblem {
  const result = parseProto('a.proto', text);
  assert.ok(!result.ok, 'it was taken');
  return result.problem;
}

const everything = `
syntax = "proto2"; // A comment, and /* none */ in it.
package shop . v1;
import public "a.proto"; import weak 'b.proto'; import "c" ".proto";
option java_package = "com." "example";
option (my.option).part = { a: 1, b { c: [1, 2.5e3, -inf] } [pb.ext/x.y]: "\\x41\\101\\u0041" ; d < > };
message Order {
  option deprecated = true;
  optional .shop.v1.Order parent = 1 [default = -0x7F, (a) = 'b', features = { field_presence: EXPLICIT }];
  required group Line = 2 { optional int32 reserved = 1; }
  map < string, Order > by_name = 3;
  oneof choice { option (x) = 1; string message = 4; group Other = 5 { } }
  reserved 6, 8 to 10, 1000 to max; reserved "a", 'b';
  extensions 100 to 200, 300 [declaration = { number: 100, full_name: ".x" }];
  extend Order { optional bytes note = 100; }
  enum State { option allow_alias = true; A = 0; B = -1 [(x) = 1]; option = 2; reserved -5 to -2, 10 to max; reserved "C"; }
  ;
}
service Orders { option deprecated = true; rpc Get (Order) returns (stream .shop.v1.Order) { option idempotency_level = IDEMPOTENT; }; rpc Put (stream Order) returns (Order); }
`;

test('every form of a declaration has its place in the model', () => {
  const file = parsed(everything);
  assert.equal(file.package, 'shop.v1');
  assert.deepEqual(
    file.imports.map(({ path, form }) => `${form} ${path}`),
    ['public a.proto', 'weak b.proto', 'plain c.proto'],
  );
  assert.deepEqual(
    file.options.map(({ name, value }) => `${name}=${value}`),
    [
      'java_package=com.example',
      '(my.option).part.a=1',
      '(my.option).part.b.c=1',
      '(my.option).part.b.c=2500',
      '(my.option).part.b.c=-inf',
      '(my.option).part.(pb.ext/x.y)=AAA',
    ],
  );
  const [order] = file.messages;
  assert.ok(order);
  assert.deepEqual(
    order.fields.map(({ name, number, typeName, oneof }) => [name, number, typeName, oneof]),
    [
      ['parent', 1, '.shop.v1.Order', undefined],
      ['line', 2, 'Line', undefined],
      ['by_name', 3, 'Order', undefined],
      ['message', 4, 'string', 'choice'],
      ['other', 5, 'Other', 'choice'],
    ],
  );
  assert.deepEqual(
    order.fields[0]?.options.map(({ name, value }) => `${name}=${value}`),
    ['default=-127', '(a)=b', 'features.field_presence=EXPLICIT'],
  );
  assert.deepEqual(
    order.messages.map(({ name }) => name),
    ['Line', 'Other'],
  );
  assert.deepEqual(
    order.reservedRanges.map(({ first, last }) => [first, last]),
    [
      [6, 6],
      [8, 10],
      [1000, 536870911],
    ],
  );
  assert.deepEqual(
    order.extensionRanges.map(({ first, last }) => [first, last]),
    [
      [100, 200],
      [300, 300],
    ],
  );
  assert.deepEqual(
    order.enums[0]?.values.map(({ name, number }) => [name, number]),
    [
      ['A', 0],
      ['B', -1],
      ['option', 2],
    ],
  );
  assert.deepEqual(
    order.enums[0].reservedRanges.map(({ first, last }) => [first, last]),
    [
      [-5, -2],
      [10, 2147483647],
    ],
  );
  assert.deepEqual(
    file.services[0]?.rpcs.map((rpc) => [rpc.name, rpc.isClientStreaming, rpc.isServerStreaming]),
    [
      ['Get', false, true],
      ['Put', true, false],
    ],
  );
});

test('editions have names without quotes, and visibility', () => {
  const file = parsed(
    'edition = "2024"; import option "x.proto"; local message A { reserved a, b; export enum E { Z = 0; } }',
  );
  assert.equal(file.syntax, '2024');
  assert.deepEqual(
    file.messages[0]?.reservedNames.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.equal(file.messages[0].enums[0]?.name, 'E');
});

test('positions are 1-based, count UTF-16 units, and leave a byte order mark out', () => {
  const file = parsed('\uFEFFsyntax = "proto3";\n/* 😀 */ message M {\r\n\tint32 a = 1;\n}');
  const field = file.messages[0]?.fields[0];
  assert.ok(field);
  assert.deepEqual(file.lines.span(field.nameRange.start, field.nameRange.end), {
    start: { line: 3, column: 8 },
    end: { line: 3, column: 9 },
  });
  assert.equal(file.lines.position(file.messages[0]?.nameRange.start ?? 0).column, 18);
});

const faults: readonly (readonly [text: string, line: number, column: number, message: RegExp])[] = [
  ['message M {', 1, 12, /end of the file stands where "}" is expected/],
  ['message M {\n  int32 a 1;\n}', 2, 11, /"1" stands where "="/],
  ['message M { int32 = 1; }', 1, 19, /name of a field/],
  ['message M { int32 a = x; }', 1, 23, /number of a field/],
  ['message M { int32 a = 1 }', 1, 25, /stands where ";"/],
  ['message M { int32 a = 09; }', 1, 23, /not a number/],
  ['message M { int32 a = 1x; }', 1, 23, /not a number/],
  ['option a = "b\n";', 1, 12, /not closed on its line/],
  ["option a = 'b", 1, 12, /not closed on its line/],
  ['option a = "\\q";', 1, 13, /escape/],
  ['/* for ever', 1, 1, /comment is not closed/],
  ['message M { int32 a = 1; \0 }', 1, 26, /U\+0000/],
  ['syntax = "proto4";', 1, 10, /syntax "proto4" is not one that is known/],
  ['edition = "1999";', 1, 11, /edition "1999"/],
  ['hello', 1, 1, /cannot begin a declaration/],
  ['{"type": "object"}', 1, 1, /cannot begin a declaration/],
  ['message M { reserved 5 to 2; }', 1, 22, /before it begins/],
  ['service S { rpc A(B); }', 1, 21, /"returns"/],
  ['enum E { A = 99999999999999999999999999; }', 1, 14, /number of an enum value/],
  ['package a; package b;', 1, 20, /twice/],
  ['message é {}', 1, 9, /U\+00E9/],
];

describe('what is wrong is said at its place', () => {
  for (const [text, line, column, message] of faults) {
    test(JSON.stringify(text), () => {
      const problem = refused(text);
      assert.match(problem.message, message);
      assert.deepEqual(problem.position, { line, column });
    });
  }
});

describe('hostile texts end in a problem', () => {
  const depth = 100_000;
  const nested: readonly (readonly [string, string])[] = [
    ['messages', `${'message M {'.repeat(depth)}${'}'.repeat(depth)}`],
    ['groups', `message M { ${'optional group G = 1 {'.repeat(depth)}`],
    ['option values', `option a = ${'{ a '.repeat(depth)}`],
    ['lists', `option a = ${'['.repeat(depth)}`],
  ];
  for (const [name, text] of nested) {
    test(`${name} nested ${depth} deep`, () => assert.match(refused(text).message, /deeper than 64/));
  }
  test('a long name, a long number, a long text', () => {
    const long = 'a'.repeat(1_000_000);
    assert.equal(parsed(`message ${long} {}`).messages[0]?.name.length, long.length);
    assert.ok(refused(`message M { int32 a = ${'9'.repeat(1_000_000)}; }`).message.length < 200);
    assert.equal(parsed(`option a = "${'\\n'.repeat(500_000)}";`).options[0]?.value.length, 500_000);
  });
});

test('no text makes it throw, and a problem lies within the text', () => {
  const edits = fc.array(fc.tuple(fc.nat(everything.length), fc.nat(12), fc.string({ maxLength: 6 })), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(edits, (all) => {
      const text = all.reduce(
        (now, [at, length, put]) => now.slice(0, at) + put + now.slice(at + length),
        everything,
      );
      const result = parseProto('a.proto', text);
      if (!result.ok) assert.ok(result.problem.position.line <= text.split('\n').length);
    }),
    { numRuns: 2000 },
  );
});
