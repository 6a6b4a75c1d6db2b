import { isObject, tokensOf } from '../document/document.ts';

/** A value in one of the documents. */
export interface LocatedValue {
  root: unknown;
  uri: string;
  pointer: string;
  value: unknown;
}

export type ResolvedReference =
  | { ok: true; target: LocatedValue }
  /** `needsWhole`: an anchor or an embedded `$id`, which only a reader of whole documents can follow. */
  | { ok: false; needsWhole: boolean; message: string };

/**
 * Follows a `$ref` that is a pointer into the same or another document. Nothing is fetched: what is not among the
 * documents is not there, and the message names it.
 */
export function resolveReference(
  reference: string,
  from: Pick<LocatedValue, 'root' | 'uri'>,
  documents: ReadonlyMap<string, unknown> | undefined,
): ResolvedReference {
  const hash = reference.indexOf('#');
  const file = hash === -1 ? reference : reference.slice(0, hash);
  const fragment = hash === -1 ? '' : reference.slice(hash + 1);
  const document = file === '' ? from : findDocument(file, from, documents);
  if (document === undefined) {
    const message = /^[a-z][a-z0-9+.-]*:/i.test(file)
      ? `it refers to ${reference}, which is not fetched`
      : `it refers to ${reference}, and there is no such file`;
    return { ok: false, needsWhole: true, message };
  }
  if (fragment !== '' && !fragment.startsWith('/')) {
    return { ok: false, needsWhole: true, message: `it refers to ${reference}, which leads nowhere` };
  }
  const pointer = decode(fragment);
  if (pointer === undefined) {
    return { ok: false, needsWhole: false, message: `it refers to ${reference}, which is no valid URI` };
  }
  return follow(reference, document, pointer);
}

/** The value at a pointer, if no embedded `$id` on the way gives it another base. */
function follow(
  reference: string,
  { root, uri }: Pick<LocatedValue, 'root' | 'uri'>,
  pointer: string,
): ResolvedReference {
  let value = root;
  for (const token of tokensOf(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) {
      return { ok: false, needsWhole: false, message: `it refers to ${reference}, which leads nowhere` };
    }
    if (value !== root && isObject(value) && typeof value['$id'] === 'string') {
      return { ok: false, needsWhole: true, message: `it refers to ${reference}, below another $id` };
    }
    const next: unknown = Object.getOwnPropertyDescriptor(value, token)?.value;
    value = next;
  }
  return { ok: true, target: { root, uri, pointer, value } };
}

function findDocument(
  file: string,
  from: Pick<LocatedValue, 'root' | 'uri'>,
  documents: ReadonlyMap<string, unknown> | undefined,
): Pick<LocatedValue, 'root' | 'uri'> | undefined {
  const id = isObject(from.root) ? (from.root['$id'] ?? from.root['id']) : undefined;
  const bases = typeof id === 'string' ? [from.uri, resolveUri(from.uri, id)] : [from.uri];
  for (const uri of bases.map((base) => resolveUri(base, file))) {
    if (bases.includes(uri)) return from;
    if (documents?.has(uri) === true) return { root: documents.get(uri), uri };
  }
  return undefined;
}

const pathBase = 'file-of:///';

/** Resolves a relative reference against a URI, or against a path of the repository. */
export function resolveUri(base: string, reference: string): string {
  const isUri = /^[a-z][a-z0-9+.-]*:/i;
  if (isUri.test(reference)) return reference;
  try {
    if (isUri.test(base)) return new URL(reference, base).href;
    const { href } = new URL(reference, `${pathBase}${encodeURI(base)}`);
    return decodeURIComponent(href.slice(pathBase.length));
  } catch {
    return reference;
  }
}

function decode(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}
