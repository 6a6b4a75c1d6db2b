import type { Dialect } from '../../containment/schema-source.ts';
import { isObject, pointerTo, valueAt, type Document } from '../../document/document.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** One version of an API description, with the files of the same revision that it refers to. */
export interface Description {
  /** The path of the description itself. */
  path: string;
  family: 'swagger-2' | 'openapi-3' | 'asyncapi-2' | 'asyncapi-3';
  dialect: Dialect;
  root: JsonObject;
  /** The values of all files by their paths, the description itself among them. */
  documents: ReadonlyMap<string, unknown>;
  opened: ReadonlyMap<string, Document>;
  /** Of the description itself, in UTF-16 code units. */
  textLength: number;
  /** References that led nowhere when they were followed, and from where; filled as they are met. */
  unresolved: Map<string, Place>;
}

/** A place in one of a description's files. */
export interface Place {
  uri: string;
  pointer: string;
}

/** An object of a description, with references followed, and where it stands. */
export interface Part extends Place {
  description: Description;
  value: JsonObject;
  /** What stands beside the references that led here, the first first: a path item may add to the one it refers to. */
  beside?: readonly Part[];
}

/** More hops than this are a circle, or as good as one. */
const maxHops = 32;

export function rootPart(description: Description): Part {
  return { description, uri: description.path, pointer: '', value: description.root };
}

/** The part under a key, with references followed; undefined where nothing, or no object, stands. */
export function childOf(parent: Part, key: string | number): Part | undefined {
  const value = ownValue(parent.value, String(key));
  if (!isObject(value)) return undefined;
  const pointer = pointerTo(parent.pointer, key);
  return followed({ description: parent.description, uri: parent.uri, pointer, value });
}

/** The objects of a list, each with references followed. */
export function elementsOf(parent: Part, key: string): Part[] {
  const list = ownValue(parent.value, key);
  if (!Array.isArray(list)) return [];
  const pointer = pointerTo(parent.pointer, key);
  return list.flatMap((value: unknown, index) => {
    if (!isObject(value)) return [];
    const part = {
      description: parent.description,
      uri: parent.uri,
      pointer: pointerTo(pointer, index),
      value,
    };
    return followed(part) ?? [];
  });
}

/** The parts of a map whose names are the author's own, such as `headers`: `x-total` is one like any other. */
export function childrenOf(parent: Part | undefined): [string, Part][] {
  if (parent === undefined) return [];
  return Object.keys(parent.value).flatMap((key): [string, Part][] => {
    const child = childOf(parent, key);
    return child === undefined ? [] : [[key, child]];
  });
}

/** The parts of a map that may be extended as well, such as `responses` and `paths`; extensions are left out. */
export function specifiedChildrenOf(parent: Part | undefined): [string, Part][] {
  return childrenOf(parent).filter(([key]) => !key.startsWith('x-'));
}

/** Where a chain of references ends; undefined where it leads nowhere. */
export function followed(part: Part): Part | undefined {
  let current = part;
  const beside: Part[] = [];
  for (let hops = 0; hops < maxHops; hops++) {
    const reference = ownValue(current.value, '$ref');
    if (typeof reference !== 'string') return beside.length === 0 ? current : { ...current, beside };
    if (Object.keys(current.value).length > 1) beside.push(current);
    const place = placeOfReference(reference, current.uri);
    const value = place && valueAtPlace(current.description, place);
    if (place === undefined || !isObject(value)) {
      part.description.unresolved.set(reference, { uri: current.uri, pointer: current.pointer });
      return undefined;
    }
    current = { ...place, description: part.description, value };
  }
  return undefined;
}

export function valueAtPlace(description: Description, { uri, pointer }: Place): unknown {
  return valueAt(description.documents.get(uri), pointer);
}

/** The file and pointer that a reference means; undefined for a URL and for what is no JSON pointer. */
export function placeOfReference(reference: string, uri: string): Place | undefined {
  const hash = reference.indexOf('#');
  const file = hash === -1 ? reference : reference.slice(0, hash);
  const fragment = hash === -1 ? '' : decoded(reference.slice(hash + 1));
  if (fragment === undefined || (fragment !== '' && !fragment.startsWith('/'))) return undefined;
  const path = file === '' ? uri : resolvePath(uri, file);
  return path === undefined ? undefined : { uri: path, pointer: fragment };
}

/** A relative path, seen from the folder of another file; undefined for a URL and for a path out of the repository. */
export function resolvePath(from: string, relative: string): string | undefined {
  if (/^([a-z][a-z0-9+.-]*:|\/)/i.test(relative)) return undefined;
  const plain = decoded(relative);
  if (plain === undefined) return undefined;
  const parts = from.split('/').slice(0, -1);
  for (const part of plain.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

export function ownValue(value: JsonObject, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

export function textValue(value: JsonObject, key: string): string | undefined {
  const text = ownValue(value, key);
  return typeof text === 'string' ? text : undefined;
}

export function listValue(value: JsonObject, key: string): readonly unknown[] | undefined {
  const list = ownValue(value, key);
  return Array.isArray(list) ? list : undefined;
}

function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
