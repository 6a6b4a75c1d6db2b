/**
 * A claimed witness is checked twice: our reader of single data has to agree, and avsc, which shares no code with it,
 * has to write the datum with the one schema and fail to read it with the other. Where avsc cannot answer (it refuses
 * empty unions, defaults of later branches, chains of definitions too long to be written out), ours stands alone; it
 * knows nothing of logical types, so of an altered value ours stands alone as well.
 */
import type { Schema } from 'avsc';
import type { AvroType } from './avro-type.ts';
import { readDatum } from './read-datum.ts';
import { renderSchema } from './render-schema.ts';

export type Confirmation = 'confirmed' | 'read-by-avsc' | 'not-confirmed';

/**
 * `byFullName` is for claims about names and their aliases: by default avsc compares full names only, where the
 * specification takes the unqualified one, and when it ignores namespaces it ignores those of aliases as well.
 *
 * Whether the datum can be written with `writer`, and not be read (or only as something else) with `reader`.
 */
export async function confirmWitness(
  reader: AvroType,
  writer: AvroType,
  datum: unknown,
  byFullName: boolean,
): Promise<Confirmation> {
  const reading = readDatum(reader, writer, datum);
  if (reading === 'altered') return 'confirmed';
  if (reading !== 'refused') return 'not-confirmed';
  // The schema of this very datum first; a type that recurs may have other branches elsewhere, then the whole one.
  for (const rendered of [renderSchema(writer, { value: datum }), renderSchema(writer)]) {
    const answer = await askAvsc(renderSchema(reader), rendered, datum, byFullName);
    if (answer === 'refused') return 'confirmed';
    if (answer === 'read') return 'read-by-avsc';
  }
  return 'confirmed';
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
