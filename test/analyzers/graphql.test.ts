/** GraphQL: which changes of a schema leave the operations of its clients working. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildASTSchema, parse, validate } from 'graphql';
import { isObject } from '../../analyzers/document/document.ts';
import { graphqlContract } from '../../analyzers/schema/graphql/contract.ts';
import { compareContract, versionOf, type Answer } from '../support/compare-contract.ts';

type Files = string | Readonly<Record<string, string>>;

function compare(
  before: Files,
  after: Files,
  more: { level?: string; operations?: string; direction?: 'consumed' | 'produced' | 'both' } = {},
): Promise<Answer> {
  const { operations, level, direction = 'produced' } = more;
  return compareContract(graphqlContract, {
    before: versionOf(before, 'shop.graphql'),
    after: versionOf(after, 'shop.graphql'),
    direction,
    ...(level !== undefined && { level }),
    ...(operations !== undefined && { operations: versionOf(operations, 'clients.graphql') }),
  });
}

const base =
  'type Query { order: Order, find(by: Filter): [Order] } type Order { id: ID! note: String } input Filter { id: ID, state: State } enum State { OPEN DONE }';
const query = (fields: string) =>
  `type Query { ${fields} } type A { x: Int } type B { x: Int } enum E { ONE TWO } scalar Date`;
const union = (members: string) =>
  `type Query { u: U } union U = ${members} type A { x: Int } type B { x: Int }`;
const input = (fields: string, directives = '') =>
  `type Query { f(i: I): Int } input I ${directives} { ${fields} }`;
const nested = (fields: string) =>
  `type Query { f(o: [O!]!): Int } input O { i: I!, n: Int! } input I { ${fields} }`;
const directive = (text: string) => `type Query { a: Int } ${text}`;

type Case = [name: string, before: Files, after: Files, expected: string, warnings?: string];

/** Expected: empty, the rules that are broken, or `?` and the rules that leave it open. Then what is only warned of. */
// prettier-ignore
const cases: Case[] = [
  ['the same schema', base, base, ''],
  ['definitions and fields in another order', base, 'enum State { DONE OPEN } input Filter { state: State, id: ID } type Order { note: String id: ID! } type Query { find(by: Filter): [Order] order: Order }', ''],
  ['a description', base, `"The shop." ${base}`, ''],
  ['a field is removed', base, base.replace('note: String', ''), 'keep-field'],
  ['a field is added', base, base.replace('note: String', 'note: String total: Int'), ''],
  ['a field is renamed', base, base.replace('note: String', 'remark: String'), 'keep-field'],
  ['a deprecated field is removed', base.replace('note: String', 'note: String @deprecated'), base.replace('note: String', ''), 'keep-field'],
  ['a field is deprecated', base, base.replace('note: String', 'note: String @deprecated(reason: "no")'), '', 'announce-deprecation'],
  ['a field is no longer deprecated', base.replace('note: String', 'note: String @deprecated'), base, '', 'announce-deprecation'],
  ['a type is removed with its fields', base, 'type Query { find(by: Filter): Int } input Filter { id: ID }', 'keep-field|keep-input-field|keep-output-type|keep-type'],
  ['a type that nothing leads to is removed', query('a: Int'), 'type Query { a: Int } type A { x: Int } enum E { ONE TWO } scalar Date', 'keep-type'],
  ['a type is added', base, `${base} type Extra { a: Int }`, ''],
  ['a type is renamed', query('a: A'), query('a: A').replaceAll('A', 'C'), 'keep-output-type|keep-type'],
  ['an object becomes an interface', query('a: A'), query('a: A').replace('type A', 'interface A'), 'keep-kind'],
  ['an enum becomes a scalar', query('e: E'), query('e: E').replace('enum E { ONE TWO }', 'scalar E'), 'keep-kind'],
  ['an object becomes an input', 'type Query { a: Int } type A { x: Int }', 'type Query { a: Int } input A { x: Int }', 'keep-kind'],
  ['a scalar is removed', query('a: Int'), query('a: Int').replace('scalar Date', ''), 'keep-type'],
  ['non-null becomes nullable', query('a: Int!'), query('a: Int'), 'keep-nullability'],
  ['nullable becomes non-null', query('a: Int'), query('a: Int!'), ''],
  ['an object may be null', query('a: A!'), query('a: A'), 'keep-nullability'],
  ['the items of a list may be null', query('a: [Int!]!'), query('a: [Int]!'), 'keep-nullability'],
  ['the items of an inner list may be null', query('a: [[Int!]]'), query('a: [[Int]]'), 'keep-nullability'],
  ['the items of a list are never null', query('a: [Int]'), query('a: [Int!]!'), ''],
  ['nullability moves from the list to its items', query('a: [Int]!'), query('a: [Int!]'), 'keep-nullability'],
  ['a value becomes a list', query('a: Int'), query('a: [Int]'), 'keep-output-type'],
  ['a list becomes a value', query('a: [A]'), query('a: A'), 'keep-output-type'],
  ['Int becomes Float', query('a: Int'), query('a: Float'), 'keep-output-type'],
  ['Int becomes a custom scalar', query('a: Int'), query('a: Date'), 'keep-output-type'],
  ['String becomes ID', query('a: String'), query('a: ID'), 'keep-output-type'],
  ['a scalar becomes an enum', query('a: String'), query('a: E'), 'keep-output-type'],
  ['a scalar becomes an object', query('a: Int'), query('a: A'), 'keep-output-type'],
  ['an object becomes a scalar', query('a: A'), query('a: Int'), 'keep-output-type'],
  ['an object becomes another with the same fields', query('a: A'), query('a: B'), 'keep-output-type'],
  ['an object becomes the interface that it implements', 'type Query { a: A } interface I { x: Int } type A implements I { x: Int }', 'type Query { a: I } interface I { x: Int } type A implements I { x: Int }', 'keep-output-type'],
  ['an object becomes a union', query('a: A'), `${query('a: U')} union U = A | B`, 'keep-output-type'],
  ['an optional argument is added', query('a: Int'), query('a(x: Int): Int'), '', 'question-optional-input'],
  ['a required argument is added', query('a: Int'), query('a(x: Int!): Int'), 'keep-argument-optional'],
  ['a required argument with a default is added', query('a: Int'), query('a(x: Int! = 1): Int'), '', 'question-optional-input'],
  ['an argument is removed', query('a(x: Int): Int'), query('a: Int'), 'keep-argument'],
  ['a required argument is removed', query('a(x: Int!): Int'), query('a: Int'), 'keep-argument'],
  ['an argument is renamed', query('a(x: Int): Int'), query('a(y: Int): Int'), 'keep-argument', 'question-optional-input'],
  ['arguments in another order', query('a(x: Int, y: Int): Int'), query('a(y: Int, x: Int): Int'), ''],
  ['an argument becomes required', query('a(x: Int): Int'), query('a(x: Int!): Int'), 'keep-argument-type'],
  ['an argument becomes non-null with a default', query('a(x: Int): Int'), query('a(x: Int! = 1): Int'), 'keep-argument-type', 'question-default'],
  ['an argument becomes optional', query('a(x: Int!): Int'), query('a(x: Int): Int'), ''],
  ['an argument takes a list instead of a value', query('a(x: Int): Int'), query('a(x: [Int]): Int'), 'keep-argument-type'],
  ['an argument takes a value instead of a list', query('a(x: [Int]): Int'), query('a(x: Int): Int'), 'keep-argument-type'],
  ['an argument takes another scalar', query('a(x: Int): Int'), query('a(x: String): Int'), 'keep-argument-type'],
  ['an argument takes Float instead of Int', query('a(x: Int): Int'), query('a(x: Float): Int'), 'keep-argument-type'],
  ['the items of an argument become non-null', query('a(x: [Int]): Int'), query('a(x: [Int!]): Int'), 'keep-argument-type'],
  ['the items of an argument become nullable', query('a(x: [Int!]!): Int'), query('a(x: [Int]): Int'), ''],
  ['a default is changed', query('a(x: Int = 1): Int'), query('a(x: Int = 2): Int'), '', 'question-default'],
  ['a default is removed', query('a(x: Int = 1): Int'), query('a(x: Int): Int'), '', 'question-default'],
  ['a default is added', query('a(x: Int): Int'), query('a(x: Int = 1): Int'), '', 'question-default'],
  ['a default of a required argument is removed', query('a(x: Int! = 1): Int'), query('a(x: Int!): Int'), 'keep-argument-optional'],
  ['a default of a required input field is removed', input('a: Int! = 1'), input('a: Int!'), 'keep-input-optional'],
  ['a default is replaced by null', query('a(x: Int = 1): Int'), query('a(x: Int = null): Int'), '', 'question-default'],
  ['a default written otherwise', query('a(x: [Int] = [1]): Int'), query('a(x: [Int] = 1): Int'), ''],
  ['fields of a default in another order', `${base} type T { f(x: Filter = {id: 1, state: OPEN}): Int }`, `${base} type T { f(x: Filter = {state: OPEN, id: 1}): Int }`, ''],
  ['an argument of a field below', base.replace('note: String', 'note(x: Int): String'), base, 'keep-argument'],
  ['an input field is removed', input('a: Int, b: Int'), input('a: Int'), 'keep-input-field'],
  ['an input field within a required one is removed', nested('a: Int, b: Int'), nested('a: Int'), 'keep-input-field'],
  ['an optional input field is added', input('a: Int'), input('a: Int, b: Int'), '', 'question-optional-input'],
  ['a required input field is added', input('a: Int'), input('a: Int, b: Int!'), 'keep-input-optional'],
  ['a required input field with a default is added', input('a: Int'), input('a: Int, b: Int! = 1'), '', 'question-optional-input'],
  ['an input field becomes required', input('a: Int'), input('a: Int!'), 'keep-input-type'],
  ['an input field becomes required far down', nested('a: Int'), nested('a: Int!'), 'keep-input-type'],
  ['an input field becomes optional', input('a: Int!'), input('a: Int'), ''],
  ['an input field takes another type', input('a: Int'), input('a: String'), 'keep-input-type'],
  ['an input field takes a list', input('a: Int'), input('a: [Int]'), 'keep-input-type'],
  ['the default of an input field is changed', input('a: Int = 1'), input('a: Int = 2'), '', 'question-default'],
  ['an input becomes oneOf', input('a: Int, b: Int'), input('a: Int, b: Int', '@oneOf'), 'keep-input-optional'],
  ['an input is no longer oneOf', input('a: Int, b: Int', '@oneOf'), input('a: Int, b: Int'), ''],
  ['an enum value is removed', base, base.replace('DONE', ''), 'keep-enum-value'],
  ['an enum value of an output is removed', query('e: E'), query('e: E').replace('TWO', ''), 'keep-enum-value'],
  ['an enum value is added', base, base.replace('DONE', 'DONE LATE'), '', 'question-enum-value'],
  ['an enum value is renamed', base, base.replace('DONE', 'CLOSED'), 'keep-enum-value', 'question-enum-value'],
  ['an enum value is deprecated', base, base.replace('DONE', 'DONE @deprecated'), '', 'announce-deprecation'],
  ['a union loses a member', union('A | B'), union('A'), 'keep-union-member'],
  ['a union gets a member', union('A'), union('A | B'), '', 'question-union-member'],
  ['members in another order', union('A | B'), union('B | A'), ''],
  ['an interface is no longer implemented', 'type Query { i: I } interface I { x: Int } type A implements I { x: Int } type B implements I { x: Int }', 'type Query { i: I } interface I { x: Int } type A { x: Int } type B implements I { x: Int }', 'keep-interface'],
  ['an interface is implemented', 'type Query { i: I } interface I { x: Int } type A { x: Int } type B implements I { x: Int }', 'type Query { i: I } interface I { x: Int } type A implements I { x: Int } type B implements I { x: Int }', '', 'question-interface'],
  ['an interface no longer implements another', 'type Query { i: I } interface I { x: Int } interface J implements I { x: Int } type B implements I & J { x: Int }', 'type Query { i: I } interface I { x: Int } interface J { x: Int } type B implements I & J { x: Int }', 'keep-interface'],
  ['a field of an interface is removed', 'type Query { i: I } interface I { x: Int y: Int } type A implements I { x: Int y: Int }', 'type Query { i: I } interface I { x: Int } type A implements I { x: Int y: Int }', 'keep-field'],
  ['a type does not have what its interface demands', 'type Query { i: I } interface I { x: Int } type A implements I { x: Int }', 'type Query { i: I } interface I { x: Int y: Int } type A implements I { x: Int }', '?parse-schema'],
  ['the mutations are gone', 'type Query { a: Int } type Mutation { b: Int }', 'type Query { a: Int }', 'keep-root-type|keep-type'],
  ['the root type gets another name', 'schema { query: A } type A { x: Int } type B { x: Int }', 'schema { query: B } type A { x: Int } type B { x: Int }', 'keep-root-type'],
  ['the root types written down', 'type Query { a: Int }', 'schema { query: Query } type Query { a: Int }', ''],
  ['a subscription is added', 'type Query { a: Int }', 'type Query { a: Int } type Subscription { b: Int }', ''],
  ['a directive is removed', directive('directive @d on FIELD'), directive(''), 'keep-directive'],
  ['a directive for schemas is removed', directive('directive @d on OBJECT'), directive(''), 'keep-directive'],
  ['a directive is added', directive(''), directive('directive @d on FIELD'), ''],
  ['a location is removed', directive('directive @d on FIELD | QUERY'), directive('directive @d on FIELD'), 'keep-directive'],
  ['a location is added', directive('directive @d on FIELD'), directive('directive @d on FIELD | QUERY'), ''],
  ['a directive may stand only once', directive('directive @d repeatable on FIELD'), directive('directive @d on FIELD'), 'keep-directive'],
  ['a directive may be repeated', directive('directive @d on FIELD'), directive('directive @d repeatable on FIELD'), ''],
  ['an argument of a directive is removed', directive('directive @d(a: Int) on FIELD'), directive('directive @d on FIELD'), 'keep-directive-argument'],
  ['a required argument of a directive is added', directive('directive @d on FIELD'), directive('directive @d(a: Int!) on FIELD'), 'keep-directive-argument'],
  ['an optional argument of a directive is added', directive('directive @d on FIELD'), directive('directive @d(a: Int) on FIELD'), ''],
  ['a non-null argument of a directive with a default is added', directive('directive @d on FIELD'), directive('directive @d(a: Int! = 1) on FIELD'), ''],
  ['an argument of a directive takes another type', directive('directive @d(a: Int) on FIELD'), directive('directive @d(a: String) on FIELD'), 'keep-directive-argument'],
  ['a scalar is specified elsewhere', 'type Query { a: D } scalar D @specifiedBy(url: "https://a.example")', 'type Query { a: D } scalar D @specifiedBy(url: "https://b.example")', '', 'question-scalar'],
  ['extended instead of written at once', base, `${base.replace('note: String', '')} extend type Order { note: String }`, ''],
  ['an extension is removed', `${base} extend type Order { total: Int }`, base, 'keep-field'],
  ['an extension of a type of another subgraph', 'type Query { a: Int } extend type User @key(fields: "id") { id: ID! a: Int }', 'type Query { a: Int } extend type User @key(fields: "id") { id: ID! }', 'keep-field'],
  ['directives that nobody defines', 'type Query @shareable { a: Int @cost(weight: 1) }', 'type Query { a: Int @inaccessible }', ''],
  ['several files that each have a part of Query', { 'a.graphql': 'type Query { a: Int }', 'b.graphql': 'type Query { b: Int }' }, { 'a.graphql': 'type Query { a: Int b: Int }' }, ''],
  ['no syntax', base, 'type Query {', 'parse-schema'],
  ['no syntax before', 'type Query {', base, '?parse-schema'],
  ['a type that is not defined', base, base.replace('note: String', 'note: Text'), 'keep-output-type|parse-schema'],
  ['a type that was not defined before either', 'type Query { a: Far }', 'type Query { a: Far b: Far }', ''],
  ['a type defined twice', base, `${base} type Order { id: ID! }`, 'parse-schema'],
  ['a field defined twice', base, base.replace('note: String', 'note: String note: Int'), 'keep-output-type|parse-schema'],
  ['a field defined twice, by an extension', base, `${base} extend type Order { note: String }`, 'parse-schema'],
  ['an argument defined twice', base, base.replace('note: String', 'note(a: Int, a: Int): String'), 'parse-schema'],
  ['an input field defined twice', base, base.replace('id: ID, state', 'id: ID, id: ID, state'), 'parse-schema'],
  ['an enum value defined twice', base, base.replace('DONE', 'DONE DONE'), 'parse-schema'],
  ['an argument of a directive defined twice', base, `${base} directive @d(a: Int, a: Int) on FIELD`, 'parse-schema'],
  ['an input type that is returned', base, `${base} extend type Query { filter: Filter }`, 'parse-schema'],
  ['an object type that is given', base, `${base} extend type Query { count(of: Order): Int }`, 'parse-schema'],
  ['a union of a scalar', base, `${base} union U = Int`, 'parse-schema'],
  ['nothing but a comment, then a schema', '# to come', base, ''],
  ['too deep', base, `${base} type T { a: ${'['.repeat(100_000)}Int${']'.repeat(100_000)} }`, '?parse-schema'],
];

