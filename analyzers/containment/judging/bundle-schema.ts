/**
 * Cuts the part of a document that a schema reaches out of it, as one schema that ajv can take: references lead into
 * its own definitions, keywords that the dialect does not know are gone, and the peculiarities of OpenAPI, Swagger and
 * Kubernetes are spelled out in plain JSON Schema. A 13 MB document costs what its reachable part costs.
 *
 * Where the letter and ajv differ: next to a `$ref`, ajv heeds the other keywords in every draft, and so does this,
 * except in OpenAPI 3.0, Swagger 2 and CRDs, where they are ignored. `dependencies` holds in every draft.
 */
import { isObject, valueAt } from '../../document/document.ts';
import { declaredDialect, dialectNamed } from '../dialect.ts';
import { isApiDialect, keywordsOf, type SchemaShape } from '../dialect-keywords.ts';
import { optionalNames, type View } from './optional-names.ts';
import { resolveReference, type LocatedValue } from '../resolve-reference.ts';
import type { Dialect, SchemaSource } from '../schema-source.ts';
import { spellOut } from './spell-out.ts';

export type BundledSchema =
  | { ok: true; schema: boolean | Record<string, unknown>; dialect: Dialect; origins: readonly string[] }
  /** `needsWhole`: anchors, embedded ids or dynamic references, for which ajv has to see the whole documents. */
  | { ok: false; needsWhole: boolean; message: string };

interface Bundle {
  source: SchemaSource;
  dialect: Dialect;
  view: View | undefined;
  toleratesUnresolved: boolean;
  definitionsKeyword: 'definitions' | '$defs';
  /** What is still to be written: the definition's number, and the names that its view makes optional. */
  pending: { index: number; located: LocatedValue; optional: readonly string[] }[];
  indexes: Map<string, number>;
  nodes: number;
  failure: { needsWhole: boolean; message: string } | undefined;
}

const maxNodes = 50_000;
const maxDepth = 500;
const dynamicReferences = ['$dynamicRef', '$recursiveRef'];

/** The dialect that governs a source: what `$schema` says at the schema or at the document's head comes first. */
export function dialectOfSource(source: SchemaSource): Dialect | undefined {
  for (const schema of [valueAt(source.root, source.pointer), source.root]) {
    const named = isObject(schema) ? schema['$schema'] : undefined;
    if (typeof named === 'string' && !isGeneric(named)) return dialectNamed(named);
  }
  return source.dialect;
}

// "The latest", whichever that was when it was written.
function isGeneric(metaSchema: string): boolean {
  return /^https?:\/\/json-schema\.org\/schema#?$/.test(metaSchema);
}

/** The keyword that stands in for a reference that cannot be followed; what meets it cannot be judged. */
export const unresolvedKeyword = 'x-evenkeel-unresolved';

/** `toleratesUnresolved`: a reference that cannot be followed spoils only the values that come across it. */
export function bundleSchema(source: SchemaSource, view?: View, toleratesUnresolved = false): BundledSchema {
  const dialect = dialectOfSource(source);
  if (dialect === undefined) {
    return { ok: false, needsWhole: false, message: 'its $schema names a dialect that is not known here' };
  }
  const { root, pointer, uri = '' } = source;
  const bundle: Bundle = {
    source,
    dialect,
    view,
    toleratesUnresolved,
    definitionsKeyword: dialect === '2019-09' || dialect === '2020-12' ? '$defs' : 'definitions',
    pending: [],
    indexes: new Map(),
    nodes: 0,
    failure: undefined,
  };
  const reference = referTo({ root, uri, pointer, value: valueAt(root, pointer) }, [], bundle);
  const definitions: Record<string, unknown> = {};
  for (let next = bundle.pending.pop(); next !== undefined; next = bundle.pending.pop()) {
    definitions[`d${next.index}`] = convert(next.located.value, next.located, next.optional, 0, bundle);
    if (bundle.failure !== undefined) return { ok: false, ...bundle.failure };
  }
  const schema = { $ref: reference, [bundle.definitionsKeyword]: definitions };
  return { ok: true, schema, dialect, origins: [...bundle.indexes.keys()] };
}

/** The reference to a definition, which is written later where it is not there yet. */
function referTo(located: LocatedValue, optional: readonly string[], bundle: Bundle): string {
  const origin = `${located.uri}#${located.pointer}`;
  const key = optional.length === 0 ? origin : `${origin} ${JSON.stringify(optional)}`;
  let index = bundle.indexes.get(key);
  if (index === undefined) {
    index = bundle.indexes.size;
    bundle.indexes.set(key, index);
    bundle.pending.push({ index, located, optional });
  }
  return `#/${bundle.definitionsKeyword}/d${index}`;
}

