/** Payloads whose schemas are written in Avro, by Avro's own rules of resolution. */
import { valueAt, type Document } from '../../document/document.ts';
import { parseDocument } from '../../document/parse-document.ts';
import type { Position, Span } from '../../finding.ts';
import type { ContractVersion } from '../contract.ts';
import { report, type Comparison } from '../openapi/comparison.ts';
import { childOf, type Part, type Place } from '../openapi/description.ts';
import type { Message, MessageOperation } from './read-channels.ts';

/** The name under which the schema is shown to the Avro contract; no file has it. */
const path = 'payload.avsc';

export async function compareAvro(
  comparison: Comparison,
  where: string,
  [from, to]: readonly [Message, Message],
  action: MessageOperation['action'],
): Promise<void> {
  const { avroContract } = await import('../avro/contract.ts');
  const [earlier, later] = [schemaOf(from), schemaOf(to)];
  const isTaken = action === 'receive';
  const reports = await avroContract.compare({
    before: versionOf(earlier.text),
    after: versionOf(later.text),
    direction: isTaken ? 'consumed' : 'produced',
    // What others wrote by the one schema is read by the other, or what is written by the new one is read by them.
    level: isTaken ? 'backward' : 'forward',
  });
  for (const { key, message, level, proof, span, beforeSpan, witness } of reports) {
    const payloadRule = isTaken
      ? ('asyncapi/keep-accepted-payload' as const)
      : ('asyncapi/keep-sent-payload' as const);
    report(comparison, {
      ruleId: proof === 'unproven' ? 'asyncapi/compare-keyword' : payloadRule,
      where: `${where}, payload`,
      message,
      what: `avro:${key}`,
      from: placeIn(earlier, beforeSpan),
      to: placeIn(later, span),
      ...(level && { level }),
      ...(proof && { proof }),
      ...(witness === undefined ? {} : { witness }),
    });
  }
}

interface AvroPayload {
  text: string;
  place: Place;
}

/** The schema as JSON; one that is referred to, where it stands. */
function schemaOf({ part, payload }: Message): AvroPayload {
  const parent: Part = payload === undefined ? part : { ...part, value: { payload: payload.value } };
  const followed = childOf(parent, 'payload');
  const written = payload?.source;
  const place =
    followed?.pointer.endsWith('/payload') === false
      ? followed
      : { uri: written?.uri ?? part.uri, pointer: written?.pointer ?? part.pointer };
  return { text: JSON.stringify(followed?.value ?? payload?.value ?? null, undefined, 1), place };
}

function versionOf(text: string): ContractVersion {
  return { paths: [path], read: (file) => Promise.resolve(file === path ? text : undefined) };
}

function placeIn({ text, place }: AvroPayload, span: Span | undefined): Place {
  const document = span && parseDocument(path.replace('.avsc', '.json'), text);
  if (span === undefined || document?.ok !== true) return place;
  return { uri: place.uri, pointer: `${place.pointer}${pointerAt(document, span.start)}` };
}

/** The innermost value around a position. */
function pointerAt(document: Document, position: Position): string {
  let pointer = '';
  for (;;) {
    const value = valueAt(document.value, pointer);
    if (typeof value !== 'object' || value === null) return pointer;
    const inner = Object.keys(value)
      .map((key) => `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .find((child) => {
        const span = document.spanOf(child);
        return span !== undefined && !isBefore(position, span.start) && isBefore(position, span.end);
      });
    if (inner === undefined) return pointer;
    pointer = inner;
  }
}

function isBefore(one: Position, other: Position): boolean {
  return one.line < other.line || (one.line === other.line && one.column < other.column);
}
