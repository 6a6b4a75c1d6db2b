/** Messages of one operation, by what they are known by; alone on both sides, they are each other's. */
import { compareRest } from '../openapi/compare-rest.ts';
import { compareSchemaUses } from '../openapi/compare-schemas.ts';
import { report, type Comparison } from '../openapi/comparison.ts';
import { textValue, type Part } from '../openapi/description.ts';
import type { SchemaUse } from '../openapi/operation.ts';
import { builtSchema } from '../openapi/schema-use.ts';
import { compareAvro } from './compare-avro.ts';
import { isJsonSchema, type Message, type MessageOperation } from './read-channels.ts';
import { layeredChild, withTraits } from './traits.ts';

const messageKeywords = [
  'traits',
  'messageId',
  'name',
  'title',
  'payload',
  'schemaFormat',
  'headers',
  'contentType',
  'correlationId',
];

export function compareMessages(
  comparison: Comparison,
  where: string,
  channel: string,
  from: MessageOperation,
  to: MessageOperation,
): Promise<void>[] {
  const pending: Promise<void>[] = [];
  const isAlone = from.messages.length === 1 && to.messages.length === 1;
  const matched = new Set<Message>();
  for (const message of from.messages) {
    const counterpart = isAlone ? to.messages[0] : findNamesake(message, to.messages);
    const place = message.name === '' ? where : `${where}, message ${JSON.stringify(message.name)}`;
    if (counterpart !== undefined) {
      matched.add(counterpart);
      pending.push(...compareMessage(comparison, place, channel, [message, counterpart], from.action));
      continue;
    }
    report(comparison, {
      ruleId: 'asyncapi/keep-message',
      where: place,
      message: `it is in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
      what: `removed:${message.name}`,
      from: message.part,
      to: to.part,
      proof: 'breaking',
      witness: { channel, message: message.name },
    });
  }
  if (from.action === 'receive' || from.messages.length === 0) return pending;
  for (const message of to.messages.filter((one) => !matched.has(one))) {
    report(comparison, {
      ruleId: 'asyncapi/keep-message',
      where: `${where}, message ${JSON.stringify(message.name)}`,
      message: `the ${comparison.toName} version sends it, and receivers of the ${comparison.fromName} one do not know it`,
      what: `added:${message.name}`,
      from: from.part,
      to: message.part,
      proof: 'breaking',
      witness: { channel, message: message.name },
    });
  }
  return pending;
}

/** The names are those of the strongest kind first, so two messages that share a weaker one are not confused. */
function findNamesake({ names }: Message, others: readonly Message[]): Message | undefined {
  for (const name of names) {
    const exact =
      others.find((other) => other.names[0] === name) ?? others.find((other) => other.names.includes(name));
    if (exact !== undefined) return exact;
  }
  return undefined;
}

function compareMessage(
  comparison: Comparison,
  where: string,
  channel: string,
  [from, to]: readonly [Message, Message],
  action: MessageOperation['action'],
): Promise<void>[] {
  const places = { from: from.part, to: to.part };
  const [own, current] = [withTraits(from.part), withTraits(to.part)];
  compareRest(comparison, where, own, current, messageKeywords, 'asyncapi/compare-keyword');
  if (from.contentType !== to.contentType && from.contentType !== '') {
    report(comparison, {
      ruleId: 'asyncapi/keep-content-type',
      where,
      message: `its content type is ${from.contentType} in the ${comparison.fromName} version and ${to.contentType === '' ? 'not given' : to.contentType} in the ${comparison.toName} one`,
      what: `contentType:${from.contentType}:${to.contentType}`,
      ...places,
      ...(to.contentType === ''
        ? { proof: 'unproven' as const, level: 'warning' as const }
        : {
            proof: 'breaking' as const,
            witness: { channel, contentType: action === 'send' ? to.contentType : from.contentType },
          }),
    });
  }
  compareCorrelation(comparison, where, from.part, to.part);
  const view = action === 'receive' ? ('request' as const) : ('response' as const);
  const witnessOf = (name: string) => (value: unknown) => ({ channel, [name]: value });
  compareOptional(comparison, [from.part, to.part], [from.headers, to.headers], (one, other) => {
    const ruleId = 'asyncapi/keep-headers' as const;
    compareSchemaUses(comparison, one, other, {
      view,
      where: `${where}, headers`,
      ruleId,
      witnessOf: witnessOf('headers'),
    });
  });
  if (!isJsonSchema(from) || !isJsonSchema(to)) {
    return comparePlain(comparison, where, [from, to], action);
  }
  compareOptional(comparison, [from.part, to.part], [from.payload, to.payload], (one, other) => {
    const ruleId =
      view === 'request'
        ? ('asyncapi/keep-accepted-payload' as const)
        : ('asyncapi/keep-sent-payload' as const);
    compareSchemaUses(comparison, one, other, {
      view,
      where: `${where}, payload`,
      ruleId,
      witnessOf: witnessOf('payload'),
    });
  });
  return [];
}

/** A schema that is not given allows anything. */
function compareOptional(
  comparison: Comparison,
  [from, to]: readonly [Part, Part],
  [one, other]: readonly [SchemaUse | undefined, SchemaUse | undefined],
  compare: (one: SchemaUse, other: SchemaUse) => void,
): void {
  if (one === undefined && other === undefined) return;
  compare(one ?? builtSchema(from, {}, () => from.pointer), other ?? builtSchema(to, {}, () => to.pointer));
}

/** Payloads in other languages than JSON Schema: Avro has rules of its own, others are the same or not decided here. */
function comparePlain(
  comparison: Comparison,
  where: string,
  [from, to]: readonly [Message, Message],
  action: MessageOperation['action'],
): Promise<void>[] {
  const isSame = comparison.changed.isUnchanged(
    from.payload?.value,
    from.part.uri,
    to.payload?.value,
    to.part.uri,
  );
  if (from.format === to.format && isSame) return [];
  if (from.format === 'avro' && to.format === 'avro') {
    return [compareAvro(comparison, where, [from, to], action)];
  }
  report(comparison, {
    ruleId: 'asyncapi/compare-keyword',
    where: `${where}, payload`,
    message:
      from.format === to.format
        ? `the payload's schema is written in ${from.format}, and its change was not decided`
        : `the payload's schema is written in ${from.format} in the ${comparison.fromName} version and in ${to.format} in the ${comparison.toName} one`,
    what: `format:${from.format}:${to.format}`,
    from: from.part,
    to: to.part,
    proof: 'unproven',
  });
  return [];
}

function compareCorrelation(comparison: Comparison, where: string, from: Part, to: Part): void {
  const [one, other] = [layeredChild(from, 'correlationId'), layeredChild(to, 'correlationId')];
  const [earlier, later] = [one, other].map((part) => part && textValue(part.value, 'location'));
  if (one === undefined || earlier === later) return;
  report(comparison, {
    ruleId: 'asyncapi/keep-correlation',
    where,
    message: `the correlation id is not in the same place in both versions`,
    what: `correlation:${earlier ?? ''}:${later ?? ''}`,
    from: one,
    to: other ?? to,
    proof: 'breaking',
    witness: { correlationId: earlier },
  });
}
