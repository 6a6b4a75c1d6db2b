/** AsyncAPI 2 and 3, one small edit at a time. In version 2, `publish` is what others send to the application. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { asyncapiContract } from '../../analyzers/schema/asyncapi/contract.ts';
import type { Direction } from '../../analyzers/scope.ts';
import { compareFiles, type Verdict } from '../support/contract-verdict.ts';
import { editDocument, type Edit } from '../support/edit-document.ts';

const order = {
  type: 'object',
  required: ['id', 'amount'],
  properties: {
    id: { type: 'string' },
    amount: { type: 'number', minimum: 0 },
    state: { type: 'string', enum: ['open', 'paid'] },
    note: { type: 'string' },
  },
};

const two = {
  asyncapi: '2.6.0',
  info: { title: 'Orders', version: '1.0.0' },
  defaultContentType: 'application/json',
  servers: {
    main: { url: 'broker.example.com:9092', protocol: 'kafka' },
    spare: { url: 'spare.example.com:9092', protocol: 'kafka' },
  },
  channels: {
    'orders/{region}': {
      parameters: { region: { schema: { type: 'string', enum: ['eu', 'us'] } } },
      publish: { operationId: 'takeOrder', message: { $ref: '#/components/messages/Order' } },
      bindings: { kafka: { partitions: 3 } },
    },
    paid: {
      subscribe: {
        message: {
          oneOf: [{ $ref: '#/components/messages/Paid' }, { $ref: '#/components/messages/Refunded' }],
        },
      },
    },
    raw: {
      subscribe: {
        message: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', payload: { type: 'string' } },
      },
    },
  },
  components: {
    messages: {
      Order: {
        payload: { $ref: '#/components/schemas/Order' },
        headers: { type: 'object', required: ['trace'], properties: { trace: { type: 'string' } } },
        correlationId: { location: '$message.header#/trace' },
      },
      Paid: { payload: { $ref: '#/components/schemas/Paid' } },
      Refunded: { payload: { type: 'object', properties: { id: { type: 'string' } } } },
    },
    schemas: { Order: order, Paid: structuredClone(order) },
  },
};

const three = {
  asyncapi: '3.0.0',
  info: { title: 'Orders', version: '1.0.0' },
  servers: { main: { host: 'broker.example.com:9092', protocol: 'kafka' } },
  channels: {
    orders: {
      address: 'orders/{region}',
      parameters: { region: { enum: ['eu', 'us'] } },
      messages: { order: { $ref: '#/components/messages/Order' } },
    },
    paid: { address: 'paid', messages: { paid: { $ref: '#/components/messages/Paid' } } },
  },
  operations: {
    takeOrder: { action: 'receive', channel: { $ref: '#/channels/orders' } },
    sendPaid: {
      action: 'send',
      channel: { $ref: '#/channels/paid' },
      messages: [{ $ref: '#/channels/paid/messages/paid' }],
    },
  },
  components: {
    messages: {
      Order: { contentType: 'application/json', payload: { $ref: '#/components/schemas/Order' } },
      Paid: { contentType: 'application/json', payload: { $ref: '#/components/schemas/Paid' } },
    },
    schemas: { Order: order, Paid: structuredClone(order) },
  },
};

type Case = [title: string, edits: Edit[], verdict: Verdict, rule?: string];

const taken = '/components/schemas/Order';
const sent = '/components/schemas/Paid';

/** What holds for both versions. */
const payloads: Case[] = [
  ['nothing', [], 'compatible'],
  ['prose differs', [['set', `${taken}/description`, 'an order']], 'compatible'],
  [
    'a taken property becomes required',
    [['add', `${taken}/required`, 'note']],
    'breaking',
    'keep-accepted-payload',
  ],
  ['a taken property becomes optional', [['set', `${taken}/required`, ['id']]], 'compatible'],
  ['a taken property is added', [['set', `${taken}/properties/more`, { type: 'string' }]], 'compatible'],
  [
    'a taken value is removed',
    [['set', `${taken}/properties/state/enum`, ['open']]],
    'breaking',
    'keep-accepted-payload',
  ],
  ['a taken value is added', [['add', `${taken}/properties/state/enum`, 'lost']], 'compatible'],
  [
    'a taken minimum is higher',
    [['set', `${taken}/properties/amount/minimum`, 1]],
    'breaking',
    'keep-accepted-payload',
  ],
  [
    'a taken type is narrower',
    [['set', `${taken}/properties/amount/type`, 'integer']],
    'breaking',
    'keep-accepted-payload',
  ],
  [
    'a sent property becomes optional',
    [['set', `${sent}/required`, ['id']]],
    'breaking',
    'keep-sent-payload',
  ],
  ['a sent property becomes required', [['add', `${sent}/required`, 'note']], 'compatible'],
  ['a sent property is added', [['set', `${sent}/properties/more`, { type: 'string' }]], 'compatible'],
  [
    'a sent value is added',
    [['add', `${sent}/properties/state/enum`, 'lost']],
    'breaking',
    'keep-sent-payload',
  ],
  ['a sent value is removed', [['set', `${sent}/properties/state/enum`, ['open']]], 'compatible'],
  [
    'a sent type differs',
    [['set', `${sent}/properties/id/type`, 'integer']],
    'breaking',
    'keep-sent-payload',
  ],
  ['a schema is written in place', [['set', '/components/messages/Order/payload', order]], 'compatible'],
];