function convert(
  value: unknown,
  at: LocatedValue,
  optional: readonly string[],
  depth: number,
  bundle: Bundle,
): unknown {
  bundle.nodes += 1;
  if (bundle.nodes > maxNodes || depth > maxDepth) fail(bundle, 'it is too large to be judged');
  if (bundle.failure !== undefined || typeof value === 'boolean') return value;
  if (!isObject(value)) {
    fail(bundle, 'it has something that is neither an object nor a boolean where a schema belongs');
    return true;
  }
  if (needsWhole(value, at, bundle)) {
    bundle.failure ??= { needsWhole: true, message: 'it has anchors or dynamic references' };
    return true;
  }
  const isApi = isApiDialect(bundle.dialect);
  const allOptional = withOwn(optional, value, at, bundle);
  const target = convertReference(value['$ref'], at, allOptional, bundle);
  if (target !== undefined && isApi) return { $ref: target };
  if (typeof value['$ref'] === 'string' && target === undefined && isApi)
    return { [unresolvedKeyword]: true };

  const { shapes, assertions } = keywordsOf(bundle.dialect);
  const converted: Record<string, unknown> = {};
  if (target !== undefined) converted['$ref'] = target;
  else if (typeof value['$ref'] === 'string') converted[unresolvedKeyword] = true;
  for (const [keyword, part] of Object.entries(value)) {
    const shape = Object.hasOwn(shapes, keyword) ? shapes[keyword] : undefined;
    if (shape !== undefined) {
      const passedOn = keyword === 'allOf' || keyword === 'anyOf' || keyword === 'oneOf' ? allOptional : [];
      converted[keyword] = convertPart(part, shape, at, passedOn, depth + 1, bundle);
    } else if (keyword === 'required' && Array.isArray(part) && allOptional.length > 0) {
      const names = part.filter((name) => !allOptional.includes(String(name)));
      if (names.length > 0) converted['required'] = names;
    } else if (assertions.has(keyword)) converted[keyword] = part;
  }
  heedProto(converted);
  return isApi ? spellOut(value, converted, bundle.dialect) : converted;
}

/** ajv leaves a property named `__proto__` out, and a pattern that only this name matches it heeds. */
function heedProto(converted: Record<string, unknown>): void {
  const { properties, patternProperties = {} } = converted;
  const pattern = '^__proto__$';
  if (!isObject(properties) || !Object.hasOwn(properties, '__proto__') || !isObject(patternProperties))
    return;
  if (Object.hasOwn(patternProperties, pattern)) return;
  const [, demanded] = Object.entries(properties).find(([name]) => name === '__proto__') ?? [];
  converted['patternProperties'] = { ...patternProperties, [pattern]: demanded };
}

function withOwn(
  optional: readonly string[],
  schema: Readonly<Record<string, unknown>>,
  at: LocatedValue,
  { view, source }: Bundle,
): readonly string[] {
  if (view === undefined) return optional;
  return [...new Set([...optional, ...optionalNames(schema, at, view, source.documents)])].sort();
}

function convertPart(
  part: unknown,
  shape: SchemaShape,
  at: LocatedValue,
  optional: readonly string[],
  depth: number,
  bundle: Bundle,
): unknown {
  const convertOne = (one: unknown) => convert(one, at, optional, depth, bundle);
  if (Array.isArray(part) && (shape === 'list' || shape === 'schema-or-list')) return part.map(convertOne);
  if ((shape === 'map' || shape === 'map-or-names') && isObject(part)) {
    // `fromEntries` defines own properties, `__proto__` included.
    return Object.fromEntries(
      Object.entries(part).map(([name, one]) => [
        name,
        shape === 'map-or-names' && Array.isArray(one) ? one : convertOne(one),
      ]),
    );
  }
  if (shape === 'schema' || shape === 'schema-or-list') return convertOne(part);
  fail(bundle, `it has no ${shape === 'list' ? 'list' : 'map'} of schemas where one belongs`);
  return part;
}

function convertReference(
  reference: unknown,
  at: LocatedValue,
  optional: readonly string[],
  bundle: Bundle,
): string | undefined {
  if (typeof reference !== 'string') return undefined;
  const resolved = resolveReference(reference, at, bundle.source.documents);
  if (!resolved.ok) {
    if (bundle.toleratesUnresolved) return undefined;
    bundle.failure ??= { needsWhole: resolved.needsWhole, message: resolved.message };
    return undefined;
  }
  const { target } = resolved;
  const dialect = target.root === bundle.source.root ? undefined : declaredDialect(target.root);
  if (dialect !== undefined && dialect !== bundle.dialect) {
    fail(bundle, `it refers to ${reference}, which is written in another dialect (${dialect})`);
  }
  return referTo(target, optional, bundle);
}

// An embedded `$id` is a base of its own; the one at a document's head is known to `resolveReference`.
function needsWhole(schema: Readonly<Record<string, unknown>>, at: LocatedValue, bundle: Bundle): boolean {
  if (isApiDialect(bundle.dialect)) return false;
  const idKeyword = bundle.dialect === 'draft-04' ? 'id' : '$id';
  if (schema !== at.root && typeof schema[idKeyword] === 'string') return true;
  return (
    (bundle.dialect === '2019-09' || bundle.dialect === '2020-12') &&
    dynamicReferences.some((keyword) => Object.hasOwn(schema, keyword))
  );
}

function fail(bundle: Bundle, message: string): void {
  bundle.failure ??= { needsWhole: false, message };
}
