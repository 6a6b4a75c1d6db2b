/**
 * OpenAPI 3 descriptions, one small edit at a time: what it is to the clients of a service, and by which rule. The base
 * is one description with everything in it that can be edited.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openapiContract } from '../../analyzers/schema/openapi/contract.ts';
import { compareFiles, type Verdict } from '../support/contract-verdict.ts';
import { editDocument, type Edit } from '../support/edit-document.ts';

const base = {
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1.0.0' },
  servers: [{ url: 'https://api.example.com/v1' }, { url: 'https://eu.example.com/v1' }],
  tags: [{ name: 'pets' }],
  security: [{ key: [] }],
  paths: {
    '/pets': {
      get: {
        operationId: 'listPets',
        tags: ['pets'],
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
          { name: 'kind', in: 'query', schema: { type: 'string', enum: ['cat', 'dog'] } },
          { name: 'X-Trace', in: 'header', schema: { type: 'string', maxLength: 20 } },
          { name: 'ids', in: 'query', schema: { type: 'array', items: { type: 'string' }, maxItems: 10 } },
          { name: 'owner', in: 'query', required: true, schema: { type: 'string' } },
          { $ref: '#/components/parameters/Page' },
        ],
        responses: {
          200: {
            description: 'the pets',
            headers: {
              'X-Total': { required: true, schema: { type: 'integer' } },
              'X-Next': { schema: { type: 'string' } },
            },
            content: {
              'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/Pet' } } },
            },
          },
          404: {
            description: 'none',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
          },
        },
      },
      post: {
        operationId: 'createPet',
        requestBody: {
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/NewPet' } },
            'application/xml': { schema: { $ref: '#/components/schemas/NewPet' } },
          },
        },
        responses: {
          201: {
            description: 'made',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
          default: {
            description: 'error',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
          },
        },
        callbacks: {
          made: {
            '{$request.body#/hook}': {
              post: {
                requestBody: {
                  content: { 'application/json': { schema: { $ref: '#/components/schemas/Event' } } },
                },
                responses: { 200: { description: 'heard' } },
              },
            },
          },
        },
      },
    },
    '/pets/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 40 } }],
      get: {
        operationId: 'getPet',
        security: [{ key: [] }, { login: ['read'] }],
        responses: {
          200: {
            description: 'the pet',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
        },
      },
      delete: {
        operationId: 'removePet',
        deprecated: true,
        'x-sunset': '2024-06-30',
        security: [],
        responses: { 204: { description: 'gone' } },
      },
    },
  },
  components: {
    parameters: { Page: { name: 'page', in: 'query', schema: { type: 'integer', minimum: 0 } } },
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      login: {
        type: 'oauth2',
        flows: {
          authorizationCode: {
            authorizationUrl: 'https://login.example.com/authorize',
            tokenUrl: 'https://login.example.com/token',
            scopes: { read: 'reads', write: 'writes' },
          },
        },
      },
    },
    schemas: {
      Pet: {
        type: 'object',
        required: ['id', 'name'],
        properties: {
          id: { type: 'string', readOnly: true },
          name: { type: 'string', maxLength: 50 },
          age: { type: 'integer', minimum: 0, maximum: 40 },
          mood: { type: 'string', enum: ['calm', 'wild'] },
          tag: { type: 'string', nullable: true },
        },
      },
      NewPet: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 50 },
          age: { type: 'integer', minimum: 0, maximum: 40 },
          mood: { type: 'string', enum: ['calm', 'wild'] },
          tag: { type: 'string', nullable: true },
          secret: { type: 'string', writeOnly: true },
        },
      },
      Error: {
        type: 'object',
        required: ['code'],
        properties: { code: { type: 'integer' }, text: { type: 'string' } },
      },
      Event: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string' }, at: { type: 'string' } },
      },
    },
  },
};

const list = '/paths/~1pets/get';
const create = '/paths/~1pets/post';
const one = '/paths/~1pets~1{id}';
const limit = `${list}/parameters/0`;
const kind = `${list}/parameters/1`;
const trace = `${list}/parameters/2`;
const ids = `${list}/parameters/3`;
const owner = `${list}/parameters/4`;
const pet = '/components/schemas/Pet';
const newPet = '/components/schemas/NewPet';
const event = '/components/schemas/Event';
const schemes = '/components/securitySchemes';
const flow = `${schemes}/login/flows/authorizationCode`;
const ok = `${list}/responses/200`;
const json = 'content/application~1json';

/** A title, the edits, the verdict, and the rule that has to say it (none: nothing is said at all). */
type Case = [title: string, edits: Edit[], verdict: Verdict, rule?: string];

