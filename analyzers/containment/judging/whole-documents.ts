/**
 * A schema with anchors, embedded ids or dynamic references, for which ajv gets the documents as they are: it knows
 * how to follow those. Only what ajv would take for something else than the dialect says is taken out.
 */
import type core from 'ajv/dist/core.js';
import { isObject } from '../../document/document.ts';
import { isApiDialect, keywordsOf } from '../dialect-keywords.ts';
import { resolveUri } from '../resolve-reference.ts';
import type { Dialect, SchemaSource } from '../schema-source.ts';

const base = 'repo:///';
const maxNodes = 200_000;
const maxDepth = 500;

/** Gives ajv the documents of a source, and returns the reference to its schema; an Error says why it could not. */
export function addWholeDocuments(ajv: core.default, source: SchemaSource, dialect: Dialect): string {
  const idKeyword = dialect === 'draft-04' ? 'id' : '$id';
  const anchors = dynamicAnchors([source.root, ...(source.documents?.values() ?? [])]);
  const copying = { dialect, anchors, nodes: maxNodes };
  const uri = source.uri ?? '';
  const rootId = isObject(source.root) ? source.root[idKeyword] : undefined;
  const added = new Set<string>();
  const add = (document: unknown, address: string) => {
    const plain = plainSchema(document, copying, 0);
    if (!isObject(plain)) return;
    const own = plain[idKeyword];
    const id = typeof own === 'string' ? resolveUri(address, own) : address;
    if (added.has(id)) return;
    added.add(id);
    // ajv comes with the meta-schemas, and another version of one takes the place of its own.
    ajv.removeSchema(id);
    ajv.addSchema({ ...plain, [idKeyword]: id }, undefined, false, false);
  };
  const rootAddress = absolute(uri === '' ? 'schema' : uri);
  const rootUri = typeof rootId === 'string' ? resolveUri(rootAddress, rootId) : rootAddress;
  add(source.root, rootAddress);
  for (const [path, document] of source.documents ?? []) {
    if (path === uri) continue;
    add(document, absolute(path));
    // Beside a file that has an absolute `$id`, its neighbours are found under the same address.
    if (!rootUri.startsWith(base) && !hasId(document, idKeyword)) {
      add(document, resolveUri(rootUri, relativePath(uri, path)));
    }
  }
  return `${rootUri.replace(/#$/, '')}#${encodeURI(source.pointer)}`;
}

function absolute(path: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(path) ? path : `${base}${encodeURI(path)}`;
}

function hasId(document: unknown, idKeyword: string): boolean {
  return isObject(document) && typeof document[idKeyword] === 'string';
}

function relativePath(from: string, to: string): string {
  const folders = from.split('/').slice(0, -1);
  const target = to.split('/');
  let shared = 0;
  while (shared < folders.length && folders[shared] === target[shared]) shared += 1;
  return [...folders.slice(shared).map(() => '..'), ...target.slice(shared)].join('/');
}

interface Copying {
  dialect: Dialect;
  /** In how many ways each dynamic anchor may be meant; undefined where the documents are too large to tell. */
  anchors: ReadonlyMap<string, number> | undefined;
  nodes: number;
}

/**
 * Whether a `$dynamicRef` can lead to one place only. ajv takes it for a reference to the head of the schema unless it
 * has met the anchor on its way, so such a one is given to it as a `$ref`, which it follows.
 */
function isStatic(
  reference: unknown,
  schema: Readonly<Record<string, unknown>>,
  { dialect, anchors }: Copying,
): boolean {
  if (dialect !== '2020-12' || anchors === undefined) return false;
  if (typeof reference !== 'string' || Object.hasOwn(schema, '$ref')) return false;
  const hash = reference.indexOf('#');
  return (anchors.get(hash === -1 ? '' : reference.slice(hash + 1)) ?? 0) < 2;
}

function dynamicAnchors(documents: readonly unknown[]): ReadonlyMap<string, number> | undefined {
  const counts = new Map<string, number>();
  const seen = new Set<object>();
  const heads = new Set(documents);
  const pending: unknown[] = [...documents];
  while (pending.length > 0) {
    if (seen.size > maxNodes) return undefined;
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const { $dynamicAnchor: anchor, $id: id } = isObject(value) ? value : {};
    // The head of a resource is what ajv takes a dynamic reference for anyway, and no anchor to a plain one.
    const ways = typeof id === 'string' || heads.has(value) ? 2 : 1;
    if (typeof anchor === 'string') counts.set(anchor, (counts.get(anchor) ?? 0) + ways);
    for (const part of Object.values(value)) if (typeof part === 'object') pending.push(part);
  }
  return counts;
}

/** A copy without keywords that ajv gives a meaning and the dialect does not. What is no schema is left alone. */
function plainSchema(value: unknown, copying: Copying, depth: number): unknown {
  copying.nodes -= 1;
  const { dialect } = copying;
  if (copying.nodes < 0 || depth > maxDepth) throw new Error('it is too large to be judged');
  if (!isObject(value)) return value;
  const { shapes } = keywordsOf(dialect);
  const copy: Record<string, unknown> = {};
  for (const [keyword, part] of Object.entries(value)) {
    if (foreign.has(keyword) && !isApiDialect(dialect)) continue;
    if (keyword === 'id' && dialect !== 'draft-04') continue;
    if (laterKeywords.has(keyword) && !Object.hasOwn(shapes, keyword)) continue;
    const shape = Object.hasOwn(shapes, keyword)
      ? shapes[keyword]
      : keyword === '$defs' || keyword === 'definitions'
        ? 'map'
        : undefined;
    const inner = (one: unknown) => plainSchema(one, copying, depth + 1);
    if (keyword === '$dynamicRef' && isStatic(part, value, copying)) copy['$ref'] = part;
    else if (shape === undefined) copy[keyword] = part;
    else if (Array.isArray(part)) copy[keyword] = part.map(inner);
    else if (shape.startsWith('map') && isObject(part)) {
      copy[keyword] = Object.fromEntries(
        Object.entries(part).map(([name, one]) => [name, Array.isArray(one) ? one : inner(one)]),
      );
    } else copy[keyword] = inner(part);
  }
  return copy;
}

const foreign = new Set(['nullable', '$async', 'discriminator', '$schema', '$data']);
const laterKeywords = new Set(['if', 'then', 'else', 'contains', 'propertyNames']);
