/** OpenAPI 3, one small edit at a time: what it is to the clients of a service, and by which rule. */
import { editDocument } from '../../support/edit-document.ts';
import {
  list,
  one,
  limit,
  kind,
  trace,
  ids,
  owner,
  pets,
  testEdits,
  type Case,
} from '../../support/pets-description.ts';

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
      ['set', kind, pets.paths['/pets'].get.parameters[0]],
      ['set', limit, pets.paths['/pets'].get.parameters[1]],
    ],
    'compatible',
  ],
  [
    'a parameter is written in place',
    [['set', `${list}/parameters/5`, pets.components.parameters.Page]],
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
  ['a default is added', [['set', `${kind}/schema/default`, 'cat']], 'unproven', 'keep-parameter-default'],
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

testEdits('OpenAPI: parameters', parameters);

const value = { name: 'kind', in: 'query', schema: { type: 'string', enum: ['cat', 'dog'] } };
const moved: Case[] = [
  [
    'a parameter moves to the path item',
    [
      ['delete', kind],
      ['add', '/paths/~1pets/parameters', value],
    ],
    'compatible',
  ],
];

testEdits(
  'OpenAPI: parameters of a path',
  moved,
  editDocument(pets, [['set', '/paths/~1pets/parameters', []]]),
);