const paths: Case[] = [
  ['nothing', [], 'compatible'],
  ['a path is removed', [['delete', one]], 'breaking', 'keep-path'],
  ['a path is renamed', [['move', '/paths/~1pets', '/paths/~1animals']], 'breaking', 'keep-path'],
  ['a path gets a trailing slash', [['move', '/paths/~1pets', '/paths/~1pets~1']], 'breaking', 'keep-path'],
  [
    'a path is added',
    [['set', '/paths/~1owners', { get: { responses: { 200: { description: 'x' } } } }]],
    'compatible',
  ],
  ['a path without operations goes', [['set', '/paths/~1x', {}]], 'compatible'],
  [
    'a literal path is added beside a template',
    [['set', '/paths/~1pets~1mine', { get: { responses: { 200: { description: 'x' } } } }]],
    'compatible',
    'question-overlap',
  ],
  [
    'the parameter of a template is renamed',
    [
      ['move', one, '/paths/~1pets~1{petId}'],
      ['set', '/paths/~1pets~1{petId}/parameters/0/name', 'petId'],
    ],
    'compatible',
  ],
  ['an operation is removed', [['delete', create]], 'breaking', 'keep-operation'],
  ['a deprecated operation is removed', [['delete', `${one}/delete`]], 'breaking', 'keep-operation'],
  [
    'an operation is added',
    [['set', `${one}/put`, { responses: { 200: { description: 'x' } } }]],
    'compatible',
  ],
  ['an operation changes its method', [['move', create, '/paths/~1pets/put']], 'breaking', 'keep-operation'],
  ['an operationId is renamed', [['set', `${list}/operationId`, 'pets']], 'compatible', 'keep-operation-id'],
  ['an operationId is removed', [['delete', `${list}/operationId`]], 'compatible', 'keep-operation-id'],
  ['a tag is removed', [['delete', `${list}/tags`]], 'compatible'],
  [
    'prose differs',
    [
      ['set', `${list}/summary`, 'All pets'],
      ['set', '/info/version', '2.0.0'],
    ],
    'compatible',
  ],
  [
    'the prose of a schema differs',
    [
      ['set', `${pet}/description`, 'A pet'],
      ['set', `${pet}/properties/name/title`, 'N'],
    ],
    'compatible',
  ],
  ['an example differs', [['set', `${pet}/example`, { id: '1', name: 'x' }]], 'compatible'],
  ['an extension differs', [['set', `${list}/x-internal`, true]], 'compatible'],
  [
    'an unused component is removed',
    [['set', '/components/schemas/Unused', { type: 'string' }]],
    'compatible',
  ],
  ['a keyword nobody knows differs', [['set', `${list}/novel`, 1]], 'unproven', 'compare-keyword'],
  ['a link is added', [['set', `${ok}/links`, { next: { operationId: 'getPet' } }]], 'compatible'],
  ['an operation is deprecated', [['set', `${list}/deprecated`, true]], 'compatible', 'announce-sunset'],
  [
    'an operation is deprecated with a date',
    [
      ['set', `${list}/deprecated`, true],
      ['set', `${list}/x-sunset`, '2030-01-01'],
    ],
    'compatible',
  ],
  ['a sunset is earlier', [['set', `${one}/delete/x-sunset`, '2024-05-31']], 'breaking', 'keep-sunset'],
  ['a sunset is later', [['set', `${one}/delete/x-sunset`, '2024-07-31']], 'compatible'],
  ['a sunset is taken back', [['delete', `${one}/delete/x-sunset`]], 'compatible', 'keep-sunset'],
  [
    'a deprecation is taken back',
    [
      ['delete', `${one}/delete/deprecated`],
      ['delete', `${one}/delete/x-sunset`],
    ],
    'compatible',
  ],
];

