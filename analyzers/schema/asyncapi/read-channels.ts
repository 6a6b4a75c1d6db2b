/** AsyncAPI 2 and 3 in one model: what the described application sends and takes, on which channel, in which messages. */
import { isObject, pointerTo } from '../../document/document.ts';
import {
  childOf,
  childrenOf,
  elementsOf,
  listValue,
  ownValue,
  rootPart,
  textValue,
  type Description,
  type Part,
} from '../openapi/description.ts';
import { normalMediaType } from '../openapi/media-type.ts';
import type { SchemaUse } from '../openapi/operation.ts';
import { builtSchema, schemaAt } from '../openapi/schema-use.ts';
import { layeredSchema, withTraits } from './traits.ts';

export type Action = 'send' | 'receive';

export interface Message {
  /** What it is called in a message. */
  name: string;
  /** Its id, name, key and component: any of them is what it is known by. */
  names: readonly string[];
  payload: SchemaUse | undefined;
  /** The language that the payload's schema is written in. */
  format: string;
  headers: SchemaUse | undefined;
  contentType: string;
  part: Part;
}

export interface MessageOperation {
  action: Action;
  part: Part;
  messages: readonly Message[];
  /** Of AsyncAPI 3: what is sent back for what is taken, and taken for what is sent. */
  reply?: MessageOperation | undefined;
}

export interface Channel {
  address: string;
  part: Part;
  parameters: ReadonlyMap<string, SchemaUse | undefined>;
  operations: readonly MessageOperation[];
}

const jsonSchema = 'json-schema';

/** All channels by their addresses. */
export function readChannels(description: Description): Map<string, Channel> {
  const root = rootPart(description);
  const found = new Map<string, Channel>();
  const isThree = description.family === 'asyncapi-3';
  const operations = isThree ? operationsOfThree(root) : [];
  for (const [key, part] of childrenOf(childOf(root, 'channels'))) {
    const address = isThree ? (textValue(part.value, 'address') ?? key) : key;
    const own = isThree
      ? operations.filter(({ channel }) => channel.pointer === part.pointer && channel.uri === part.uri)
      : operationsOfTwo(part);
    found.set(address, { address, part, parameters: parametersOf(part), operations: own });
  }
  return found;
}

// In AsyncAPI 2 the words are those of the other side: what it subscribes to is what the application sends.
function operationsOfTwo(channel: Part): MessageOperation[] {
  const actions: [string, Action][] = [
    ['subscribe', 'send'],
    ['publish', 'receive'],
  ];
  return actions.flatMap(([keyword, action]): MessageOperation[] => {
    const part = childOf(channel, keyword);
    if (part === undefined) return [];
    const message = childOf(part, 'message');
    const alternatives = message === undefined ? [] : elementsWithNames(message, 'oneOf');
    const own: [string, Part][] = message === undefined ? [] : [[nameOfElement(part, 'message'), message]];
    const parts = alternatives.length > 0 ? alternatives : own;
    return [{ action, part: withTraits(part), messages: parts.map(([name, one]) => readMessage(name, one)) }];
  });
}

function operationsOfThree(root: Part): (MessageOperation & { channel: Part })[] {
  return childrenOf(childOf(root, 'operations')).flatMap(([, part]) => {
    const channel = childOf(part, 'channel');
    const action = textValue(part.value, 'action');
    if (channel === undefined || (action !== 'send' && action !== 'receive')) return [];
    const reply = childOf(part, 'reply');
    const own: MessageOperation = { action, part: withTraits(part), messages: messagesOf(part, channel) };
    if (reply === undefined) return [{ ...own, channel }];
    const answers = messagesOf(reply, childOf(reply, 'channel'));
    const turned = action === 'send' ? ('receive' as const) : ('send' as const);
    return [{ ...own, channel, reply: { action: turned, part: reply, messages: answers } }];
  });
}

/** The messages that are listed, or all that the channel has. */
function messagesOf(part: Part, channel: Part | undefined): Message[] {
  const chosen =
    listValue(part.value, 'messages') === undefined ? undefined : elementsWithNames(part, 'messages');
  const parts = chosen ?? (channel === undefined ? [] : childrenOf(childOf(channel, 'messages')));
  return parts.map(([name, one]) => readMessage(name, one));
}

function elementsWithNames(parent: Part, key: string): [string, Part][] {
  const parts = elementsOf(parent, key);
  const list = listValue(parent.value, key) ?? [];
  return parts.map((part, index) => [lastOfReference(list[index]) ?? String(index), part]);
}

function nameOfElement(parent: Part, key: string): string {
  return lastOfReference(ownValue(parent.value, key)) ?? '';
}

function lastOfReference(value: unknown): string | undefined {
  const reference = isObject(value) ? value['$ref'] : undefined;
  return typeof reference === 'string' ? reference.split('/').at(-1) : undefined;
}

function readMessage(key: string, part: Part): Message {
  const { root } = part.description;
  const holder = childOf(part, 'payload');
  const isWrapped = holder !== undefined && textValue(holder.value, 'schemaFormat') !== undefined;
  const format =
    (isWrapped
      ? textValue(holder.value, 'schemaFormat')
      : textValue(withTraits(part).value, 'schemaFormat')) ?? '';
  const own = withTraits(part).value;
  const component = part.pointer.split('/').at(-1) ?? '';
  const names = [textValue(own, 'messageId'), textValue(own, 'name'), key, component].flatMap(
    (name) => name ?? [],
  );
  return {
    name: names[0] ?? key,
    names: names.filter((name) => name !== ''),
    payload: isWrapped ? schemaAt(holder, 'schema') : schemaAt(part, 'payload'),
    format: formatName(format),
    headers: layeredSchema(part, 'headers'),
    contentType: normalMediaType(
      textValue(own, 'contentType') ?? textValue(root, 'defaultContentType') ?? '',
    ),
    part,
  };
}

/** The language without its version: AsyncAPI's own is a superset of JSON Schema. */
function formatName(format: string): string {
  if (format === '' || /aai\.asyncapi|schema\+(json|yaml)/i.test(format)) return jsonSchema;
  return /avro/i.test(format) ? 'avro' : (format.split(';')[0] ?? format).toLowerCase();
}

export function isJsonSchema({ format }: Message): boolean {
  return format === jsonSchema;
}

// AsyncAPI 3 lists values where AsyncAPI 2 has a schema.
function parametersOf(channel: Part): Map<string, SchemaUse | undefined> {
  return new Map(
    childrenOf(childOf(channel, 'parameters')).map(([name, part]) => {
      const list = listValue(part.value, 'enum');
      const built = builtSchema(
        part,
        list === undefined ? { type: 'string' } : { type: 'string', enum: list },
        (pointer) => (pointer === '' ? part.pointer : pointerTo(part.pointer, 'enum')),
      );
      return [name, part.description.family === 'asyncapi-3' ? built : schemaAt(part, 'schema')];
    }),
  );
}
