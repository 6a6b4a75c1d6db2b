/** OpenAPI 3, one small edit at a time: what it is to the clients of a service, and by which rule. */
import { list, one, schemes, flow, testEdits, type Case } from '../../support/pets-description.ts';

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

testEdits('OpenAPI: security', security);