const servers: Case[] = [
  ['a server is removed', [['delete', '/servers/1']], 'breaking', 'keep-server'],
  ['a server is added', [['add', '/servers', { url: 'https://us.example.com/v1' }]], 'compatible'],
  ['servers change places', [['set', '/servers', [base.servers[1], base.servers[0]]]], 'compatible'],
  [
    'a server gets a trailing slash',
    [['set', '/servers/0/url', 'https://api.example.com/v1/']],
    'compatible',
  ],
  ['a host is written in capitals', [['set', '/servers/0/url', 'https://API.example.com/v1']], 'compatible'],
  ['a server names its port', [['set', '/servers/0/url', 'https://api.example.com:443/v1']], 'compatible'],
  [
    'a server gets another version',
    [['set', '/servers/0/url', 'https://api.example.com/v2']],
    'breaking',
    'keep-server',
  ],
  ['a server loses TLS', [['set', '/servers/0/url', 'http://api.example.com/v1']], 'breaking', 'keep-server'],
  ['all servers are gone', [['delete', '/servers']], 'unproven', 'keep-server'],
  [
    'a server is written with a variable',
    [
      [
        'set',
        '/servers/0',
        { url: 'https://{name}.example.com/v1', variables: { name: { default: 'api' } } },
      ],
    ],
    'compatible',
  ],
  [
    'an operation gets a server of its own',
    [['set', `${list}/servers`, [{ url: 'https://list.example.com' }]]],
    'breaking',
    'keep-server',
  ],
  [
    'the base path moves into the templates',
    [
      ['set', '/servers', [{ url: 'https://api.example.com' }, { url: 'https://eu.example.com' }]],
      ['move', '/paths/~1pets', '/paths/~1v1~1pets'],
      ['move', one, '/paths/~1v1~1pets~1{id}'],
    ],
    'compatible',
  ],
];

