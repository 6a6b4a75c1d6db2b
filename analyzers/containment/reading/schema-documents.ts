/**
 * The documents that one side's references lead into: base URIs (`$id`, `id`), anchors, dynamic anchors. Nothing is
 * fetched. What is looked up is found lazily: a large API description without any `$id` is never walked as a whole.
 */
import { isObject, tokensOf, pointerTo, valueAt } from '../../document/document.ts';
import { declaredDialect } from '../dialect.ts';
import { isApiDialect } from '../dialect-keywords.ts';
import { resolveUri } from '../resolve-reference.ts';
import type { Dialect, SchemaPlace, SchemaSource } from '../schema-source.ts';

/** Documents beyond this many objects are not searched for anchors and identifiers. */
const maxIndexed = 500_000;

/** Values in which something that looks like an identifier is data. */
const dataKeywords = new Set(['enum', 'const', 'default', 'examples', 'example']);

export type Resolved = { ok: true; place: SchemaPlace } | { ok: false; reason: string };

export interface SchemaDocuments {
  source: SchemaSource;
  valueOf(place: SchemaPlace): unknown;
  dialectOf(place: SchemaPlace): Dialect;
  /** The place that a reference in the schema at `from` leads to. */
  resolve(reference: string, from: SchemaPlace): Resolved;
  /** The base URI of the schema at a place, without fragment. */
  baseOf(place: SchemaPlace): string;
  /** Where a dynamic anchor stands in the resource of that base URI. */
  dynamicAnchor(base: string, name: string): SchemaPlace | undefined;
}

interface Index {
  /** Resource root by absolute URI. */
  resources: Map<string, SchemaPlace>;
  /** By `URI#anchor`. */
  anchors: Map<string, SchemaPlace>;
  dynamic: Map<string, SchemaPlace>;
}

export function openDocuments(source: SchemaSource): SchemaDocuments {
  const own = source.uri ?? '';
  const rootOf = (uri: string): unknown => (uri === own ? source.root : source.documents?.get(uri));
  const usesIds = !isApiDialect(source.dialect);
  let index: Index | undefined;
  const indexed = (): Index => (index ??= buildIndex(source, own));

  const valueOf = ({ uri, pointer }: SchemaPlace) => valueAt(rootOf(uri), pointer);

  const resourceOf = (place: SchemaPlace): { base: string; root: SchemaPlace; dialect: Dialect } => {
    let value = rootOf(place.uri);
    let root: SchemaPlace = { uri: place.uri, pointer: '' };
    let base = place.uri;
    let dialect = source.dialect;
    let pointer = '';
    const enter = () => {
      if (!isObject(value) || !usesIds) return;
      const id = idOf(value);
      if (id !== undefined && (pointer !== '' || !id.startsWith('#'))) {
        base = withoutFragment(resolveUri(base, id));
        root = { uri: place.uri, pointer };
      }
      if (id !== undefined || pointer === source.pointer || pointer === '')
        dialect = declaredDialect(value) ?? dialect;
    };
    enter();
    for (const token of tokensOf(place.pointer)) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) break;
      const next: unknown = Object.getOwnPropertyDescriptor(value, token)?.value;
      value = next;
      pointer = pointerTo(pointer, token);
      enter();
    }
    return { base, root, dialect };
  };

  return {
    source,
    valueOf,
    dialectOf: (place) => (usesIds ? resourceOf(place).dialect : source.dialect),
    baseOf: (place) => resourceOf(place).base,
    dynamicAnchor: (base, name) => indexed().dynamic.get(`${base}#${name}`),
    resolve: (reference, from) => {
      const hash = reference.indexOf('#');
      const file = hash === -1 ? reference : reference.slice(0, hash);
      const fragment = decoded(hash === -1 ? '' : reference.slice(hash + 1));
      if (fragment === undefined) return { ok: false, reason: `${reference} is no valid URI` };
      const resource = resourceOf(from);
      const target = file === '' ? resource.base : resolveUri(resource.base, file);
      let root: SchemaPlace | undefined;
      if (target === resource.base) root = resource.root;
      else if (rootOf(target) !== undefined) root = { uri: target, pointer: '' };
      else if (file !== '') root = indexed().resources.get(target);
      if (root === undefined) {
        const what = /^[a-z][a-z0-9+.-]*:/i.test(file) ? 'which is not fetched' : 'and there is no such file';
        return { ok: false, reason: `it refers to ${reference}, ${what}` };
      }
      const place =
        fragment === '' || fragment.startsWith('/')
          ? { uri: root.uri, pointer: root.pointer + fragment }
          : indexed().anchors.get(`${target}#${fragment}`);
      if (place === undefined || valueOf(place) === undefined) {
        return { ok: false, reason: `it refers to ${reference}, which leads nowhere` };
      }
      return { ok: true, place };
    },
  };
}

function buildIndex(source: SchemaSource, own: string): Index {
  const index: Index = { resources: new Map(), anchors: new Map(), dynamic: new Map() };
  const roots: [string, unknown][] = [[own, source.root], ...(source.documents ?? [])];
  let seen = 0;
  for (const [uri, root] of roots) {
    const pending: { value: unknown; pointer: string; base: string }[] = [
      { value: root, pointer: '', base: uri },
    ];
    for (let next = pending.pop(); next !== undefined && seen < maxIndexed; next = pending.pop()) {
      const { value, pointer } = next;
      let { base } = next;
      if (typeof value !== 'object' || value === null) continue;
      seen++;
      const place = { uri, pointer };
      if (isObject(value)) {
        const id = idOf(value);
        if (id?.startsWith('#') === true && id.length > 1) index.anchors.set(`${base}${id}`, place);
        else if (id !== undefined) {
          base = withoutFragment(resolveUri(base, id));
          index.resources.set(base, place);
        }
        const { $anchor: anchor, $dynamicAnchor: dynamic } = value;
        if (typeof anchor === 'string') index.anchors.set(`${base}#${anchor}`, place);
        if (typeof dynamic === 'string') {
          index.anchors.set(`${base}#${dynamic}`, place);
          index.dynamic.set(`${base}#${dynamic}`, place);
        }
        if (value['$recursiveAnchor'] === true) index.dynamic.set(`${base}#`, place);
      }
      for (const [key, child] of Object.entries(value)) {
        if (!dataKeywords.has(key)) pending.push({ value: child, pointer: pointerTo(pointer, key), base });
      }
    }
  }
  return index;
}

// Up to draft 07 an `$id` beside a `$ref` is not heeded; later it is, and there it stands at a resource's head alone.
function idOf(schema: Readonly<Record<string, unknown>>): string | undefined {
  const id = schema['$id'] ?? schema['id'];
  return typeof id === 'string' ? id : undefined;
}

function withoutFragment(uri: string): string {
  const hash = uri.indexOf('#');
  return hash === -1 ? uri : uri.slice(0, hash);
}

function decoded(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}
