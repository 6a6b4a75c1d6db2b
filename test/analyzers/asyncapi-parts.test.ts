/** AsyncAPI: what comes from elsewhere than the message itself: traits, credentials, servers, replies, Avro. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { asyncapiContract } from '../../analyzers/schema/asyncapi/contract.ts';
import { compareFiles, type Verdict } from '../support/contract-verdict.ts';
import { editDocument, type Edit } from '../support/edit-document.ts';

const record = {
  type: 'record',
  name: 'Reading',
  fields: [
    { name: 'sensor', type: 'string' },
    { name: 'value', type: 'int' },
  ],
};
const avro = 'application/vnd.apache.avro;version=1.9.0';
const headers = { type: 'object', required: ['trace'], properties: { trace: { type: 'string' } } };
const components = {
  messages: {
    Ask: {
      name: 'Ask',
      payload: { type: 'object' },
      traits: [{ $ref: '#/components/messageTraits/traced' }],
    },
    Tell: { messageId: 'tell', name: 'Tell', payload: { type: 'string' }, contentType: 'application/json' },
  },
  messageTraits: { traced: { headers, contentType: 'application/json' } },
  securitySchemes: {
    password: { type: 'userPassword' },
    key: { type: 'apiKey', in: 'user' },
    login: { type: 'oauth2', flows: {} },
  },
};

const two = {
  asyncapi: '2.6.0',
  info: { title: 'Sensors', version: '1.0.0' },
  servers: {
    main: {
      url: 'broker.example.com',
      protocol: 'mqtt',
      security: [{ password: [] }, { login: ['read', 'write'] }],
    },
    spare: { url: 'spare.example.com', protocol: 'mqtt' },
  },
  channels: {
    asked: { publish: { message: { $ref: '#/components/messages/Ask' } } },
    told: {
      subscribe: {
        message: { oneOf: [{ $ref: '#/components/messages/Ask' }, { $ref: '#/components/messages/Tell' }] },
      },
    },
    read: { publish: { message: { schemaFormat: avro, payload: record } } },
    sent: { subscribe: { message: { schemaFormat: avro, payload: structuredClone(record) } } },
  },
  components,
};

const three = {
  asyncapi: '3.0.0',
  info: { title: 'Sensors', version: '1.0.0' },
  servers: {
    main: {
      host: 'broker.example.com',
      protocol: 'mqtt',
      security: [{ $ref: '#/components/securitySchemes/password' }],
    },
    spare: { host: 'spare.example.com', protocol: 'mqtt' },
  },
  channels: {
    asked: { messages: { Ask: { $ref: '#/components/messages/Ask' } } },
    told: { messages: { Tell: { $ref: '#/components/messages/Tell' } } },
    sent: { messages: { Reading: { payload: { schemaFormat: avro, schema: record } } } },
  },
  operations: {
    takeAsk: {
      action: 'receive',
      channel: { $ref: '#/channels/asked' },
      reply: { channel: { $ref: '#/channels/told' } },
    },
    sendReading: { action: 'send', channel: { $ref: '#/channels/sent' } },
  },
  components,
};

type Case = [title: string, edits: Edit[], verdict: Verdict, rule?: string];

const trait = '/components/messageTraits/traced';
const ask = '/components/messages/Ask';
const added = { name: 'unit', type: 'string' };
const taken = '/channels/read/publish/message/payload/fields';
const sent = '/channels/sent/subscribe/message/payload/fields';
const wanted = '/servers/main/security';
const taught = '/components/messages/Tell';

const casesOfTwo: Case[] = [
  [
    'a trait wants a header',
    [['set', `${trait}/headers/required`, ['trace', 'span']]],
    'breaking',
    'keep-headers',
  ],
  [
    'a trait gets another content type',
    [['set', `${trait}/contentType`, 'application/xml']],
    'breaking',
    'keep-content-type',
  ],
  [
    'a trait is written out',
    [
      ['delete', `${ask}/traits`],
      ['set', `${ask}/headers`, headers],
      ['set', `${ask}/contentType`, 'application/json'],
    ],
    'compatible',
  ],
  ['a trait is described', [['set', `${trait}/summary`, 'traced']], 'compatible'],
  ['a trait binds', [['set', `${trait}/bindings`, { kafka: {} }]], 'unproven', 'compare-keyword'],
  [
    'a trait is stronger than the message itself',
    [['set', `${ask}/contentType`, 'application/xml']],
    'compatible',
  ],
  ['a charset is given', [['set', `${trait}/contentType`, 'application/json; charset=utf-8']], 'compatible'],
  ['a message gets an id', [['set', `${ask}/messageId`, 'ask']], 'compatible'],
  ['a message gets another title', [['set', `${taught}/name`, 'Told']], 'compatible'],
  ['an alternative way in is added', [['add', wanted, { key: [] }]], 'compatible'],
  ['a way in is removed', [['delete', `${wanted}/0`]], 'breaking', 'keep-security'],
  ['two are wanted at once', [['set', wanted, [{ password: [], key: [] }]]], 'breaking', 'keep-security'],
  ['fewer scopes are wanted', [['set', `${wanted}/1/login`, ['read']]], 'compatible'],
  ['more scopes are wanted', [['set', `${wanted}/1/login`, ['read', 'write', 'all']]], 'breaking'],
  ['everyone is let in', [['delete', wanted]], 'compatible'],
  [
    'a scheme is of another type',
    [['set', '/components/securitySchemes/password', { type: 'X509' }]],
    'breaking',
    'keep-security',
  ],
  [
    'a scheme is described',
    [['set', '/components/securitySchemes/password/description', 'a password']],
    'compatible',
  ],
  [
    'a channel is at one server only',
    [['set', '/channels/asked/servers', ['main']]],
    'breaking',
    'keep-server',
  ],
  ['a channel names all its servers', [['set', '/channels/asked/servers', ['spare', 'main']]], 'compatible'],
  ['a taken field is added', [['add', taken, added]], 'breaking', 'keep-accepted-payload'],
  ['a taken field is added with a default', [['add', taken, { ...added, default: '' }]], 'compatible'],
  ['a taken field is wider', [['set', `${taken}/1/type`, 'long']], 'compatible'],
  ['a sent field is wider', [['set', `${sent}/1/type`, 'long']], 'breaking', 'keep-sent-payload'],
  ['a sent field is added', [['add', sent, added]], 'compatible'],
  ['a sent field is removed', [['delete', `${sent}/1`]], 'breaking', 'keep-sent-payload'],
];

const casesOfThree: Case[] = [
  [
    'the message itself is stronger than a trait',
    [['set', `${ask}/contentType`, 'application/xml']],
    'breaking',
    'keep-content-type',
  ],
  ['a reply is no longer sent', [['delete', '/operations/takeAsk/reply']], 'breaking', 'keep-operation'],
  [
    'a reply is sent as well',
    [['set', '/operations/sendReading/reply', { channel: { $ref: '#/channels/told' } }]],
    'compatible',
  ],
  [
    'a reply says something else',
    [['set', `${taught}/payload/type`, 'integer']],
    'breaking',
    'keep-sent-payload',
  ],
  [
    'an alternative way in is added',
    [['add', wanted, { $ref: '#/components/securitySchemes/key' }]],
    'compatible',
  ],
  ['another way in is wanted', [['set', `${wanted}/0/$ref`, '#/components/securitySchemes/key']], 'breaking'],
  [
    'a channel is at one server only',
    [['set', '/channels/asked/servers', [{ $ref: '#/servers/main' }]]],
    'breaking',
    'keep-server',
  ],
  [
    'a sent field is wider',
    [['set', '/channels/sent/messages/Reading/payload/schema/fields/1/type', 'long']],
    'breaking',
    'keep-sent-payload',
  ],
];

const tables: [string, object, Case[]][] = [
  ['AsyncAPI 2, from elsewhere', two, casesOfTwo],
  ['AsyncAPI 3, from elsewhere', three, casesOfThree],
];

for (const [name, base, cases] of tables) {
  suite(name, () => {
    for (const [title, edits, verdict, rule] of cases) {
      test(`${title}: ${verdict}`, async () => {
        const after = editDocument(base, edits);
        const found = await compareFiles(asyncapiContract, { 'a.json': base }, { 'a.json': after });
        const said = JSON.stringify(found.reports, undefined, 1);
        assert.equal(found.verdict, verdict, said);
        const isSaid = found.reports.some(({ ruleId }) => ruleId === `asyncapi/${rule ?? ''}`);
        if (rule !== undefined) assert.ok(isSaid, said);
        for (const report of found.reports) {
          assert.ok(report.span !== undefined, said);
          if (report.proof === 'breaking') assert.notEqual(report.witness, undefined, said);
        }
      });
    }
  });
}
