/** OpenAPI 3, one small edit at a time: what it is to the clients of a service, and by which rule. */
import { create, one, newPet, json, pets, testEdits, type Case } from '../../support/pets-description.ts';

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
    [['set', `${create}/requestBody/${json}/schema`, pets.components.schemas.NewPet]],
    'compatible',
  ],
  [
    'a component is renamed',
    [
      ['set', '/components/schemas/Fresh', pets.components.schemas.NewPet],
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

testEdits('OpenAPI: bodies', bodies);

const pick = '/paths/~1picks/post/requestBody/content/application~1json/schema';
const given = '/paths/~1picks/post/responses/200/content/application~1json/schema';
const open = (name: string, limit: object) => ({
  type: 'object',
  required: [name],
  properties: { [name]: { type: 'integer', ...limit } },
});
const alternatives = { oneOf: [open('cat', {}), open('dog', { maximum: 9 })] };
const picks = {
  openapi: '3.0.3',
  info: { title: 'x', version: '1' },
  paths: {
    '/picks': {
      post: {
        requestBody: {
          content: {
            'application/json': { schema: alternatives },
            'text/x-form': {
              schema: { type: 'object', properties: { size: { type: 'number', format: 'double' } } },
            },
          },
        },
        responses: {
          200: {
            description: 'ok',
            content: { 'application/json': { schema: structuredClone(alternatives) } },
          },
        },
      },
    },
  },
};
const size = '/paths/~1picks/post/requestBody/content/text~1x-form/schema/properties/size';

const alternativeCases: Case[] = [
  [
    'an alternative takes less',
    [['set', `${pick}/oneOf/1/properties/dog/maximum`, 5]],
    'breaking',
    'keep-request-values',
  ],
  // To the letter, {"cat": 1, "dog": 10} fitted the first alone, and now fits both; nobody describes such a value.
  [
    'an alternative takes more, and overlaps with another',
    [['set', `${pick}/oneOf/1/properties/dog/maximum`, 15]],
    'compatible',
    'keep-request-values',
  ],
  [
    'an alternative takes more of what both describe',
    [
      ['set', `${pick}/oneOf/0/properties/dog`, { type: 'integer', minimum: 20 }],
      ['set', `${pick}/oneOf/1/properties/cat`, { type: 'integer' }],
    ],
    'breaking',
  ],
  [
    'an alternative answers less, and no longer overlaps',
    [['set', `${given}/oneOf/1/properties/dog/maximum`, 5]],
    'compatible',
    'keep-response-values',
  ],
  // A plain value has nothing that only one of them would describe.
  [
    'ranges of numbers overlap',
    [['set', `${size}/oneOf`, [{ maximum: 5 }, { minimum: 4 }]]],
    'breaking',
    'keep-request-values',
  ],
  [
    'an alternative answers more',
    [['set', `${given}/oneOf/1/properties/dog/maximum`, 15]],
    'breaking',
    'keep-response-values',
  ],
  ['alternatives change places', [['set', `${pick}/oneOf`, alternatives.oneOf.toReversed()]], 'compatible'],
  ['a double becomes a float', [['set', `${size}/format`, 'float']], 'breaking', 'keep-request-values'],
  [
    'a double that is small becomes a float',
    [
      ['set', `${size}/maximum`, 5],
      ['set', `${size}/format`, 'float'],
    ],
    'breaking',
    'keep-request-values',
  ],
  ['a double is no longer called so', [['delete', `${size}/format`]], 'compatible'],
];

testEdits('OpenAPI: alternatives and numbers', alternativeCases, picks);