const parameters: Case[] = [
  [
    'an optional parameter is added',
    [['add', `${list}/parameters`, { name: 'q', in: 'query', schema: { type: 'string' } }]],
    'compatible',
  ],
  [
    'a required parameter is added',
    [['add', `${list}/parameters`, { name: 'q', in: 'query', required: true, schema: { type: 'string' } }]],
    'breaking',
    'keep-parameter-optional',
  ],
  [
    'a required header is added',
    [
      [
        'add',
        `${list}/parameters`,
        { name: 'X-A', in: 'header', required: true, schema: { type: 'string' } },
      ],
    ],
    'breaking',
    'keep-parameter-optional',
  ],
  [
    'a required cookie is added',
    [['add', `${list}/parameters`, { name: 'a', in: 'cookie', required: true, schema: { type: 'string' } }]],
    'breaking',
    'keep-parameter-optional',
  ],
  [
    'a path gets a required parameter',
    [['set', '/paths/~1pets/parameters', [{ name: 'q', in: 'query', required: true, schema: {} }]]],
    'breaking',
    'keep-parameter-optional',
  ],
  [
    'a header that is ignored is added',
    [
      [
        'add',
        `${list}/parameters`,
        { name: 'Accept', in: 'header', required: true, schema: { type: 'string' } },
      ],
    ],
    'compatible',
  ],
  ['a parameter is removed', [['delete', kind]], 'compatible', 'keep-parameter'],
  ['a required parameter is removed', [['delete', owner]], 'compatible', 'keep-parameter'],
  [
    'a shared parameter is no longer used',
    [['delete', `${list}/parameters/5`]],
    'compatible',
    'keep-parameter',
  ],
  [
    'a parameter becomes required',
    [['set', `${kind}/required`, true]],
    'breaking',
    'keep-parameter-optional',
  ],
  ['a parameter becomes optional', [['set', `${owner}/required`, false]], 'compatible'],
  ['a parameter is renamed', [['set', `${owner}/name`, 'keeper']], 'breaking', 'keep-parameter-optional'],
  ['a parameter moves to the header', [['set', `${kind}/in`, 'header']], 'breaking', 'keep-parameter-place'],
  ['a parameter moves to the path item', [['move', kind, '/paths/~1pets/parameters']], 'compatible'],
  ['a header is written in capitals', [['set', `${trace}/name`, 'X-TRACE']], 'compatible'],
  [
    'a query parameter is written in capitals',
    [['set', `${owner}/name`, 'Owner']],
    'breaking',
    'keep-parameter-optional',
  ],
  [
    'parameters change places',
    [
      ['set', kind, base.paths['/pets'].get.parameters[0]],
      ['set', limit, base.paths['/pets'].get.parameters[1]],
    ],
    'compatible',
  ],
  [
    'a parameter is written in place',
    [['set', `${list}/parameters/5`, base.components.parameters.Page]],
    'compatible',
  ],
  [
    'a shared parameter becomes required',
    [['set', '/components/parameters/Page/required', true]],
    'breaking',
    'keep-parameter-optional',
  ],
  ['a maximum is lower', [['set', `${limit}/schema/maximum`, 50]], 'breaking', 'keep-parameter-values'],
  ['a maximum is higher', [['set', `${limit}/schema/maximum`, 200]], 'compatible'],
  ['a maximum is lifted', [['delete', `${limit}/schema/maximum`]], 'compatible'],
  ['a minimum is higher', [['set', `${limit}/schema/minimum`, 5]], 'breaking', 'keep-parameter-values'],
  [
    'a shared minimum is higher',
    [['set', '/components/parameters/Page/schema/minimum', 1]],
    'breaking',
    'keep-parameter-values',
  ],
  ['a value is removed', [['set', `${kind}/schema/enum`, ['cat']]], 'breaking', 'keep-parameter-values'],
  ['a value is added', [['set', `${kind}/schema/enum`, ['cat', 'dog', 'bird']]], 'compatible'],
  ['values change places', [['set', `${kind}/schema/enum`, ['dog', 'cat']]], 'compatible'],
  ['a list of values is made', [['set', `${owner}/schema/enum`, ['a']]], 'breaking', 'keep-parameter-values'],
  [
    'a pattern is added',
    [['set', `${owner}/schema/pattern`, '^[a-z]+$']],
    'breaking',
    'keep-parameter-values',
  ],
  ['a length is limited', [['set', `${owner}/schema/maxLength`, 10]], 'breaking', 'keep-parameter-values'],
  ['a header is shorter', [['set', `${trace}/schema/maxLength`, 10]], 'breaking', 'keep-parameter-values'],
  ['fewer elements are allowed', [['set', `${ids}/schema/maxItems`, 5]], 'breaking', 'keep-parameter-values'],
  [
    'the value of a path is shorter',
    [['set', `${one}/parameters/0/schema/maxLength`, 20]],
    'breaking',
    'keep-parameter-values',
  ],
  [
    'a text becomes a number',
    [['set', `${owner}/schema/type`, 'integer']],
    'breaking',
    'keep-parameter-values',
  ],
  ['an integer becomes a number', [['set', `${limit}/schema/type`, 'number']], 'compatible'],
  [
    'an integer becomes a text',
    [['set', '/components/parameters/Page/schema', { type: 'string' }]],
    'compatible',
  ],
  ['a default differs', [['set', `${limit}/schema/default`, 10]], 'breaking', 'keep-parameter-default'],
  ['a default is removed', [['delete', `${limit}/schema/default`]], 'breaking', 'keep-parameter-default'],
  ['a default is added', [['set', `${kind}/schema/default`, 'cat']], 'compatible', 'keep-parameter-default'],
  ['a list is written otherwise', [['set', `${ids}/explode`, false]], 'breaking', 'keep-parameter-style'],
  [
    'a list is written with spaces',
    [['set', `${ids}/style`, 'spaceDelimited']],
    'breaking',
    'keep-parameter-style',
  ],
  [
    'the default style is written out',
    [
      ['set', `${ids}/style`, 'form'],
      ['set', `${ids}/explode`, true],
    ],
    'compatible',
  ],
  ['one value is not exploded', [['set', `${owner}/explode`, false]], 'compatible'],
  [
    'a path is written with a label',
    [['set', `${one}/parameters/0/style`, 'label']],
    'breaking',
    'keep-parameter-style',
  ],
  [
    'a parameter is written as JSON',
    [
      ['delete', `${owner}/schema`],
      ['set', `${owner}/content`, { 'application/json': { schema: { type: 'string' } } }],
    ],
    'breaking',
    'keep-parameter-style',
  ],
  ['an empty value is allowed', [['set', `${owner}/allowEmptyValue`, true]], 'compatible'],
  ['a parameter is deprecated', [['set', `${kind}/deprecated`, true]], 'compatible', 'announce-sunset'],
];

