/** Swagger 2: edits within it, and the same description written in OpenAPI 3; the latter as its client sees it. */
import { suite, test } from 'node:test';
import type { Verdict } from '../../support/contract-verdict.ts';
import { editDocument, type Edit } from '../../support/edit-document.ts';
import { expectVerdict } from '../../support/expect-openapi.ts';

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
