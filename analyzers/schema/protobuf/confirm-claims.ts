import type { ContractReport } from '../contract.ts';
import { counts, reportOf, type Comparison, type Difference } from './comparison.ts';
import { openProbe, type OpenProbe } from './open-probe.ts';
import type { ClaimSide, WireClaim } from './wire-claim.ts';
import { joined, sampleRecords } from './wire-samples.ts';
import { fieldShapeOf, type FieldShape } from './field-shape.ts';
import type { MessageSymbol } from './proto-tree.ts';

/** More claims than this are not each confirmed; by then the verdict stands on those that are. */
const maxClaims = 400;
const maxAttempts = 64;

/**
 * The reports on all differences, with a message that shows each break on the wire. What a decoder does not confirm is
 * `unproven` at the levels of the wire; at `file` and `package` generated code breaks in any case.
 */
export function confirmedReports(comparison: Comparison): Promise<ContractReport[]> {
  const probes = new Map<MessageSymbol, OpenProbe | undefined>();
  const probeOf = ({ tree, message }: ClaimSide) => {
    if (!probes.has(message)) probes.set(message, openProbe(tree, message));
    return probes.get(message);
  };
  let claims = 0;
  const reports = comparison.differences.map((difference) => {
    const { claim } = difference;
    if (claim === undefined || claims >= maxClaims) return reportOf(difference);
    claims++;
    return confirmedReport(
      comparison,
      difference,
      findWitness(claim, probeOf(claim.before), probeOf(claim.after)),
    );
  });
  return Promise.resolve(reports);
}

function confirmedReport(comparison: Comparison, difference: Difference, witness: unknown): ContractReport {
  if (witness !== undefined) return { ...reportOf(difference), witness };
  if (counts(comparison, 'package')) return reportOf(difference);
  const message = `${difference.message}; no message was found with which a decoder shows it`;
  return reportOf({ ...difference, proof: 'unproven', message });
}

function findWitness(claim: WireClaim, before: OpenProbe | undefined, after: OpenProbe | undefined): unknown {
  if (before === undefined || after === undefined) return undefined;
  const ways = [
    { writes: 'before', reads: 'after', from: claim.before, to: claim.after, writer: before, reader: after },
    { writes: 'after', reads: 'before', from: claim.after, to: claim.before, writer: after, reader: before },
  ] as const;
  for (const way of ways) {
    if (claim.writer !== 'either' && claim.writer !== way.writes) continue;
    for (const bytes of attempts(claim, way.from, way.to).slice(0, maxAttempts)) {
      const shown = claim.encoding === 'bytes' ? showBytes(claim, way, bytes) : showJson(way, bytes);
      if (shown !== undefined) {
        return { message: way.from.message.fullName, writtenBy: way.writes, ...shown };
      }
    }
  }
  return undefined;
}

/** The messages to try, the most telling first. */
function attempts(claim: WireClaim, from: ClaimSide, to: ClaimSide): Uint8Array[] {
  switch (claim.attempt) {
    case 'empty':
      return [new Uint8Array(), ...withRequired(from)];
    case 'value':
      return from.field === undefined
        ? []
        : sampleRecords(from.field).flatMap((record) => [record, ...withRequired(from, record)]);
    case 'message':
      return from.message.node.fields
        .slice(0, 24)
        .flatMap((field) => sampleRecords(fieldShapeOf(from.tree, from.message, field)).slice(0, 3))
        .concat(new Uint8Array());
    case 'pair':
      return pairs(from, to);
  }
}

function firstRecord(side: ClaimSide, shape: FieldShape | undefined): Uint8Array[] {
  return shape === undefined
    ? []
    : sampleRecords(shape)
        .slice(0, 1)
        .filter(({ length }) => length > 0 && side.message.node.fields.length > 0);
}

/** The same with all that the writer itself requires, without which its own decoder refuses it. */
function withRequired(side: ClaimSide, record: Uint8Array = new Uint8Array()): Uint8Array[] {
  const required = side.message.node.fields
    .map((field) => fieldShapeOf(side.tree, side.message, field))
    .filter(({ cardinality, node }) => cardinality === 'required' && node.number !== side.field?.node.number);
  if (required.length === 0) return [];
  return [joined([...required.flatMap((shape) => firstRecord(side, shape)), record])];
}

/** The field and one that it shares a oneof with on the other side, in both orders. */
function pairs(from: ClaimSide, to: ClaimSide): Uint8Array[] {
  const own = from.field?.node;
  const other = to.field?.node;
  if (own === undefined || other?.oneof === undefined) return [];
  const mates = to.message.node.fields.filter(
    ({ oneof, number }) => oneof === other.oneof && number !== other.number,
  );
  return mates.slice(0, 8).flatMap(({ number }) => {
    const mate = from.message.node.fields.find((field) => field.number === number);
    if (mate === undefined || (mate.oneof !== undefined && mate.oneof === own.oneof)) return [];
    const [first] = firstRecord(from, from.field);
    const [second] = firstRecord(from, fieldShapeOf(from.tree, from.message, mate));
    if (first === undefined || second === undefined) return [];
    const both = [joined([first, second]), joined([second, first])];
    return both.flatMap((bytes) => [bytes, ...withRequired(from, bytes)]);
  });
}

interface Way {
  writes: 'before' | 'after';
  reads: 'before' | 'after';
  from: ClaimSide;
  to: ClaimSide;
  writer: OpenProbe;
  reader: OpenProbe;
}

function showBytes(
  claim: WireClaim,
  { writes, reads, from, to, writer, reader }: Way,
  bytes: Uint8Array,
): object | undefined {
  const sent = writer.decode(bytes);
  if (!sent.ok) return undefined;
  const got = reader.decode(bytes);
  const hex = Buffer.from(bytes).toString('hex');
  if (!got.ok) return { bytes: hex, [writes]: sent.json, [reads]: { refused: got.reason } };
  if (claim.attempt === 'empty') {
    const [first, second] = [from, to].map((side, index) =>
      side.field === undefined
        ? undefined
        : (index === 0 ? writer : reader).defaultOf(side.field.node.number),
    );
    if (first === undefined || first === second) return undefined;
    return { bytes: hex, [writes]: first, [reads]: second };
  }
  if (sent.canonical === got.canonical) return undefined;
  return { bytes: hex, [writes]: sent.json, [reads]: got.json };
}

/** What the writer's JSON says, by JSON names and by the names in the file, both of which every reader has to take. */
function showJson({ writes, reads, from, writer, reader }: Way, bytes: Uint8Array): object | undefined {
  const sent = writer.decode(bytes);
  if (!sent.ok) return undefined;
  for (const json of [sent.json, renamedTo(sent.json, from.field)]) {
    if (json === undefined) continue;
    const own = writer.readJson(json);
    if (!own.ok) continue;
    const got = reader.readJson(json);
    if (!got.ok) return { json, [writes]: own.json, [reads]: { refused: got.reason } };
    if (own.canonical !== got.canonical) return { json, [writes]: own.json, [reads]: got.json };
  }
  return undefined;
}

function renamedTo(json: unknown, field: FieldShape | undefined): unknown {
  if (typeof json !== 'object' || json === null || field === undefined) return undefined;
  const { name } = field.node;
  if (name === field.jsonName) return undefined;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]: [string, unknown]) => [
      key === field.jsonName ? name : key,
      value,
    ]),
  );
}
