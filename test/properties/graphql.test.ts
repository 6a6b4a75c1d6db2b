/** Random pairs of GraphQL schemas, with graphql's own comparison and validation as the judges. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildASTSchema, findBreakingChanges, lexicographicSortSchema, parse, printSchema } from 'graphql';
import { graphqlContract } from '../../analyzers/schema/graphql/contract.ts';
import { compareContract, versionOf } from '../support/compare-contract.ts';

const wrap = (name: fc.Arbitrary<string>) =>
  fc
    .tuple(name, fc.constantFrom('$', '$!', '[$]', '[$!]', '[$]!', '[$!]!'))
    .map(([own, text]) => text.replace('$', own));
const inputType = wrap(fc.constantFrom('Int', 'String', 'E', 'I', 'J'));
const outputType = wrap(fc.constantFrom('Int', 'Float', 'E', 'A', 'B', 'N', 'U'));
const names = ['a', 'b', 'c'];
const inputFields = fc
  .uniqueArray(fc.record({ name: fc.constantFrom(...names), type: inputType }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ name }) => name,
  })
  // A required input object within itself has no value.
  .map((fields) =>
    fields
      .map(({ name, type }) => `${name}: ${/[IJ]/.test(type) ? type.replaceAll('!', '') : type}`)
      .join(' '),
  );
const args = fc
  .uniqueArray(fc.record({ name: fc.constantFrom('x', 'y'), type: inputType }), {
    maxLength: 2,
    selector: ({ name }) => name,
  })
  .map((list) =>
    list.length === 0 ? '' : `(${list.map(({ name, type }) => `${name}: ${type}`).join(', ')})`,
  );
const fields = fc
  .uniqueArray(fc.record({ name: fc.constantFrom(...names), args, type: outputType }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ name }) => name,
  })
  .map((list) => list.map((own) => `${own.name}${own.args}: ${own.type}`).join(' '));
const schema = fc
  .record({
    query: fields,
    a: fields,
    b: fields,
    values: fc.subarray(['ONE', 'TWO', 'SIX'], { minLength: 1 }),
    members: fc.subarray(['A', 'B'], { minLength: 1 }),
    nodes: fc.subarray(['A', 'B']),
    i: inputFields,
    j: inputFields,
    locations: fc.subarray(['FIELD', 'QUERY', 'OBJECT'], { minLength: 1 }),
    directiveArgs: args,
  })
  .map((own) => {
    const node = (name: string) => (own.nodes.includes(name) ? ' implements N' : '');
    return [
      `type Query { ${own.query} }`,
      `interface N { id: ID }`,
      `type A${node('A')} { id: ID ${own.a} }`,
      `type B${node('B')} { id: ID ${own.b} }`,
      `union U = ${own.members.join(' | ')}`,
      `enum E { ${own.values.join(' ')} }`,
      `input I { ${own.i} }`,
      `input J { ${own.j} }`,
      `directive @d${own.directiveArgs} on ${own.locations.join(' | ')}`,
    ].join('\n');
  });

const build = (text: string) => buildASTSchema(parse(text));
const compare = (before: string, after: string) =>
  compareContract(graphqlContract, {
    before: versionOf(before, 'x.graphql'),
    after: versionOf(after, 'x.graphql'),
    direction: 'produced',
  });

test("breaks are those of graphql's own comparison, and every one has a witness", async () => {
  let operations = 0;
  await fc.assert(
    fc.asyncProperty(schema, schema, async (before, after) => {
      const { verdict, reports } = await compare(before, after);
      const breaks = findBreakingChanges(build(before), build(after)).filter(
        ({ description }) => !description.startsWith('Standard scalar'),
      );
      const claims = reports.filter(({ proof }) => proof !== undefined);
      // It does not look at the types of what directives take.
      const shared = claims.filter(
        ({ ruleId, message }) => ruleId !== 'graphql/keep-directive-argument' || !message.includes(' took '),
      );
      assert.equal(shared.length, breaks.length, JSON.stringify({ shared, breaks }));
      assert.equal(
        verdict,
        claims.length > 0 ? 'breaking' : 'compatible',
        JSON.stringify({ before, after, reports }),
      );
      for (const { witness, proof } of claims) {
        assert.equal(proof, 'breaking');
        assert.ok(witness !== undefined);
        if (JSON.stringify(witness).startsWith('{"operation"')) operations++;
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(operations > 300, `only ${operations} breaks were shown by an operation`);
});

test('the same schema in another order and layout is compatible, without a word', async () => {
  await fc.assert(
    fc.asyncProperty(schema, async (before) => {
      const after = printSchema(lexicographicSortSchema(build(before)));
      const { verdict, reports } = await compare(before, after);
      assert.deepEqual([verdict, reports], ['compatible', []]);
    }),
    { numRuns: 200 },
  );
});

test('no text makes it throw', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.tuple(schema, fc.nat(400)).map(([own, at]) => own.slice(at)),
    fc.tuple(schema, schema, fc.nat(400)).map(([own, other, at]) => own.slice(0, at) + other.slice(at)),
  );
  await fc.assert(
    fc.asyncProperty(text, schema, async (broken, own) => {
      await compare(own, broken);
      await compare(broken, own);
    }),
    { numRuns: 300 },
  );
});
