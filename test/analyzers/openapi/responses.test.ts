/** OpenAPI 3, one small edit at a time: what it is to the clients of a service, and by which rule. */
import { list, create, one, pet, ok, json, testEdits, type Case } from '../../support/pets-description.ts';

const responses: Case[] = [
  [
    'a header is written in small letters, and is no extension',
    [['move', `${ok}/headers/X-Total`, `${ok}/headers/x-total`]],
    'compatible',
  ],
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

testEdits('OpenAPI: responses', responses);
