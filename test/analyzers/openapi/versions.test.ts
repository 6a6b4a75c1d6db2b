/** OpenAPI 3.0 and 3.1 in each other's spelling, webhooks, discriminators, statuses that speak for others, announced ends. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openapiContract } from '../../../analyzers/schema/openapi/contract.ts';
import { compareFiles, type Verdict } from '../../support/contract-verdict.ts';
import { editDocument, type Edit } from '../../support/edit-document.ts';
import { expectVerdict } from '../../support/expect-openapi.ts';

type Case = [title: string, edits: Edit[], verdict: Verdict, rule?: string];

const spellings: [string, unknown, unknown][] = [
  ['nullable', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
  [
    'nullable as an alternative',
    { type: 'string', nullable: true },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
  ],
  [
    'a list of values with null',
    { type: 'string', nullable: true, enum: ['a', null] },
    { enum: ['a', null] },
  ],
  [
    'an exclusive bound',
    { type: 'integer', minimum: 0, exclusiveMinimum: true },
    { type: 'integer', exclusiveMinimum: 0 },
  ],
  ['one value', { type: 'string', enum: ['a'] }, { const: 'a' }],
  [
    'bytes',
    { type: 'string', format: 'binary' },
    { type: 'string', contentMediaType: 'application/octet-stream' },
  ],
  ['base64', { type: 'string', format: 'byte' }, { type: 'string', contentEncoding: 'base64' }],
  ['an example', { type: 'string', example: 'a' }, { type: 'string', examples: ['a'] }],
];

const around = (openapiVersion: string, schema: unknown) => ({
  openapi: openapiVersion,
  info: { title: 'x', version: '1' },
  paths: {
    '/x': {
      post: {
        requestBody: {
          content: { 'application/json': { schema: { type: 'object', properties: { a: schema } } } },
        },
        responses: {
          200: {
            description: 'x',
            content: { 'application/json': { schema: { type: 'object', properties: { a: schema } } } },
          },
        },
      },
    },
  },
});

suite('from OpenAPI 3.0 to 3.1 and back', () => {
  for (const [title, three, one] of spellings) {
    test(title, async () => {
      await expectVerdict(around('3.0.3', three), around('3.1.0', one), 'compatible');
      await expectVerdict(around('3.1.0', one), around('3.0.3', three), 'compatible');
    });
  }
  test('null that is forgotten', () =>
    expectVerdict(
      around('3.0.3', { type: 'string', nullable: true }),
      around('3.1.0', { type: 'string' }),
      'breaking',
      'keep-request-values',
    ));
});

const cat = {
  type: 'object',
  required: ['kind'],
  properties: { kind: { type: 'string' }, claws: { type: 'integer' } },
};
const dog = {
  type: 'object',
  required: ['kind'],
  properties: { kind: { type: 'string' }, barks: { type: 'boolean' } },
};

suite('OpenAPI 3.1', () => {
  const hooked = {
    ...around('3.1.0', { type: 'string' }),
    webhooks: {
      made: {
        post: {
          requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Made' } } } },
          responses: { 200: { description: 'heard' } },
        },
      },
    },
    components: {
      schemas: {
        Made: {
          type: 'object',
          required: ['id'],
          properties: { id: { type: 'string' }, at: { type: 'string' } },
        },
      },
    },
  };
  const made = '/components/schemas/Made';
  const cases: Case[] = [
    ['a webhook is removed', [['delete', '/webhooks/made']], 'breaking', 'keep-callback'],
    ['a webhook is added', [['set', '/webhooks/gone', { post: { responses: {} } }]], 'compatible'],
    ['a webhook sends less', [['set', `${made}/required`, []]], 'breaking', 'keep-request-optional'],
    ['a webhook sends more', [['add', `${made}/required`, 'at']], 'compatible'],
    [
      'a webhook sends another type',
      [['set', `${made}/properties/id/type`, 'integer']],
      'breaking',
      'keep-request-values',
    ],
    [
      'a webhook no longer sends what is optional',
      [['delete', `${made}/properties/at`]],
      'compatible',
      'keep-response-property',
    ],
  ];
  for (const [title, edits, verdict, rule] of cases) {
    test(`${title}: ${verdict}`, () => expectVerdict(hooked, editDocument(hooked, edits), verdict, rule));
  }
});

suite('discriminators and open lists', () => {
  const base = editDocument(around('3.0.3', { type: 'string', 'x-extensible-enum': ['a', 'b'] }), [
    ['set', '/components', { schemas: { Cat: cat, Dog: dog } }],
    [
      'set',
      '/paths/~1x/post/requestBody/content/application~1json/schema/properties/pet',
      {
        anyOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
        discriminator: {
          propertyName: 'kind',
          mapping: { c: '#/components/schemas/Cat', d: '#/components/schemas/Dog' },
        },
      },
    ],
  ]);
  const properties = '/paths/~1x/post/requestBody/content/application~1json/schema/properties';
  const discriminator = `${properties}/pet/discriminator`;
  const cases: Case[] = [
    ['a name is removed', [['delete', `${discriminator}/mapping/d`]], 'breaking', 'keep-discriminator'],
    ['a name is added', [['set', `${discriminator}/mapping/dog`, '#/components/schemas/Dog']], 'compatible'],
    [
      'another property tells',
      [['set', `${discriminator}/propertyName`, 'type']],
      'breaking',
      'keep-discriminator',
    ],
    [
      'a value of an open list is removed',
      [['set', `${properties}/a/x-extensible-enum`, ['a']]],
      'breaking',
      'keep-extensible-values',
    ],
    [
      'a value of an open list is added',
      [['set', `${properties}/a/x-extensible-enum`, ['a', 'b', 'c']]],
      'compatible',
    ],
  ];
  for (const [title, edits, verdict, rule] of cases) {
    test(`${title}: ${verdict}`, () => expectVerdict(base, editDocument(base, edits), verdict, rule));
  }
});

suite('statuses that speak for others', () => {
  const answering = (responses: Record<string, unknown>) => ({
    openapi: '3.0.3',
    info: { title: 'x', version: '1' },
    paths: { '/x': { get: { responses } } },
  });
  const body = (type: string) => ({
    description: 'x',
    content: { 'application/json': { schema: { type } } },
  });
  const cases: [string, Record<string, unknown>, Record<string, unknown>, Verdict][] = [
    ['a range takes over', { 200: body('string') }, { '2XX': body('string') }, 'compatible'],
    ['a range takes over with another body', { 200: body('string') }, { '2XX': body('integer') }, 'breaking'],
    ['a member takes over', { '2XX': body('string') }, { 200: body('string') }, 'compatible'],
    [
      'a member takes over with another body',
      { '2XX': body('string') },
      { 200: body('integer') },
      'breaking',
    ],
    ['the rest takes over', { 200: body('string') }, { default: body('string') }, 'compatible'],
    [
      'the rest takes over with another body',
      { 200: body('string') },
      { default: body('integer') },
      'breaking',
    ],
    ['the rest becomes the success', { default: body('string') }, { 200: body('string') }, 'compatible'],
    ['the rest becomes another success', { default: body('string') }, { 200: body('integer') }, 'breaking'],
    [
      'an error falls under the rest',
      { 200: body('string'), 404: body('string') },
      { 200: body('string'), default: body('integer') },
      'compatible',
    ],
    [
      'a success is not the rest',
      { 200: body('string'), default: body('object') },
      { default: body('object') },
      'breaking',
    ],
  ];
  for (const [title, before, after, verdict] of cases) {
    test(`${title}: ${verdict}`, async () => {
      const found = await compareFiles(
        openapiContract,
        { 'a.json': answering(before) },
        { 'a.json': answering(after) },
      );
      assert.equal(found.verdict, verdict, JSON.stringify(found.reports));
    });
  }
});

suite('announced ends', () => {
  const before = {
    openapi: '3.0.3',
    info: { title: 'x', version: '1' },
    paths: {
      '/x': {
        get: { responses: { 200: { description: 'x' } } },
        put: { deprecated: true, 'x-sunset': '2026-05-01', responses: { 200: { description: 'x' } } },
      },
    },
  };
  const after = editDocument(before, [['delete', '/paths/~1x/put']]);
  test('before the day: breaking, and the day is named', async () => {
    const found = await compareFiles(
      openapiContract,
      { 'a.json': before },
      { 'a.json': after },
      { at: '2026-04-30' },
    );
    assert.equal(found.verdict, 'breaking');
    assert.match(found.reports[0]?.message ?? '', /2026-05-01/);
  });
  test('after the day: compatible, and told', () =>
    expectVerdict(before, after, 'compatible', 'keep-operation', { at: '2026-05-01' }));
  test('without a day it is not known to have passed', () =>
    expectVerdict(before, after, 'breaking', 'keep-operation'));
});
