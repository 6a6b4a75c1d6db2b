/** Two versions of an AsyncAPI description: what others send is still taken, and what is sent is what they know. */
import { pointerTo } from '../../document/document.ts';
import { compareRest } from '../openapi/compare-rest.ts';
import { compareSchemaUses } from '../openapi/compare-schemas.ts';
import { report, type Comparison, type Draft } from '../openapi/comparison.ts';
import { childOf, childrenOf, listValue, rootPart, textValue, type Part } from '../openapi/description.ts';
import { shapeOf } from '../openapi/operation.ts';
import { compareMessages } from './compare-messages.ts';
import { readChannels, type Channel } from './read-channels.ts';

const rootKeywords = [
  'asyncapi',
  'id',
  'channels',
  'operations',
  'components',
  'servers',
  'defaultContentType',
];
const channelKeywords = ['address', 'publish', 'subscribe', 'parameters', 'messages', 'title'];
const operationKeywords = ['action', 'channel', 'message', 'messages', 'operationId', 'security', 'title'];

const keyword = 'asyncapi/compare-keyword';

export function compareAsyncDescriptions(comparison: Comparison): void {
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
    if (counterpart !== undefined) compareChannels(comparison, channel, counterpart);
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

function compareChannels(comparison: Comparison, from: Channel, to: Channel): void {
  const where = `channel ${from.address}`;
  compareRest(comparison, where, from.part, to.part, channelKeywords, keyword);
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
    compareMessages(comparison, place, from.address, operation, counterpart);
  }
}

/** Newly wanted credentials refuse everyone; other differences are named. */
function compareSecurity(comparison: Comparison, where: string, from: Part, to: Part): void {
  const [one, other] = [listValue(from.value, 'security') ?? [], listValue(to.value, 'security') ?? []];
  if (comparison.changed.isUnchanged(one, from.uri, other, to.uri) || other.length === 0) return;
  const isNew = one.length === 0;
  report(comparison, {
    ruleId: isNew ? 'asyncapi/keep-security' : keyword,
    where,
    message: isNew
      ? `the ${comparison.toName} version wants credentials, and the ${comparison.fromName} one does not`
      : 'the credentials that are wanted differ, and whether the same callers have them is not known',
    what: 'security',
    from,
    to: { uri: to.uri, pointer: pointerTo(to.pointer, 'security') },
    ...(isNew
      ? { proof: 'breaking' as const, witness: { credentials: {} } }
      : { proof: 'unproven' as const }),
  });
}

function compareServers(comparison: Comparison, from: Part, to: Part): void {
  const later = childrenOf(childOf(to, 'servers'));
  for (const [name, server] of childrenOf(childOf(from, 'servers'))) {
    const counterpart = later.find(([, other]) => addressOf(other) === addressOf(server));
    const where = `server ${JSON.stringify(name)}`;
    if (counterpart === undefined) {
      const place = later.find(([other]) => other === name)?.[1] ?? { ...to, pointer: '/servers' };
      report(comparison, {
        ruleId: 'asyncapi/keep-server',
        where,
        message: `its address and protocol are listed in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
        what: `server:${name}`,
        from: server,
        to: place,
        proof: 'breaking',
        witness: { server: name, protocol: textValue(server.value, 'protocol') },
      });
      continue;
    }
    compareSecurity(comparison, where, server, counterpart[1]);
    const compared = ['url', 'host', 'pathname', 'protocol', 'security', 'variables', 'title'];
    compareRest(comparison, where, server, counterpart[1], compared, keyword);
  }
}

function addressOf({ value }: Part): string {
  const parts = ['protocol', 'url', 'host', 'pathname'].map((key) => textValue(value, key) ?? '');
  return parts.join(' ').toLowerCase().replace(/\/+$/, '');
}
