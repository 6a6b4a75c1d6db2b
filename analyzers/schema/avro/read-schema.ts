/** One JSON value -> one schema (specification, "Schema Declaration"). */
import { isObject, pointerTo } from '../../document/document.ts';
import {
  primitiveNames,
  type AvroField,
  type AvroFile,
  type AvroType,
  type NamedType,
  type PrimitiveName,
} from './avro-type.ts';
import { readLogicalType } from './logical-type.ts';
import type { AvroProblem, ReadFile } from './read-schemas.ts';

type Add = (severity: AvroProblem['severity'], key: string, message: string, pointer: string) => void;

/** A default that can be checked once all names are linked. */
export interface PendingDefault {
  owner: string;
  field: AvroField;
}

interface Reading {
  file: AvroFile;
  read: ReadFile;
  add: Add;
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads the schema of a whole file into `read`; undefined where it stands for nothing. The depth is the document's. */
export function readSchema(value: unknown, file: AvroFile, read: ReadFile, add: Add): AvroType | undefined {
  if (isObject(value) && typeof value['protocol'] === 'string') {
    const message = `${file.path} is an Avro protocol, which is not compared here: compare the schemas of its types`;
    add('unread', 'protocol', message, '');
    return undefined;
  }
  return readType({ file, read, add }, value, '', '');
}

function readType(at: Reading, value: unknown, pointer: string, namespace: string): AvroType | undefined {
  if (typeof value === 'string') return readName(at, value, value, pointer, namespace);
  if (Array.isArray(value)) return readUnion(at, value, pointer, namespace);
  if (!isObject(value)) {
    at.add(
      'fatal',
      `schema:${pointer}`,
      'a schema is a name, a list or an object, and this is none',
      pointer,
    );
    return undefined;
  }
  const { type } = value;
  const place = { file: at.file, pointer };
  switch (type) {
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return readNamed(at, value, type, pointer, namespace);
    case 'array':
    case 'map': {
      const key = type === 'array' ? 'items' : 'values';
      const inner = readType(at, value[key], pointerTo(pointer, key), namespace);
      if (inner === undefined) return undefined;
      return type === 'array'
        ? { kind: 'array', items: inner, place }
        : { kind: 'map', values: inner, place };
    }
    default:
      // `{ "type": { … } }` is what some generators write; others refuse it, but its meaning is clear.
      return typeof type === 'string'
        ? readName(at, type, value, pointerTo(pointer, 'type'), namespace)
        : readType(at, type, pointerTo(pointer, 'type'), namespace);
  }
}

function readName(
  at: Reading,
  name: string,
  schema: unknown,
  pointer: string,
  namespace: string,
): AvroType | undefined {
  const place = { file: at.file, pointer };
  if (isPrimitiveName(name)) {
    const logical = readLogicalType(schema, name);
    return { kind: 'primitive', name, place, ...(logical && { logical }) };
  }
  let linked: NamedType | undefined;
  const candidates =
    name.includes('.') || namespace === '' ? [name.replace(/^\./, '')] : [`${namespace}.${name}`, name];
  at.read.references.push({ candidates, place, link: (found) => (linked = found) });
  return {
    kind: 'reference',
    place,
    target: () => {
      // Roots with a name that leads nowhere are not compared, so this is a mistake of ours if it ever happens.
      if (linked === undefined) throw new Error(`the name ${name} was used before names were linked`);
      return linked;
    },
  };
}

function isPrimitiveName(name: string): name is PrimitiveName {
  return primitiveNames.some((known) => known === name);
}

function readUnion(
  at: Reading,
  value: readonly unknown[],
  pointer: string,
  namespace: string,
): AvroType | undefined {
  const branches: AvroType[] = [];
  const seen = new Set<string>();
  for (const [index, part] of value.entries()) {
    const own = pointerTo(pointer, index);
    const branch = readType(at, part, own, namespace);
    if (branch === undefined) return undefined;
    if (branch.kind === 'union') {
      at.add('fatal', `nested-union:${own}`, 'a union may not stand directly in a union', own);
      return undefined;
    }
    const key = branchKey(branch, part, namespace);
    if (seen.has(key)) {
      at.add('flaw', `twice:${own}:${key}`, `a union may hold ${JSON.stringify(key)} only once`, own);
    }
    seen.add(key);
    branches.push(branch);
  }
  return { kind: 'union', branches, place: { file: at.file, pointer } };
}

function branchKey(branch: AvroType, written: unknown, namespace: string): string {
  if (branch.kind === 'primitive') return branch.name;
  if (branch.kind !== 'reference') return 'fullName' in branch ? branch.fullName : branch.kind;
  const name = isObject(written) ? String(written['type']) : String(written);
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function readNamed(
  at: Reading,
  schema: Readonly<Record<string, unknown>>,
  kind: 'record' | 'error' | 'enum' | 'fixed',
  pointer: string,
  outer: string,
): AvroType | undefined {
  const { name } = schema;
  if (typeof name !== 'string' || name === '') {
    at.add('fatal', `name:${pointer}`, `this ${kind} has no name`, pointer);
    return undefined;
  }
  const fullName = fullNameOf(name, schema['namespace'], outer);
  const place = { file: at.file, pointer: pointerTo(pointer, 'name') };
  if (!fullName.split('.').every((part) => namePattern.test(part)) || isPrimitiveName(fullName)) {
    const message = `${JSON.stringify(fullName)} is no valid name: letters, digits and underscores, not a type of Avro's`;
    at.add('flaw', `name:${fullName}`, message, place.pointer);
  }
  if (at.read.types.has(fullName)) {
    at.add('fatal', `twice:${fullName}`, `the type ${fullName} is defined twice`, place.pointer);
    return undefined;
  }
  const namespace = fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));
  const aliases = readAliases(at, schema, pointer, fullName).map((alias) =>
    alias.includes('.') || namespace === '' ? alias : `${namespace}.${alias}`,
  );
  const named = { fullName, aliases, place };
  if (kind === 'enum') return readEnum(at, schema, pointer, named);
  if (kind === 'fixed') {
    const { size } = schema;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) {
      at.add(
        'fatal',
        `size:${fullName}`,
        `the fixed ${fullName} has no size that is a whole number`,
        pointer,
      );
      return undefined;
    }
    const logical = readLogicalType(schema, 'fixed');
    return define(at, { kind: 'fixed', size, ...named, ...(logical && { logical }) });
  }
  // Known before its fields are read: they may name it.
  const fields: AvroField[] = [];
  const record = define(at, { kind: 'record', fields, ...named });
  return readFields(at, schema['fields'], pointerTo(pointer, 'fields'), fullName, fields)
    ? record
    : undefined;
}