describe('a change of a GraphQL schema', () => {
  for (const [name, before, after, expected, warnings = ''] of cases) {
    test(name, async () => {
      const answer = await compare(before, after);
      const rules = expected.replace('?', '').split('|').filter(Boolean);
      const verdict = expected === '' ? 'compatible' : expected.startsWith('?') ? 'unproven' : 'breaking';
      assert.deepEqual(
        { verdict: answer.verdict, rules: answer.rules },
        { verdict, rules },
        JSON.stringify(answer.reports),
      );
      const told = answer.reports
        .filter(({ proof }) => proof === undefined)
        .map(({ ruleId }) => ruleId.replace('graphql/', ''));
      if (warnings !== '') assert.deepEqual([...new Set(told)].sort(), warnings.split('|'));
      for (const report of answer.reports) {
        assert.ok(report.span !== undefined || report.beforeSpan !== undefined, `no span: ${report.message}`);
        if (report.proof === 'breaking' && report.ruleId !== 'graphql/parse-schema')
          assert.ok(report.witness !== undefined, report.message);
      }
    });
  }
});

test('every operation given as a witness is valid before and refused after', async () => {
  for (const [name, before, after] of cases) {
    if (typeof before !== 'string' || typeof after !== 'string') continue;
    const { reports } = await compare(before, after);
    const schemas = () =>
      [before, after].map((text) => buildASTSchema(parse(text), { assumeValidSDL: true }));
    for (const { witness, ruleId } of reports) {
      if (!isObject(witness) || typeof witness['operation'] !== 'string' || witness['response'] !== undefined)
        continue;
      const [first, second] = schemas();
      assert.ok(first !== undefined && second !== undefined);
      assert.deepEqual(validate(first, parse(witness['operation'])), [], name);
      assert.notDeepEqual(validate(second, parse(witness['operation'])), [], `${name}: ${ruleId}`);
    }
  }
});