const casesOfTwo: Case[] = [
  ['a channel is removed', [['delete', '/channels/paid']], 'breaking', 'keep-channel'],
  ['a channel is renamed', [['move', '/channels/paid', '/channels/settled']], 'breaking', 'keep-channel'],
  ['a channel is added', [['set', '/channels/new', { subscribe: { message: {} } }]], 'compatible'],
  [
    'an operation is removed',
    [['delete', '/channels/orders~1{region}/publish']],
    'breaking',
    'keep-operation',
  ],
  ['an operation is added', [['set', '/channels/paid/publish', { message: {} }]], 'compatible'],
  [
    'a sent message is removed',
    [['delete', '/channels/paid/subscribe/message/oneOf/1']],
    'breaking',
    'keep-message',
  ],
  [
    'a sent message is added',
    [['add', '/channels/paid/subscribe/message/oneOf', { $ref: '#/components/messages/Order' }]],
    'breaking',
    'keep-message',
  ],
  [
    'a region is removed',
    [['set', '/channels/orders~1{region}/parameters/region/schema/enum', ['eu']]],
    'breaking',
    'keep-parameter-values',
  ],
  [
    'a region is added',
    [['add', '/channels/orders~1{region}/parameters/region/schema/enum', 'asia']],
    'compatible',
  ],
  [
    'a binding differs',
    [['set', '/channels/orders~1{region}/bindings/kafka/partitions', 6]],
    'unproven',
    'compare-keyword',
  ],
  [
    'a header is wanted',
    [['set', '/components/messages/Order/headers/required', ['trace', 'span']]],
    'breaking',
    'keep-headers',
  ],
  [
    'a header is no longer wanted',
    [['set', '/components/messages/Order/headers/required', []]],
    'compatible',
  ],
  [
    'the correlation id moves',
    [['set', '/components/messages/Order/correlationId/location', '$message.payload#/id']],
    'breaking',
    'keep-correlation',
  ],
  [
    'a content type differs',
    [['set', '/components/messages/Order/contentType', 'application/xml']],
    'breaking',
    'keep-content-type',
  ],
  [
    'the content type of all differs',
    [['set', '/defaultContentType', 'application/cbor']],
    'breaking',
    'keep-content-type',
  ],
  [
    'a payload in Avro has another type',
    [['set', '/channels/raw/subscribe/message/payload', { type: 'int' }]],
    'breaking',
    'keep-sent-payload',
  ],
  [
    'a payload in another language differs',
    [
      ['set', '/channels/raw/subscribe/message/payload', { type: 'int' }],
      ['set', '/channels/raw/subscribe/message/schemaFormat', 'application/raml+yaml;version=1.0'],
    ],
    'unproven',
    'compare-keyword',
  ],
  ['a server is removed', [['delete', '/servers/spare']], 'breaking', 'keep-server'],
  ['a server is renamed', [['move', '/servers/spare', '/servers/second']], 'compatible'],
  [
    'a server has another address',
    [['set', '/servers/main/url', 'other.example.com:9092']],
    'breaking',
    'keep-server',
  ],
  [
    'a server has another protocol',
    [['set', '/servers/main/protocol', 'kafka-secure']],
    'breaking',
    'keep-server',
  ],
  [
    'a server wants credentials',
    [['set', '/servers/main/security', [{ user: [] }]]],
    'breaking',
    'keep-security',
  ],
  ['another version', [['set', '/asyncapi', '3.0.0']], 'unproven', 'compare-keyword'],
  ['no version at all', [['set', '/asyncapi', '9']], 'unproven', 'parse-description'],
];