function define(at: Reading, type: NamedType): NamedType {
  at.read.types.set(type.fullName, type);
  return type;
}

function fullNameOf(name: string, namespace: unknown, outer: string): string {
  if (name.includes('.')) return name.replace(/^\./, '');
  const own = typeof namespace === 'string' ? namespace : outer;
  return own === '' ? name : `${own}.${name}`;
}

function readAliases(
  at: Reading,
  schema: Readonly<Record<string, unknown>>,
  pointer: string,
  owner: string,
): string[] {
  const { aliases } = schema;
  if (aliases === undefined) return [];
  const isList = Array.isArray(aliases) && aliases.every((alias) => typeof alias === 'string');
  if (!isList) {
    const message = `the aliases of ${owner} are no list of names`;
    at.add('flaw', `aliases:${owner}`, message, pointerTo(pointer, 'aliases'));
    return [];
  }
  return aliases;
}

function readEnum(
  at: Reading,
  schema: Readonly<Record<string, unknown>>,
  pointer: string,
  named: Pick<NamedType, 'fullName' | 'aliases' | 'place'>,
): AvroType | undefined {
  const { symbols: listed, default: fallback } = schema;
  const { fullName } = named;
  const own = pointerTo(pointer, 'symbols');
  if (!Array.isArray(listed) || !listed.every((symbol) => typeof symbol === 'string')) {
    at.add('fatal', `symbols:${fullName}`, `the enum ${fullName} has no list of symbols`, pointer);
    return undefined;
  }
  const symbols: readonly string[] = listed;
  const seen = new Set<string>();
  for (const [index, symbol] of symbols.entries()) {
    const shown = JSON.stringify(symbol);
    const key = `symbol:${fullName}.${symbol}`;
    if (seen.has(symbol)) at.add('flaw', key, `${fullName} has ${shown} twice`, pointerTo(own, index));
    else if (!namePattern.test(symbol)) {
      at.add('flaw', key, `${shown} is no valid symbol for ${fullName}`, pointerTo(own, index));
    }
    seen.add(symbol);
  }
  if (fallback !== undefined && (typeof fallback !== 'string' || !seen.has(fallback))) {
    const message = `the default of ${fullName} is none of its symbols`;
    at.add('flaw', `default:${fullName}`, message, pointerTo(pointer, 'default'));
    return define(at, { kind: 'enum', symbols, ...named });
  }
  return define(at, { kind: 'enum', symbols, ...named, ...(fallback !== undefined && { fallback }) });
}