const bodies: Case[] = [
  [
    'a body becomes required',
    [['set', `${create}/requestBody/required`, true]],
    'breaking',
    'keep-body-optional',
  ],
  [
    'a body is added',
    [['set', `${one}/get/requestBody`, { content: { 'application/json': {} } }]],
    'compatible',
  ],
  [
    'a required body is added',
    [['set', `${one}/get/requestBody`, { required: true, content: { 'application/json': {} } }]],
    'breaking',
    'keep-body-optional',
  ],
  ['a body is removed', [['delete', `${create}/requestBody`]], 'compatible', 'keep-request-body'],
  [
    'a media type is removed',
    [['delete', `${create}/requestBody/content/application~1xml`]],
    'breaking',
    'keep-request-media-type',
  ],
  ['a media type is added', [['set', `${create}/requestBody/content/text~1csv`, {}]], 'compatible'],
  [
    'a media type becomes a range',
    [
      [
        'move',
        `${create}/requestBody/content/application~1xml`,
        `${create}/requestBody/content/application~1*`,
      ],
    ],
    'compatible',
  ],
  [
    'a media type gets a charset',
    [
      [
        'move',
        `${create}/requestBody/${json}`,
        `${create}/requestBody/content/application~1json; charset=utf-8`,
      ],
    ],
    'compatible',
  ],
  [
    'a property becomes required',
    [['add', `${newPet}/required`, 'age']],
    'breaking',
    'keep-request-optional',
  ],
  ['a property becomes optional', [['set', `${newPet}/required`, []]], 'compatible'],
  [
    'a required property is added',
    [
      ['set', `${newPet}/properties/breed`, { type: 'string' }],
      ['add', `${newPet}/required`, 'breed'],
    ],
    'breaking',
    'keep-request-optional',
  ],
  [
    'an optional property is added',
    [['set', `${newPet}/properties/breed`, { type: 'string' }]],
    'compatible',
  ],
  [
    'an optional property is removed',
    [['delete', `${newPet}/properties/age`]],
    'compatible',
    'keep-request-property',
  ],
  [
    'a required property is removed',
    [
      ['delete', `${newPet}/properties/name`],
      ['set', `${newPet}/required`, []],
    ],
    'compatible',
    'keep-request-property',
  ],
  [
    'an object is closed and loses a property',
    [
      ['delete', `${newPet}/properties/age`],
      ['set', `${newPet}/additionalProperties`, false],
    ],
    'breaking',
  ],
  [
    'a maximum is lower',
    [['set', `${newPet}/properties/age/maximum`, 30]],
    'breaking',
    'keep-request-values',
  ],
  ['a maximum is higher', [['set', `${newPet}/properties/age/maximum`, 50]], 'compatible'],
  ['a length is longer', [['set', `${newPet}/properties/name/maxLength`, 60]], 'compatible'],
  [
    'a shortest length is longer',
    [['set', `${newPet}/properties/name/minLength`, 2]],
    'breaking',
    'keep-request-values',
  ],
  [
    'a value is removed',
    [['set', `${newPet}/properties/mood/enum`, ['calm']]],
    'breaking',
    'keep-request-values',
  ],
  ['a value is added', [['add', `${newPet}/properties/mood/enum`, 'sad']], 'compatible'],
  [
    'null is refused',
    [['set', `${newPet}/properties/tag/nullable`, false]],
    'breaking',
    'keep-request-values',
  ],
  ['null is accepted', [['set', `${newPet}/properties/name/nullable`, true]], 'compatible'],
  ['a type differs', [['set', `${newPet}/properties/age/type`, 'string']], 'breaking', 'keep-request-values'],
  ['a type is wider', [['set', `${newPet}/properties/age/type`, 'number']], 'compatible'],
  [
    'a pattern is added',
    [['set', `${newPet}/properties/name/pattern`, '^[a-z]*$']],
    'breaking',
    'keep-request-values',
  ],
  [
    'a default is added to a property',
    [['set', `${newPet}/properties/age/default`, 1]],
    'compatible',
    'keep-parameter-default',
  ],
  [
    'a read-only required property is added',
    [
      ['set', `${newPet}/properties/id`, { type: 'string', readOnly: true }],
      ['add', `${newPet}/required`, 'id'],
    ],
    'compatible',
  ],
  [
    'a schema is wrapped in allOf',
    [['set', `${create}/requestBody/${json}/schema`, { allOf: [{ $ref: '#/components/schemas/NewPet' }] }]],
    'compatible',
  ],
  [
    'a schema is written in place',
    [['set', `${create}/requestBody/${json}/schema`, base.components.schemas.NewPet]],
    'compatible',
  ],
  [
    'a component is renamed',
    [
      ['set', '/components/schemas/Fresh', base.components.schemas.NewPet],
      ['set', `${create}/requestBody/${json}/schema/$ref`, '#/components/schemas/Fresh'],
    ],
    'compatible',
  ],
  [
    'an encoding is given',
    [['set', `${create}/requestBody/${json}/encoding`, { name: { contentType: 'text/plain' } }]],
    'unproven',
    'compare-keyword',
  ],
];

