/** OpenAPI 3, one small edit at a time: what it is to the clients of a service, and by which rule. */
import {
  list,
  create,
  one,
  pet,
  event,
  ok,
  pets,
  testEdits,
  type Case,
} from '../../support/pets-description.ts';

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

testEdits('OpenAPI: paths', paths);

const servers: Case[] = [
  ['a server is removed', [['delete', '/servers/1']], 'breaking', 'keep-server'],
  ['a server is added', [['add', '/servers', { url: 'https://us.example.com/v1' }]], 'compatible'],
  ['servers change places', [['set', '/servers', [pets.servers[1], pets.servers[0]]]], 'compatible'],
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

testEdits('OpenAPI: servers', servers);

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

testEdits('OpenAPI: callbacks', callbacks);

const shared = '/components/pathItems/Shared';
const answer = (type: string) => ({
  responses: { 200: { description: 'ok', content: { 'application/json': { schema: { type } } } } },
});
const layered = {
  openapi: '3.1.0',
  info: { title: 'x', version: '1' },
  paths: { '/x': { $ref: '#/components/pathItems/Shared', post: answer('string') } },
  components: { pathItems: { Shared: { get: answer('string'), post: answer('integer') } } },
};

const besideReferences: Case[] = [
  ['a method beside the reference is removed', [['delete', '/paths/~1x/post']], 'breaking'],
  ['a method beside the reference is added', [['set', '/paths/~1x/put', answer('string')]], 'compatible'],
  [
    'a method beside the reference answers otherwise',
    [['set', '/paths/~1x/post', answer('boolean')]],
    'breaking',
    'keep-response-values',
  ],
  [
    'a parameter beside the reference is required',
    [['set', '/paths/~1x/parameters', [{ name: 'q', in: 'query', required: true, schema: {} }]]],
    'breaking',
    'keep-parameter-optional',
  ],
  ['a method that is referred to is removed', [['delete', `${shared}/get`]], 'breaking', 'keep-operation'],
  [
    'a method that is hidden by one beside the reference is removed',
    [['delete', `${shared}/post`]],
    'compatible',
  ],
  [
    'the reference is written out',
    [['set', '/paths/~1x', { get: answer('string'), post: answer('string') }]],
    'compatible',
  ],
];

testEdits('OpenAPI: path items that refer to others', besideReferences, layered);
