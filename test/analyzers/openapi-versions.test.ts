/** Swagger 2, OpenAPI 3.0 and 3.1: edits within each, and the same description written in two of them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openapiContract } from '../../analyzers/schema/openapi/contract.ts';
import type { ContractRequest } from '../../analyzers/schema/contract.ts';
import { compareFiles, type Verdict } from '../support/contract-verdict.ts';
import { editDocument, type Edit } from '../support/edit-document.ts';

const swagger = {
  swagger: '2.0',
  info: { title: 'Pets', version: '1' },
  host: 'api.example.com',
  basePath: '/v1',
  schemes: ['https'],
  consumes: ['application/json'],
  produces: ['application/json'],
  securityDefinitions: { key: { type: 'apiKey', in: 'header', name: 'X-Key' }, user: { type: 'basic' } },
  security: [{ key: [] }],
  paths: {
    '/pets': {
      get: {
        parameters: [
          { name: 'limit', in: 'query', type: 'integer', maximum: 100 },
          { name: 'ids', in: 'query', type: 'array', items: { type: 'string' }, collectionFormat: 'multi' },
          { name: 'X-Trace', in: 'header', type: 'string' },
        ],
        responses: {
          200: {
            description: 'pets',
            headers: { 'X-Total': { type: 'integer' } },
            schema: { type: 'array', items: { $ref: '#/definitions/Pet' } },
          },
        },
      },
      post: {
        parameters: [{ name: 'pet', in: 'body', required: true, schema: { $ref: '#/definitions/NewPet' } }],
        responses: { 201: { description: 'made', schema: { $ref: '#/definitions/Pet' } } },
      },
    },
    '/upload': {
      post: {
        consumes: ['multipart/form-data'],
        parameters: [
          { name: 'file', in: 'formData', type: 'file', required: true },
          { name: 'note', in: 'formData', type: 'string', maxLength: 100 },
        ],
        responses: { 204: { description: 'taken' } },
      },
    },
  },
  definitions: {
    Pet: {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'string' }, mood: { type: 'string', enum: ['calm', 'wild'] } },
    },
    NewPet: { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 50 } } },
  },
};

/** The same in OpenAPI 3.0. */
const openapi = {
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1' },
  servers: [{ url: 'https://api.example.com/v1' }],
  security: [{ key: [] }],
  paths: {
    '/pets': {
      get: {
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100 } },
          { name: 'ids', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
        ],
        responses: {
          200: {
            description: 'pets',
            headers: { 'X-Total': { schema: { type: 'integer' } } },
            content: {
              'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/Pet' } } },
            },
          },
        },
      },
      post: {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/NewPet' } } },
        },
        responses: {
          201: {
            description: 'made',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
        },
      },
    },
    '/upload': {
      post: {
        requestBody: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: {
                type: 'object',
                required: ['file'],
                properties: {
                  file: { type: 'string', format: 'binary' },
                  note: { type: 'string', maxLength: 100 },
                },
              },
            },
          },
        },
        responses: { 204: { description: 'taken' } },
      },
    },
  },
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      user: { type: 'http', scheme: 'basic' },
    },
    schemas: swagger.definitions,
  },
};

type Case = [title: string, edits: Edit[], verdict: Verdict, rule?: string];

const list = '/paths/~1pets/get';
const limit = `${list}/parameters/0`;
const ids = `${list}/parameters/1`;
const upload = '/paths/~1upload/post';

