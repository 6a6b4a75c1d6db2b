/**
 * A claimed witness is checked twice: our reader of single data has to agree, and avsc, which shares no code with it,
 * has to write the datum with the one schema and fail to read it with the other. Where avsc cannot answer (it refuses
 * empty unions, defaults of later branches, chains of definitions too long to be written out), ours stands alone; it
 * knows nothing of logical types, so of an altered value ours stands alone as well.
 */
import type { Schema } from 'avsc';
import { isObject } from '../../document/document.ts';
import type { ResolvedType } from './avro-type.ts';
import { readDatum } from './read-datum.ts';
import { renderSchema } from './render-schema.ts';
import type { Mismatch, Step } from './resolve-schemas.ts';

export type Confirmation = 'confirmed' | 'read-by-avsc' | 'not-confirmed';

/** A datum that is said to be written with one schema and not to be read with the other. */
export interface Claim {
  reader: ResolvedType;
  writer: ResolvedType;
  datum: unknown;
}

/** Values in a datum up to which avsc is asked about all of it: it compiles every schema that it reads. */
const maxWholeValues = 300;

/**
 * Whether the datum can be written, and not be read (or only as something else). Of a large datum avsc is shown the
 * part where the two schemas differ; that the rest leads there, our own reading of the whole says.
 *
 * Claims about names are checked by full name: otherwise avsc ignores the namespaces of aliases as well, while for all
 * else it has to ignore them, as the specification matches unqualified names.
 */
export async function confirmWitness(
  { reader, writer, datum }: Claim,
  { kind, reader: ownReader, writer: ownWriter, route }: Mismatch,
): Promise<Confirmation> {
  const reading = readDatum(reader, writer, datum);
  if (reading === 'altered') return 'confirmed';
  if (reading !== 'refused') return 'not-confirmed';
  const byFullName = kind === 'name' || kind === 'branch';
  const isWhole = countValues(datum) <= maxWholeValues;
  const shown = isWhole
    ? { reader, writer, datum }
    : { reader: ownReader, writer: ownWriter, datum: partAt(datum, route, ownWriter) };
  // The schema of this very datum first; a type that recurs may have other branches elsewhere, then the whole one.
  for (const rendered of [renderSchema(shown.writer, { value: shown.datum }), renderSchema(shown.writer)]) {
    const answer = await askAvsc(renderSchema(shown.reader), rendered, shown.datum, byFullName);
    if (answer === 'refused') return 'confirmed';
    if (answer === 'read') return 'read-by-avsc';
  }
  return 'confirmed';
}

function countValues(datum: unknown): number {
  let count = 0;
  const pending = [datum];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    count++;
    if (typeof value === 'object' && value !== null)
      for (const part of Object.values(value)) pending.push(part);
  }
  return count;
}

/** What the route leads to in a datum, up to the union that its last step takes a branch of. */
function partAt(datum: unknown, route: readonly Step[], writer: ResolvedType): unknown {
  const last = route.at(-1);
  const isInUnion = writer.kind === 'union' && typeof last === 'object' && 'branch' in last;
  let part = datum;
  for (const step of isInUnion ? route.slice(0, -1) : route) {
    if (step === 'items') part = Array.isArray(part) ? part[0] : undefined;
    else if (!isObject(part)) return part;
    else if (typeof step === 'object' && 'field' in step) part = part[step.field];
    // A map has one key here, and a branch of a union that is not null is an object with one.
    else part = Object.values(part)[0];
  }
  return part;
}

/** `undecided` where avsc takes one of the schemas, or the datum, for invalid. */
export async function askAvsc(
  reader: unknown,
  writer: unknown,
  datum: unknown,
  byFullName = false,
): Promise<'read' | 'refused' | 'undecided'> {
  if (reader === undefined || writer === undefined) return 'undecided';
  const { default: avsc } = await import('avsc');
  let types;
  let bytes;
  try {
    types = [reader, writer]
      .filter(isSchema)
      .map((schema) => avsc.Type.forSchema(schema, { wrapUnions: true }));
    bytes = types[1]?.toBuffer(types[1].fromString(JSON.stringify(datum)));
  } catch {
    return 'undecided';
  }
  const [readerType, writerType] = types;
  if (readerType === undefined || writerType === undefined || bytes === undefined) return 'undecided';
  try {
    readerType.fromBuffer(bytes, readerType.createResolver(writerType, { ignoreNamespaces: !byFullName }));
    return 'read';
  } catch {
    return 'refused';
  }
}

// What `renderSchema` makes is a schema; avsc checks it once more and throws where it disagrees.
function isSchema(rendered: unknown): rendered is Schema {
  return typeof rendered === 'string' || (typeof rendered === 'object' && rendered !== null);
}