const operations =
  'query Shown { order { ...Parts } } fragment Parts on Order { id } query Found($by: Filter) { find(by: $by) { id } }';

describe('with the operations that clients are known to send', () => {
  const recorded: [name: string, before: string, after: string, expected: string][] = [
    ['a field that nobody selects', base, base.replace('note: String', ''), ''],
    ['a field that a fragment selects', base, base.replace('id: ID! note', 'note'), 'keep-field'],
    ['a field that becomes nullable', base, base.replace('id: ID! note', 'id: ID note'), 'keep-nullability'],
    ['a type that nobody asks for', `${base} type Extra { a: Int }`, base, ''],
    ['a value that a variable may hold', base, base.replace('DONE', ''), 'keep-enum-value'],
    ['an input field that a variable may hold', base, base.replace('state: State', ''), 'keep-input-field'],
    [
      'an input field that is demanded',
      base,
      base.replace('state: State', 'state: State, shop: ID!'),
      'keep-input-optional',
    ],
    [
      'an argument that is demanded',
      base,
      base.replace('order: Order', 'order(id: ID!): Order'),
      'keep-argument-optional',
    ],
    ['an argument that nobody gives', base.replace('note: String', 'note(x: Int): String'), base, ''],
  ];
  for (const [name, before, after, expected] of recorded) {
    test(name, async () => {
      const answer = await compare(before, after, { operations });
      assert.deepEqual(answer.rules, expected === '' ? [] : [expected], JSON.stringify(answer.reports));
      assert.equal(answer.verdict, expected === '' ? 'compatible' : 'breaking');
    });
  }

  test('an operation that was never valid says nothing, and is told of', async () => {
    const answer = await compare(base, base.replace('note: String', ''), {
      operations: 'query Wrong { order { nothing note } }',
    });
    assert.equal(answer.verdict, 'compatible');
    assert.ok(
      answer.reports.some(({ ruleId, level }) => ruleId === 'graphql/keep-operation' && level === 'warning'),
    );
  });

  test('operations that cannot be read leave it open', async () => {
    const answer = await compare(base, base, { operations: 'query {' });
    assert.deepEqual([answer.verdict, answer.rules], ['unproven', ['keep-operation']]);
  });
});

describe('levels and directions', () => {
  const dangerous = cases.filter(
    ([, , , expected, warnings]) => expected === '' && warnings?.startsWith('question-') === true,
  );
  for (const [name, before, after, , warnings] of dangerous.filter(
    ([, , , , warnings]) => warnings !== 'question-scalar',
  )) {
    test(`dangerous: ${name}`, async () => {
      const answer = await compare(before, after, { level: 'dangerous' });
      assert.deepEqual(
        [answer.verdict, answer.rules],
        ['breaking', [warnings]],
        JSON.stringify(answer.reports),
      );
    });
  }

  test('a client may ask for less, and not for more than servers have', async () => {
    const less = base.replace('note: String', '');
    assert.equal((await compare(base, less, { direction: 'consumed' })).verdict, 'compatible');
    const more = await compare(less, base, { direction: 'consumed' });
    assert.deepEqual([more.verdict, more.rules], ['breaking', ['keep-field']]);
    assert.equal((await compare(less, base, { direction: 'both' })).verdict, 'breaking');
  });
});