const casesOfThree: Case[] = [
  ['an address differs', [['set', '/channels/paid/address', 'settled']], 'breaking', 'keep-channel'],
  [
    'the key of a channel differs',
    [
      ['move', '/channels/orders', '/channels/o'],
      ['set', '/operations/takeOrder/channel/$ref', '#/channels/o'],
    ],
    'compatible',
  ],
  ['an operation is removed', [['delete', '/operations/takeOrder']], 'breaking', 'keep-operation'],
  ['an operation is renamed', [['move', '/operations/takeOrder', '/operations/accept']], 'compatible'],
  [
    'an operation turns round',
    [['set', '/operations/takeOrder/action', 'send']],
    'breaking',
    'keep-operation',
  ],
  [
    'a region is removed',
    [['set', '/channels/orders/parameters/region/enum', ['eu']]],
    'breaking',
    'keep-parameter-values',
  ],
  ['a host differs', [['set', '/servers/main/host', 'other.example.com']], 'breaking', 'keep-server'],
  [
    'a content type differs',
    [['set', '/components/messages/Paid/contentType', 'application/xml']],
    'breaking',
    'keep-content-type',
  ],
];

const tables: [string, object, Case[]][] = [
  ['AsyncAPI 2', two, [...payloads, ...casesOfTwo]],
  ['AsyncAPI 3', three, [...payloads, ...casesOfThree]],
];

for (const [name, base, cases] of tables) {
  suite(name, () => {
    for (const [title, edits, verdict, rule] of cases) {
      test(`${title}: ${verdict}`, () => expectVerdict(base, edits, verdict, rule));
    }
  });
}

test('seen as its client, everything is the other way round', async () => {
  const added: Edit[] = [['add', `${taken}/required`, 'note']];
  await expectVerdict(two, added, 'compatible', undefined, 'consumed');
  await expectVerdict(
    two,
    [['set', `${taken}/required`, ['id']]],
    'breaking',
    'keep-accepted-payload',
    'consumed',
  );
  await expectVerdict(two, added, 'breaking', 'keep-accepted-payload', 'both');
});

async function expectVerdict(
  base: object,
  edits: Edit[],
  verdict: Verdict,
  rule?: string,
  direction: Direction = 'produced',
) {
  const after = editDocument(base, edits);
  const found = await compareFiles(
    asyncapiContract,
    { 'async.json': base },
    { 'async.json': after },
    { direction },
  );
  const said = JSON.stringify(found.reports, undefined, 1);
  assert.equal(found.verdict, verdict, said);
  if (rule !== undefined)
    assert.ok(
      found.reports.some(({ ruleId }) => ruleId === `asyncapi/${rule}`),
      said,
    );
  else assert.equal(found.reports.length, 0, said);
  for (const report of found.reports) {
    assert.ok(report.span !== undefined, said);
    if (report.proof === 'breaking') assert.notEqual(report.witness, undefined, said);
  }
}
