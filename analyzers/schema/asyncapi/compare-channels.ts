/** Two versions of an AsyncAPI description: what others send is still taken, and what is sent is what they know. */
import { compareRest } from '../openapi/compare-rest.ts';
import { compareSchemaUses } from '../openapi/compare-schemas.ts';
import { report, type Comparison, type Draft } from '../openapi/comparison.ts';
import { childOf, rootPart, type Part } from '../openapi/description.ts';
import { shapeOf } from '../openapi/operation.ts';
import { compareMessages } from './compare-messages.ts';
import { compareSecurity } from './compare-security.ts';
import { compareChannelServers, compareServers } from './compare-servers.ts';
import { readChannels, type Channel, type MessageOperation } from './read-channels.ts';

const rootKeywords = [
  'asyncapi',
  'id',
  'channels',
  'operations',
  'components',
  'servers',
  'defaultContentType',
];
const channelKeywords = ['address', 'publish', 'subscribe', 'parameters', 'messages', 'servers', 'title'];
const operationKeywords = [
  'action',
  'channel',
  'message',
  'messages',
  'operationId',
  'reply',
  'security',
  'title',
  'traits',
];

const keyword = 'asyncapi/compare-keyword';

export async function compareAsyncDescriptions(comparison: Comparison): Promise<void> {
  const [from, to] = [rootPart(comparison.from), rootPart(comparison.to)];
  if (comparison.from.family !== comparison.to.family) {
    report(comparison, {
      ruleId: keyword,
      where: 'asyncapi',
      message: 'one version is AsyncAPI 2 and the other AsyncAPI 3, and these are not compared',
      what: 'family',
      from: { uri: from.uri, pointer: '/asyncapi' },
      to: { uri: to.uri, pointer: '/asyncapi' },
      proof: 'unproven',
    });
    return;
  }
  compareRest(comparison, 'description', from, to, rootKeywords, keyword);
  compareServers(comparison, from, to);
  const later = readChannels(comparison.to);
  const shapes = new Map([...later.values()].map((channel) => [shapeOf(channel.address), channel]));
  for (const channel of readChannels(comparison.from).values()) {
    const counterpart = later.get(channel.address) ?? shapes.get(shapeOf(channel.address));
    comparison.operation = channel.address;
    if (counterpart !== undefined) await compareChannels(comparison, channel, counterpart);
    else {
      reportGone(
        comparison,
        'asyncapi/keep-channel',
        `channel ${channel.address}`,
        channel.part,
        { ...to, pointer: '/channels' },
        {
          channel: channel.address,
        },
      );
    }
  }
}

function reportGone(
  comparison: Comparison,
  ruleId: Draft['ruleId'],
  where: string,
  from: Part,
  to: Part,
  witness: unknown,
): void {
  report(comparison, {
    ruleId,
    where,
    message: `it is in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
    what: 'removed',
    from,
    to,
    proof: 'breaking',
    witness,
  });
}

async function compareChannels(comparison: Comparison, from: Channel, to: Channel): Promise<void> {
  const where = `channel ${from.address}`;
  compareRest(comparison, where, from.part, to.part, channelKeywords, keyword);
  compareChannelServers(comparison, where, from.part, to.part);
  for (const [name, schema] of from.parameters) {
    const counterpart = to.parameters.get(name);
    if (schema === undefined || counterpart === undefined) continue;
    compareSchemaUses(comparison, schema, counterpart, {
      view: 'request',
      where: `${where}, parameter ${JSON.stringify(name)}`,
      ruleId: 'asyncapi/keep-parameter-values',
      witnessOf: (value) => ({ channel: from.address, parameters: { [name]: value } }),
    });
  }
  for (const operation of from.operations) {
    const place = `${operation.action} on ${from.address}`;
    const sameAction = to.operations.filter(({ action }) => action === operation.action);
    const counterpart =
      sameAction.find(({ part }) => part.pointer === operation.part.pointer) ?? sameAction[0];
    if (counterpart === undefined) {
      reportGone(comparison, 'asyncapi/keep-operation', place, operation.part, to.part, {
        channel: from.address,
        action: operation.action,
      });
      continue;
    }
    compareRest(comparison, place, operation.part, counterpart.part, operationKeywords, keyword);
    compareSecurity(comparison, place, operation.part, counterpart.part);
    await Promise.all(compareMessages(comparison, place, from.address, operation, counterpart));
    await compareReplies(comparison, place, from.address, operation, counterpart);
  }
}

/** A reply that is new bothers nobody who does not wait for it. */
async function compareReplies(
  comparison: Comparison,
  where: string,
  channel: string,
  { reply: from }: MessageOperation,
  { part, reply: to }: MessageOperation,
): Promise<void> {
  if (from === undefined) return;
  const place = `${where}, reply`;
  if (to === undefined) {
    reportGone(comparison, 'asyncapi/keep-operation', place, from.part, part, { channel, reply: true });
    return;
  }
  compareRest(comparison, place, from.part, to.part, ['messages', 'channel'], keyword);
  const [earlier, later] = [childOf(from.part, 'channel'), childOf(to.part, 'channel')];
  if (earlier?.pointer !== later?.pointer) {
    compareRest(comparison, place, from.part, to.part, ['messages', 'address'], keyword);
  }
  await Promise.all(compareMessages(comparison, place, channel, from, to));
}
