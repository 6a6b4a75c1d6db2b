import { isObject } from '../../document/document.ts';
import { nameOf, targetOf, type AvroType, type RecordType, type ResolvedType } from './avro-type.ts';
import { isPrimitive } from './check-default.ts';
import { compareLogicalTypes } from './logical-type.ts';
import { matchBranches, matchField, matchSchemas } from './match-schemas.ts';

/**
 * What becomes of one datum, in Avro's JSON encoding, that is written with one schema and read with another:
 * `unwritable`, it is no value of the writer's schema; `refused`, the reader has no value for it; `altered`, it is read
 * as something else, without an error. This follows the value, where `resolveSchemas` follows the schemas: the two check
 * each other.
 */
export type Reading = 'read' | 'altered' | 'refused' | 'unwritable';

/** The recursion follows the datum, whose depth its maker bounds. */
export function readDatum(reader: AvroType, writer: AvroType, datum: unknown): Reading {
  const [r, w] = [targetOf(reader), targetOf(writer)];
  if (w.kind === 'union') {
    const written = branchOf(w.branches, datum);
    return written === undefined ? 'unwritable' : readDatum(r, written.branch, written.value);
  }
  if (r.kind === 'union') {
    if (!isWritable(w, datum)) return 'unwritable';
    const [branch] = matchBranches(r, w);
    return branch === undefined ? 'refused' : readDatum(branch, w, datum);
  }
  const parts = partsOf(r, w, datum);
  if (parts === undefined) return 'unwritable';
  if (matchSchemas(r, w) !== 'match') return 'refused';
  const own = readOwn(r, w, datum);
  if (own !== 'read') return own;
  let outcome = meaningOf(r, w);
  for (const [partReader, partWriter, value] of parts) {
    const part = partReader === undefined ? 'read' : readDatum(partReader, partWriter, value);
    if (part === 'refused' || part === 'unwritable') return part;
    if (part === 'altered') outcome = part;
  }
  return outcome;
}

function branchOf(
  branches: readonly AvroType[],
  datum: unknown,
): { branch: AvroType; value: unknown } | undefined {
  if (datum === null) {
    const branch = branches.find((own) => nameOf(own) === 'null');
    return branch && { branch, value: null };
  }
  const [entry, ...others] = isObject(datum) ? Object.entries(datum) : [];
  if (entry === undefined || others.length > 0) return undefined;
  const branch = branches.find((own) => nameOf(own) === entry[0]);
  return branch && { branch, value: entry[1] };
}

/** Whether the datum is a value of this schema on the outside; its parts are looked at when they are read. */
function isWritable(writer: ResolvedType, datum: unknown): boolean {
  switch (writer.kind) {
    case 'primitive':
      return isPrimitive(writer.name, datum);
    case 'enum':
      return typeof datum === 'string' && writer.symbols.includes(datum);
    case 'fixed':
      return typeof datum === 'string' && datum.length === writer.size;
    case 'array':
      return Array.isArray(datum);
    case 'map':
      return isObject(datum);
    case 'record':
      return isObject(datum) && writer.fields.every(({ name }) => Object.hasOwn(datum, name));
    case 'union':
      return branchOf(writer.branches, datum) !== undefined;
  }
}

type Part = [reader: AvroType | undefined, writer: AvroType, value: unknown];

/** What has to be read within it; undefined where the datum is no value of the writer's schema. */
function partsOf(reader: ResolvedType, writer: ResolvedType, datum: unknown): Part[] | undefined {
  if (!isWritable(writer, datum)) return undefined;
  if (writer.kind === 'array' && Array.isArray(datum)) {
    const items = reader.kind === 'array' ? reader.items : undefined;
    return datum.map((value: unknown): Part => [items, writer.items, value]);
  }
  if (writer.kind === 'map' && isObject(datum)) {
    const values = reader.kind === 'map' ? reader.values : undefined;
    return Object.values(datum).map((value): Part => [values, writer.values, value]);
  }
  if (writer.kind !== 'record' || !isObject(datum)) return [];
  const readers = new Map<string, AvroType>();
  if (reader.kind === 'record') {
    for (const field of reader.fields) {
      const written = matchField(field, writer);
      if (written !== undefined) readers.set(written.name, field.type);
    }
  }
  return writer.fields.map(({ name, type }): Part => [readers.get(name), type, datum[name]]);
}

function readOwn(reader: ResolvedType, writer: ResolvedType, datum: unknown): 'read' | 'refused' {
  if (reader.kind === 'enum') {
    return reader.symbols.some((symbol) => symbol === datum) || reader.fallback !== undefined
      ? 'read'
      : 'refused';
  }
  if (reader.kind === 'fixed' && writer.kind === 'fixed')
    return reader.size === writer.size ? 'read' : 'refused';
  if (reader.kind === 'record' && writer.kind === 'record')
    return hasEveryField(reader, writer) ? 'read' : 'refused';
  return 'read';
}

function hasEveryField(reader: RecordType, writer: RecordType): boolean {
  return reader.fields.every(
    (field) => field.fallback !== undefined || matchField(field, writer) !== undefined,
  );
}

function meaningOf(reader: ResolvedType, writer: ResolvedType): 'read' | 'altered' {
  const [r, w] = [reader, writer].map((type) => ('logical' in type ? type.logical : undefined));
  return compareLogicalTypes(r, w) === 'meaning' ? 'altered' : 'read';
}
