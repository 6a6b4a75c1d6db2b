/** Schemas that were compiled ahead of time say what ajv says of the same schema when it compiles it itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { isDraft07, isDraft2020 } from '../../analyzers/containment/judging/is-schema.generated.ts';
import { isPolicy } from '../../policies/policy-file/is-policy.generated.ts';
import { policySchema } from '../../policies/policy-file/schema.ts';
import '../support/seed.ts';

const engines = [
  { name: 'draft-07', ajv: new Ajv({ strict: false, logger: false }), isValid: isDraft07 },
  { name: '2020-12', ajv: new Ajv2020({ strict: false, logger: false }), isValid: isDraft2020 },
];

const invalid: unknown[] = [
  { type: 'text' },
  { properties: { port: 5 } },
  { required: 'name' },
  { minLength: -1 },
  { enum: 'a' },
  { items: { multipleOf: 0 } },
  { allOf: [] },
  { not: { type: ['string', 'string'] } },
  { additionalProperties: 'no' },
  'a schema',
  null,
];

const valid: unknown[] = [
  true,
  {},
  { type: ['object', 'null'], properties: { a: { $ref: '#/definitions/a' } }, definitions: { a: false } },
  { if: { const: 1 }, then: { minimum: 2 }, else: { pattern: '^a' } },
  { unknown: 'keyword' },
];

for (const { name, isValid } of engines) {
  test(`${name}: what is a schema, and what is none`, () => {
    for (const schema of valid) assert.ok(isValid(schema), JSON.stringify(schema));
    for (const schema of invalid) assert.ok(!isValid(schema), JSON.stringify(schema));
  });
}

test('whatever the keywords hold, the answer is that of ajv', () => {
  const keywords = [
    ...['type', 'properties', 'required', 'items', 'enum', 'minimum', 'minLength', 'pattern', 'allOf', 'not'],
    ...[
      'additionalProperties',
      'dependentRequired',
      'prefixItems',
      'contains',
      '$ref',
      'format',
      'uniqueItems',
    ],
  ];
  const plain = fc.oneof(
    fc.constantFrom<unknown>(
      'string',
      'object',
      '^a',
      true,
      false,
      null,
      0,
      -1,
      1.5,
      [],
      {},
      ['a'],
      ['a', 'a'],
    ),
    fc.array(fc.constantFrom<unknown>('string', 'null', {}, 1), { maxLength: 3 }),
  );
  const { schema } = fc.letrec((tie) => ({
    schema: fc.dictionary(
      fc.constantFrom(...keywords),
      fc.oneof({ maxDepth: 3 }, plain, tie('schema'), fc.array(tie('schema'), { maxLength: 2 })),
      { maxKeys: 3, noNullPrototype: true },
    ),
  }));
  fc.assert(
    fc.property(schema, (generated) => {
      for (const { name, ajv, isValid } of engines) {
        assert.equal(isValid(generated), ajv.validateSchema(generated as object), name);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a policy has the form of one when the schema says so', () => {
  const validate = new Ajv({ strict: false, validateSchema: false, code: { optimize: false } }).compile(
    policySchema,
  );
  const services = { shop: { paths: ['shop/**'] } };
  const policies: unknown[] = [
    { version: 1, services },
    { version: 1, services, approval: { required: 2 } },
    { version: 1, services, approval: { required: 'two' } },
    { version: 1, services, rollout: { preset: 'careful' } },
    { version: 1, services: { shop: { paths: 'shop/**', config: [{ files: 'a.json', schema: 'b.json' }] } } },
    { version: 1, services: { shop: { path: 'shop/**' } } },
    { version: 2, services },
    { services },
    {},
    null,
  ];
  const answers = policies.map((policy) => isPolicy(policy));
  assert.deepEqual(
    answers,
    policies.map((policy) => validate(policy)),
  );
  assert.ok(answers.includes(true) && answers.includes(false));
});