const responses: Case[] = [
  ['a success is removed', [['delete', ok]], 'breaking', 'keep-response'],
  [
    'a success gets another status',
    [['move', `${create}/responses/201`, `${create}/responses/200`]],
    'breaking',
    'keep-response',
  ],
  ['an error is removed', [['delete', `${list}/responses/404`]], 'compatible', 'keep-response'],
  [
    'an error is added',
    [['set', `${list}/responses/429`, { description: 'slower' }]],
    'compatible',
    'announce-response',
  ],
  [
    'a success is added',
    [['set', `${list}/responses/202`, { description: 'later' }]],
    'compatible',
    'announce-response',
  ],
  [
    'the rest is added',
    [['set', `${list}/responses/default`, { description: 'error' }]],
    'compatible',
    'announce-response',
  ],
  ['the rest is removed', [['delete', `${create}/responses/default`]], 'compatible', 'keep-response'],
  ['a success becomes a range', [['move', ok, `${list}/responses/2XX`]], 'compatible'],
  ['a body is gone', [['delete', `${ok}/content`]], 'breaking', 'keep-response-media-type'],
  [
    'a media type is replaced',
    [['move', `${ok}/${json}`, `${ok}/content/application~1xml`]],
    'breaking',
    'keep-response-media-type',
  ],
  ['a media type is added', [['set', `${ok}/content/application~1xml`, {}]], 'compatible'],
  [
    'a body comes to be',
    [['set', `${one}/delete/responses/204/content`, { 'application/json': {} }]],
    'compatible',
  ],
  [
    'a required property becomes optional',
    [['set', `${pet}/required`, ['id']]],
    'breaking',
    'keep-response-required',
  ],
  [
    'a required property is removed',
    [
      ['delete', `${pet}/properties/name`],
      ['set', `${pet}/required`, ['id']],
    ],
    'breaking',
    'keep-response-required',
  ],
  [
    'an optional property is removed',
    [['delete', `${pet}/properties/age`]],
    'compatible',
    'keep-response-property',
  ],
  ['a property is added', [['set', `${pet}/properties/breed`, { type: 'string' }]], 'compatible'],
  ['a property becomes required', [['add', `${pet}/required`, 'age']], 'compatible'],
  ['a value is added', [['add', `${pet}/properties/mood/enum`, 'sad']], 'breaking', 'keep-response-values'],
  ['a value is removed', [['set', `${pet}/properties/mood/enum`, ['calm']]], 'compatible'],
  [
    'null comes to be',
    [['set', `${pet}/properties/name/nullable`, true]],
    'breaking',
    'keep-response-values',
  ],
  ['null is gone', [['set', `${pet}/properties/tag/nullable`, false]], 'compatible'],
  ['a maximum is higher', [['set', `${pet}/properties/age/maximum`, 50]], 'breaking', 'keep-response-values'],
  ['a maximum is lifted', [['delete', `${pet}/properties/age/maximum`]], 'breaking', 'keep-response-values'],
  ['a maximum is lower', [['set', `${pet}/properties/age/maximum`, 30]], 'compatible'],
  ['a minimum is lower', [['set', `${pet}/properties/age/minimum`, -1]], 'breaking', 'keep-response-values'],
  ['a type differs', [['set', `${pet}/properties/age/type`, 'string']], 'breaking', 'keep-response-values'],
  ['a type is wider', [['set', `${pet}/properties/age/type`, 'number']], 'breaking', 'keep-response-values'],
  [
    'a type is narrower',
    [['set', '/components/schemas/Error/properties/code/type', 'integer']],
    'compatible',
  ],
  [
    'a list becomes one',
    [['set', `${ok}/${json}/schema`, { $ref: '#/components/schemas/Pet' }]],
    'breaking',
    'keep-response-values',
  ],
  ['a required header is removed', [['delete', `${ok}/headers/X-Total`]], 'breaking', 'keep-response-header'],
  [
    'an optional header is removed',
    [['delete', `${ok}/headers/X-Next`]],
    'compatible',
    'keep-response-header',
  ],
  [
    'a header becomes optional',
    [['set', `${ok}/headers/X-Total/required`, false]],
    'breaking',
    'keep-response-header',
  ],
  ['a header becomes required', [['set', `${ok}/headers/X-Next/required`, true]], 'compatible'],
  ['a header is added', [['set', `${ok}/headers/X-More`, { schema: { type: 'string' } }]], 'compatible'],
  [
    'the values of a header differ',
    [['set', `${ok}/headers/X-Total/schema/type`, 'string']],
    'breaking',
    'keep-response-header',
  ],
  [
    'a header is written in capitals',
    [['move', `${ok}/headers/X-Next`, `${ok}/headers/X-NEXT`]],
    'compatible',
  ],
];