/** Fills `fields`; false when they cannot be read. */
function readFields(
  at: Reading,
  value: unknown,
  pointer: string,
  owner: string,
  fields: AvroField[],
): boolean {
  if (!Array.isArray(value)) {
    at.add(
      'fatal',
      `fields:${owner}`,
      `the record ${owner} has no list of fields`,
      pointer.replace(/\/fields$/, ''),
    );
    return false;
  }
  const namespace = owner.slice(0, Math.max(0, owner.lastIndexOf('.')));
  const seen = new Set<string>();
  let isComplete = true;
  for (const [index, part] of (value as readonly unknown[]).entries()) {
    const own = pointerTo(pointer, index);
    if (!isObject(part) || typeof part['name'] !== 'string') {
      at.add('fatal', `field:${owner}:${index}`, `a field of ${owner} has no name`, own);
      isComplete = false;
      continue;
    }
    const { name } = part;
    const place = { file: at.file, pointer: pointerTo(own, 'name') };
    if (seen.has(name))
      at.add('fatal', `twice:${owner}.${name}`, `${owner} has the field ${name} twice`, place.pointer);
    else if (!namePattern.test(name)) {
      at.add(
        'flaw',
        `name:${owner}.${name}`,
        `${JSON.stringify(name)} is no valid name of a field`,
        place.pointer,
      );
    }
    seen.add(name);
    checkOrder(at, part, `${owner}.${name}`, own);
    const type = readType(at, part['type'], pointerTo(own, 'type'), namespace);
    if (type === undefined) {
      isComplete = false;
      continue;
    }
    const aliases = readAliases(at, part, own, `${owner}.${name}`);
    const fallbackPlace = { file: at.file, pointer: pointerTo(own, 'default') };
    const fallback = Object.hasOwn(part, 'default')
      ? { value: part['default'], place: fallbackPlace }
      : undefined;
    const field: AvroField = { name, aliases, type, place, ...(fallback && { fallback }) };
    fields.push(field);
    if (fallback !== undefined) at.read.defaults.push({ owner, field });
  }
  return isComplete;
}

function checkOrder(
  at: Reading,
  field: Readonly<Record<string, unknown>>,
  name: string,
  pointer: string,
): void {
  const { order } = field;
  if (order === undefined || order === 'ascending' || order === 'descending' || order === 'ignore') return;
  const message = `the order of ${name} is none of ascending, descending and ignore`;
  at.add('flaw', `order:${name}`, message, pointerTo(pointer, 'order'));
}
