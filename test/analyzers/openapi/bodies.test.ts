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