const security: Case[] = [
  ['an operation is locked', [['set', `${one}/delete/security`, [{ key: [] }]]], 'breaking', 'keep-security'],
  ['an operation is opened', [['set', `${list}/security`, []]], 'compatible', 'question-security'],
  ['everything is opened', [['delete', '/security']], 'compatible', 'question-security'],
  ['another scheme is wanted', [['set', '/security', [{ login: ['read'] }]]], 'breaking', 'keep-security'],
  [
    'a second scheme is wanted too',
    [['set', '/security', [{ key: [], login: ['read'] }]]],
    'breaking',
    'keep-security',
  ],
  [
    'another scheme will do too',
    [['add', '/security', { login: ['read'] }]],
    'compatible',
    'question-security',
  ],
  ['an alternative is gone', [['set', `${one}/get/security`, [{ key: [] }]]], 'breaking', 'keep-security'],
  [
    'alternatives change places',
    [['set', `${one}/get/security`, [{ login: ['read'] }, { key: [] }]]],
    'compatible',
  ],
  [
    'a scope is wanted',
    [['set', `${one}/get/security/1/login`, ['read', 'write']]],
    'breaking',
    'keep-security',
  ],
  [
    'a scope is no longer wanted',
    [['set', `${one}/get/security/1/login`, []]],
    'compatible',
    'question-security',
  ],
  ['the same is written at the operation', [['set', `${list}/security`, [{ key: [] }]]], 'compatible'],
  ['a key goes into the query', [['set', `${schemes}/key/in`, 'query']], 'breaking', 'keep-security'],
  ['a key has another header', [['set', `${schemes}/key/name`, 'X-Api-Key']], 'breaking', 'keep-security'],
  [
    'a scheme has another type',
    [['set', `${schemes}/key`, { type: 'http', scheme: 'bearer' }]],
    'breaking',
    'keep-security',
  ],
  [
    'a flow is replaced',
    [['move', flow, `${schemes}/login/flows/clientCredentials`]],
    'breaking',
    'keep-security',
  ],
  [
    'a token comes from elsewhere',
    [['set', `${flow}/tokenUrl`, 'https://id.example.com/token']],
    'compatible',
    'question-security',
  ],
  ['a scope is no longer given', [['delete', `${flow}/scopes/write`]], 'compatible', 'question-security'],
  [
    'a scheme is renamed',
    [
      ['move', `${schemes}/key`, `${schemes}/apiKey`],
      ['set', '/security', [{ apiKey: [] }]],
      ['set', `${one}/get/security/0`, { apiKey: [] }],
    ],
    'compatible',
  ],
];