const casesOfSwagger: Case[] = [
  ['nothing', [], 'compatible'],
  ['a path is removed', [['delete', '/paths/~1upload']], 'breaking', 'keep-path'],
  ['the base path differs', [['set', '/basePath', '/v2']], 'breaking', 'keep-server'],
  ['the host differs', [['set', '/host', 'eu.example.com']], 'breaking', 'keep-server'],
  ['a scheme is removed', [['set', '/schemes', ['http']]], 'breaking', 'keep-server'],
  ['a scheme is added', [['add', '/schemes', 'http']], 'compatible'],
  ['a maximum is lower', [['set', `${limit}/maximum`, 50]], 'breaking', 'keep-parameter-values'],
  ['a maximum is higher', [['set', `${limit}/maximum`, 500]], 'compatible'],
  [
    'a parameter becomes required',
    [['set', `${limit}/required`, true]],
    'breaking',
    'keep-parameter-optional',
  ],
  [
    'a parameter has another type',
    [
      ['set', `${limit}/type`, 'boolean'],
      ['delete', `${limit}/maximum`],
    ],
    'breaking',
    'keep-parameter-values',
  ],
  [
    'an integer becomes a text',
    [['set', limit, { name: 'limit', in: 'query', type: 'string' }]],
    'compatible',
  ],
  [
    'a list is written otherwise',
    [['set', `${ids}/collectionFormat`, 'csv']],
    'breaking',
    'keep-parameter-style',
  ],
  [
    'a list is written with pipes',
    [['set', `${ids}/collectionFormat`, 'pipes']],
    'breaking',
    'keep-parameter-style',
  ],
  [
    'a body property becomes required',
    [
      ['set', '/definitions/NewPet/properties/age', { type: 'integer' }],
      ['add', '/definitions/NewPet/required', 'age'],
    ],
    'breaking',
    'keep-request-optional',
  ],
  ['a body becomes optional', [['set', '/paths/~1pets/post/parameters/0/required', false]], 'compatible'],
  ['a body is removed', [['set', '/paths/~1pets/post/parameters', []]], 'compatible', 'keep-request-body'],
  [
    'a field becomes required',
    [['set', `${upload}/parameters/1/required`, true]],
    'breaking',
    'keep-request-optional',
  ],
  [
    'a field is shorter',
    [['set', `${upload}/parameters/1/maxLength`, 50]],
    'breaking',
    'keep-request-values',
  ],
  ['a field is removed', [['delete', `${upload}/parameters/1`]], 'compatible'],
  [
    'another media type is taken',
    [['set', '/consumes', ['application/xml']]],
    'breaking',
    'keep-request-media-type',
  ],
  ['one more media type is taken', [['add', '/consumes', 'application/xml']], 'compatible'],
  [
    'another media type is answered',
    [['set', '/produces', ['application/xml']]],
    'breaking',
    'keep-response-media-type',
  ],
  [
    'the media types are written at the operation',
    [['set', `${list}/produces`, ['application/json']]],
    'compatible',
  ],
  [
    'an answer has a new value',
    [['add', '/definitions/Pet/properties/mood/enum', 'sad']],
    'breaking',
    'keep-response-values',
  ],
  [
    'an answer loses a required property',
    [['set', '/definitions/Pet/required', []]],
    'breaking',
    'keep-response-required',
  ],
  [
    'a header has another type',
    [['set', `${list}/responses/200/headers/X-Total/type`, 'string']],
    'breaking',
    'keep-response-header',
  ],
  ['another scheme is wanted', [['set', '/security', [{ user: [] }]]], 'breaking', 'keep-security'],
];

suite('Swagger 2', () => {
  for (const [title, edits, verdict, rule] of casesOfSwagger) {
    test(`${title}: ${verdict}`, () => expectVerdict(swagger, editDocument(swagger, edits), verdict, rule));
  }
});

const converted: Case[] = [
  ['the same', [], 'compatible'],
  ['a maximum is lower', [['set', `${limit}/schema/maximum`, 50]], 'breaking', 'keep-parameter-values'],
  ['a list is written otherwise', [['set', `${ids}/explode`, false]], 'breaking', 'keep-parameter-style'],
  ['a path is forgotten', [['delete', '/paths/~1upload']], 'breaking', 'keep-path'],
  [
    'the base path is forgotten',
    [['set', '/servers/0/url', 'https://api.example.com']],
    'breaking',
    'keep-server',
  ],
  ['security is forgotten', [['delete', '/security']], 'compatible', 'question-security'],
];

suite('from Swagger 2 to OpenAPI 3', () => {
  for (const [title, edits, verdict, rule] of converted) {
    test(`${title}: ${verdict}`, () => expectVerdict(swagger, editDocument(openapi, edits), verdict, rule));
  }
});

/** Two spellings of one schema: OpenAPI 3.0 and 3.1. */
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

suite('seen as its client', () => {
  const cases: Case[] = [
    ['an operation that we do not call goes', [['delete', '/paths/~1pets/post']], 'compatible'],
    [
      'an operation that nobody serves yet',
      [['set', '/paths/~1pets/put', { responses: { 200: { description: 'x' } } }]],
      'breaking',
      'keep-operation',
    ],
    ['we may send more', [['set', `${limit}/schema/maximum`, 500]], 'breaking', 'keep-parameter-values'],
    ['we send less', [['set', `${limit}/schema/maximum`, 50]], 'compatible'],
    [
      'we expect more',
      [['add', '/components/schemas/Pet/required', 'mood']],
      'breaking',
      'keep-response-required',
    ],
    ['we expect less', [['set', '/components/schemas/Pet/required', []]], 'compatible'],
  ];
  for (const [title, edits, verdict, rule] of cases) {
    test(`${title}: ${verdict}`, () =>
      expectVerdict(openapi, editDocument(openapi, edits), verdict, rule, { direction: 'consumed' }));
  }
  test('both sides: what breaks either', () =>
    expectVerdict(
      openapi,
      editDocument(openapi, [['set', `${limit}/schema/maximum`, 50]]),
      'breaking',
      'keep-parameter-values',
      { direction: 'both' },
    ));
});

async function expectVerdict(
  before: unknown,
  after: unknown,
  verdict: Verdict,
  rule?: string,
  options: Partial<ContractRequest> = {},
) {
  const found = await compareFiles(openapiContract, { 'api.json': before }, { 'api.json': after }, options);
  const said = JSON.stringify(found.reports, undefined, 1);
  assert.equal(found.verdict, verdict, said);
  if (rule !== undefined)
    assert.ok(
      found.reports.some(({ ruleId }) => ruleId === `openapi/${rule}`),
      said,
    );
}
