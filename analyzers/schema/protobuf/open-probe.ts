import protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import type { MessageSymbol, ProtoTree } from './proto-tree.ts';
import { renderProbe } from './render-probe.ts';

/**
 * What a decoder makes of a message. `canonical` is the same for what is the same on the wire: by numbers, not names,
 * and by value, whatever type holds it.
 */
export type Decoded = { ok: true; canonical: string; json: unknown } | { ok: false; reason: string };

export interface OpenProbe {
  decode(bytes: Uint8Array): Decoded;
  readJson(json: unknown): Decoded;
  /** What the field is read as when it is not sent. */
  defaultOf(number: number): string | undefined;
}

/** protobufjs, set up for one message of one version. Undefined where it does not take the message. */
export function openProbe(tree: ProtoTree, message: MessageSymbol): OpenProbe | undefined {
  const probe = renderProbe(tree, message);
  const type = attempt(() => {
    const { root } = protobuf.parse(probe.text, new protobuf.Root(), { keepCase: true });
    root.resolveAll();
    return root.lookupType(probe.messageName);
  });
  if (!type.ok) return undefined;
  const { value } = type;
  return {
    decode: (bytes) => decoded(value, () => value.decode(bytes)),
    readJson: (json) => decoded(value, () => protojson.fromJson(value, json)),
    defaultOf: (number) => {
      const field = value.fieldsById[number];
      if (field === undefined) return undefined;
      const standard: unknown = field.resolve().defaultValue;
      return scalarText(standard);
    },
  };
}

function decoded(type: protobuf.Type, read: () => protobuf.Message): Decoded {
  const message = attempt(read);
  if (!message.ok) return message;
  const canonical = canonicalOf(type, message.value, 0);
  const json = attempt((): unknown => protojson.toJson(type, message.value));
  return { ok: true, canonical: JSON.stringify(canonical), json: json.ok ? json.value : canonical };
}

type Attempt<Value> = { ok: true; value: Value } | { ok: false; reason: string };

/** protobufjs throws for what it refuses, which is just what is asked here. */
function attempt<Value>(run: () => Value): Attempt<Value> {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    // The names that the probe gave to messages are nobody else's.
    return { ok: false, reason: told.replace(/\.?\bprobe\.\w+(: )?/g, '').slice(0, 200) };
  }
}

const maxDepth = 8;

function canonicalOf(type: protobuf.Type, message: object, depth: number): unknown {
  if (depth > maxDepth) return '…';
  const parts: [number, unknown][] = [];
  for (const field of type.fieldsArray) {
    const value: unknown = Object.getOwnPropertyDescriptor(message, field.name)?.value;
    if (value === undefined || value === null) continue;
    const inner = field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
    const one = (element: unknown): unknown =>
      inner !== undefined && typeof element === 'object' && element !== null
        ? canonicalOf(inner, element, depth + 1)
        : scalarText(element);
    if (Array.isArray(value)) {
      if (value.length > 0) parts.push([field.id, value.map(one)]);
    } else if (field.map && typeof value === 'object') {
      const entries = Object.entries(value).map(([key, element]: [string, unknown]) => [key, one(element)]);
      if (entries.length > 0) parts.push([field.id, { map: entries }]);
    } else parts.push([field.id, one(value)]);
  }
  return parts.sort(([a], [b]) => a - b);
}

/** A number, a text or bytes by value: true is 1, and text is its bytes. */
function scalarText(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'string') return `x${Buffer.from(value).toString('hex')}`;
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return 'x';
  // A 64-bit number is one of the `long` package's, which protobufjs itself brings.
  if (!(value instanceof protobuf.util.Long)) return '';
  const bits = (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
  return String(value.unsigned ? BigInt.asUintN(64, bits) : bits);
}