const callbacks: Case[] = [
  ['a callback is removed', [['delete', `${create}/callbacks`]], 'breaking', 'keep-callback'],
  [
    'a callback is added',
    [['set', `${create}/callbacks/gone`, { '{$request.body#/x}': { post: { responses: {} } } }]],
    'compatible',
  ],
  ['a callback sends less', [['set', `${event}/required`, []]], 'breaking', 'keep-request-optional'],
  [
    'a callback sends more',
    [
      ['set', `${event}/properties/kind`, { type: 'string' }],
      ['add', `${event}/required`, 'kind'],
    ],
    'compatible',
  ],
  [
    'a callback sends another type',
    [['set', `${event}/properties/id/type`, 'integer']],
    'breaking',
    'keep-request-values',
  ],
];

for (const [name, cases] of Object.entries({
  paths,
  servers,
  parameters,
  bodies,
  responses,
  security,
  callbacks,
})) {
  suite(`OpenAPI: ${name}`, () => {
    for (const [title, edits, verdict, rule] of cases) {
      test(`${title}: ${verdict}`, async () => {
        const start =
          title === 'a parameter moves to the path item'
            ? editDocument(base, [['set', '/paths/~1pets/parameters', []]])
            : base;
        const found = await compareFiles(
          openapiContract,
          { 'api.json': start },
          { 'api.json': edited(start, edits) },
        );
        const said = JSON.stringify(
          found.reports.map(({ ruleId, message, proof }) => [ruleId, proof, message]),
          undefined,
          1,
        );
        assert.equal(found.verdict, verdict, said);
        if (rule !== undefined)
          assert.ok(
            found.reports.some(({ ruleId }) => ruleId === `openapi/${rule}`),
            said,
          );
        else if (verdict === 'compatible') assert.equal(found.reports.length, 0, said);
        for (const report of found.reports) {
          assert.ok(report.span !== undefined && report.beforeSpan !== undefined, said);
          if (report.proof === 'breaking') assert.notEqual(report.witness, undefined, said);
        }
      });
    }
  });
}

// A list is not a map: to move into one is to add to it.
function edited(document: unknown, edits: readonly Edit[]): unknown {
  return edits.reduce((current, edit) => {
    if (edit[0] !== 'move' || !edit[2].endsWith('/parameters')) return editDocument(current, [edit]);
    const value = { name: 'kind', in: 'query', schema: { type: 'string', enum: ['cat', 'dog'] } };
    return editDocument(current, [
      ['delete', edit[1]],
      ['add', edit[2], value],
    ]);
  }, document);
}
