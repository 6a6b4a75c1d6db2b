import { fieldShapeOf, type FieldShape } from './field-shape.ts';
import type { MessageSymbol, ProtoTree } from './proto-tree.ts';
import type { ResolvedType } from './resolve-type.ts';

/**
 * A few encoded fields (tag and payload, https://protobuf.dev/programming-guides/encoding/) that a writer of this shape
 * may send: those in which another shape is most likely to show.
 */
export function sampleRecords(shape: FieldShape, depth = 0): Uint8Array[] {
  const { number } = shape.node;
  const elements = payloadsOf(shape, depth).map((payload) => recordOf(number, payload, shape.isDelimited));
  const [first, second] = elements;
  if (shape.cardinality === 'repeated' && first !== undefined) {
    return [joined([first, second ?? first]), ...elements];
  }
  return elements;
}

interface Payload {
  wireType: 0 | 1 | 2 | 5;
  bytes: Uint8Array;
}

const maxDepth = 3;
const maxFields = 24;

function payloadsOf({ tree, type, keyType }: FieldShape, depth: number): Payload[] {
  if (keyType === undefined) return typePayloads(tree, type, depth);
  const [key, ...keys] = typePayloads(tree, keyType, depth);
  const [value, ...values] = typePayloads(tree, type, depth);
  if (key === undefined || value === undefined) return [];
  const entry = (one: Payload, other: Payload): Payload => ({
    wireType: 2,
    bytes: joined([recordOf(1, one, false), recordOf(2, other, false)]),
  });
  return [
    entry(key, value),
    ...values.map((other) => entry(key, other)),
    ...keys.map((other) => entry(other, value)),
  ];
}

function typePayloads(tree: ProtoTree, type: ResolvedType, depth: number): Payload[] {
  if (type.kind === 'scalar') return scalarPayloads[type.name] ?? [];
  if (type.kind === 'unknown') return [];
  if (type.kind === 'enum') {
    const { values } = type.symbol.node;
    const numbers = new Set(values.slice(-maxFields).map(({ number }) => number));
    // What is not zero shows the most, and the last ones are the least likely to be known elsewhere.
    return [...numbers].reverse().map((number) => ({ wireType: 0, bytes: varint(BigInt(number)) }));
  }
  return messagePayloads(tree, type.symbol, depth);
}

/** One field at a time, with all that the message requires, without which its own decoder refuses it; and no other. */
function messagePayloads(tree: ProtoTree, symbol: MessageSymbol, depth: number): Payload[] {
  const inner: Uint8Array[] = [];
  const required: Uint8Array[] = [];
  for (const field of depth < maxDepth ? symbol.node.fields.slice(0, maxFields) : []) {
    const shape = fieldShapeOf(tree, symbol, field);
    const records = sampleRecords(shape, depth + 1).slice(0, 3);
    inner.push(...records);
    if (shape.cardinality === 'required') required.push(...records.slice(0, 1));
  }
  // A required field that is there twice keeps what came last.
  return [...inner, new Uint8Array()].map((bytes) => ({ wireType: 2, bytes: joined([...required, bytes]) }));
}

/** Every field that reads as a group is written between tags, all others with the wire type of their payload. */
function recordOf(number: number, { wireType, bytes }: Payload, isDelimited: boolean): Uint8Array {
  const tag = (type: number) => varint((BigInt(number) << 3n) | BigInt(type));
  if (isDelimited) return joined([tag(3), bytes, tag(4)]);
  if (wireType === 2) return joined([tag(2), varint(BigInt(bytes.length)), bytes]);
  return joined([tag(wireType), bytes]);
}

/** Base 128, two's complement of 64 bits for negative numbers. */
export function varint(value: bigint): Uint8Array {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 128);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

function fixed(value: bigint, size: 4 | 8): Payload {
  const bytes = Uint8Array.from({ length: size }, (_, index) =>
    Number((BigInt.asUintN(64, value) >> BigInt(8 * index)) & 255n),
  );
  return { wireType: size === 4 ? 5 : 1, bytes };
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const varints = (...values: bigint[]): Payload[] =>
  values.map((value) => ({ wireType: 0, bytes: varint(value) }));
const small = [3n, 1n, 2n, 150n];
const text = new TextEncoder();

/** `sint` numbers are written zigzag: 2n for n, and the odd ones for what is below zero. */
const scalarPayloads: Readonly<Record<string, Payload[]>> = {
  int32: varints(...small, -1n),
  int64: varints(...small, -1n, 2n ** 40n),
  uint32: varints(...small, 2n ** 32n - 1n),
  uint64: varints(...small, 2n ** 64n - 1n),
  sint32: varints(...small, 2n ** 32n - 1n),
  sint64: varints(...small, 2n ** 40n),
  bool: varints(1n),
  fixed32: [fixed(1n, 4), fixed(2n ** 31n, 4)],
  sfixed32: [fixed(1n, 4), fixed(-1n, 4)],
  fixed64: [fixed(1n, 8), fixed(2n ** 63n, 8)],
  sfixed64: [fixed(1n, 8), fixed(-1n, 8)],
  // 1.5 as IEEE 754.
  float: [fixed(0x3fc00000n, 4)],
  double: [fixed(0x3ff8000000000000n, 8)],
  string: [
    { wireType: 2, bytes: text.encode('a') },
    { wireType: 2, bytes: text.encode('text') },
  ],
  bytes: [
    { wireType: 2, bytes: Uint8Array.of(255) },
    { wireType: 2, bytes: text.encode('a') },
  ],
};
