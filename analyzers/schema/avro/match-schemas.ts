/** Which schema of the reader is meant by one of the writer's (specification, "Schema Resolution": "to match"). */
import {
  simpleNameOf,
  targetOf,
  type AvroField,
  type AvroType,
  type NamedType,
  type RecordType,
  type ResolvedType,
  type UnionType,
} from './avro-type.ts';

/** What the reader turns by itself into its own type, from the writer's: reader -> writers. */
const promotions: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};
const numbers = new Set(['int', 'long', 'float', 'double']);

export type Match = 'match' | 'promotion-only-back' | 'other-name' | 'other-type';

/** Whether two schemas, neither of them a union, match before their parts are looked at. */
export function matchSchemas(reader: ResolvedType, writer: ResolvedType): Match {
  if (reader.kind === 'primitive' && writer.kind === 'primitive') {
    if (reader.name === writer.name || promotions[reader.name]?.includes(writer.name) === true)
      return 'match';
    return numbers.has(reader.name) && numbers.has(writer.name) ? 'promotion-only-back' : 'other-type';
  }
  if (reader.kind !== writer.kind) return 'other-type';
  if (isNamed(reader) && isNamed(writer)) return matchNames(reader, writer) ? 'match' : 'other-name';
  return 'match';
}

/** By unqualified name, or by the writer's full name among the reader's aliases. */
function matchNames(reader: NamedType, writer: NamedType): boolean {
  return (
    simpleNameOf(reader.fullName) === simpleNameOf(writer.fullName) ||
    reader.aliases.includes(writer.fullName)
  );
}

export function isNamed(type: ResolvedType): type is NamedType {
  return type.kind === 'record' || type.kind === 'enum' || type.kind === 'fixed';
}

interface BranchIndex {
  exact: Map<string, AvroType>;
  /** By unqualified name, and by alias. */
  loose: Map<string, AvroType[]>;
}

const indices = new WeakMap<UnionType, BranchIndex>();

/**
 * The branches of the reader's union that may be meant, likeliest first: the one of the same type and full name, then
 * those that match by unqualified name or alias, then the first one that the value is promoted to.
 */
export function matchBranches(union: UnionType, writer: ResolvedType): readonly AvroType[] {
  const { exact, loose } = indexOf(union);
  const found: AvroType[] = [];
  const same = exact.get(exactKey(writer));
  if (same !== undefined) found.push(same);
  if (isNamed(writer)) {
    const names = [`${writer.kind}:~${simpleNameOf(writer.fullName)}`, `${writer.kind}:${writer.fullName}`];
    for (const branch of names.flatMap((name) => loose.get(name) ?? [])) {
      if (!found.includes(branch)) found.push(branch);
    }
  }
  if (found.length > 0 || writer.kind !== 'primitive') return found;
  const promoted = union.branches.find((branch) => matchSchemas(targetOf(branch), writer) === 'match');
  return promoted === undefined ? [] : [promoted];
}

function indexOf(union: UnionType): BranchIndex {
  const known = indices.get(union);
  if (known !== undefined) return known;
  const index: BranchIndex = { exact: new Map(), loose: new Map() };
  for (const branch of union.branches) {
    const target = targetOf(branch);
    const key = exactKey(target);
    if (!index.exact.has(key)) index.exact.set(key, branch);
    if (!isNamed(target)) continue;
    const names = new Set([`~${simpleNameOf(target.fullName)}`, ...target.aliases]);
    for (const name of names) {
      const list = index.loose.get(`${target.kind}:${name}`) ?? [];
      list.push(branch);
      index.loose.set(`${target.kind}:${name}`, list);
    }
  }
  indices.set(union, index);
  return index;
}

function exactKey(type: ResolvedType): string {
  if (type.kind === 'primitive') return type.name;
  return isNamed(type) ? `${type.kind}:${type.fullName}` : type.kind;
}

const fieldMaps = new WeakMap<RecordType, Map<string, AvroField>>();

/** The writer's field that the reader's is filled from: of the same name, else of one of its aliases. */
export function matchField(field: AvroField, writer: RecordType): AvroField | undefined {
  return matchFields(field, writer)[0];
}

/** All of the writer's fields that may be meant. More than one is an error to some implementations. */
export function matchFields(field: AvroField, writer: RecordType): AvroField[] {
  let byName = fieldMaps.get(writer);
  if (byName === undefined) {
    byName = new Map(writer.fields.map((own) => [own.name, own]));
    fieldMaps.set(writer, byName);
  }
  const known = byName;
  return [...new Set([field.name, ...field.aliases])].flatMap((name) => known.get(name) ?? []);
}
