import { declaredDialect, guessDialect } from '../../containment/dialect.ts';
import { resolveUri } from '../../containment/resolve-reference.ts';
import type { Dialect, SchemaSource } from '../../containment/schema-source.ts';
import { isObject, type Document, type Problem } from '../../document/document.ts';
import { parseDocument } from '../../document/parse-document.ts';
import type { ContractVersion } from '../contract.ts';

/** A schema file of one revision, with the files that it refers to. */
export interface SchemaVersion {
  path: string;
  document: Document;
  /** The other files, by path; what does not parse is not among them. */
  neighbours: ReadonlyMap<string, Document>;
  /** The paths of the files that references find under an address. */
  pathOfAddress: ReadonlyMap<string, string>;
  source: SchemaSource;
  /** What `$schema` says, where that is no dialect that is known. */
  unknownDialect: string | undefined;
}

export type ReadSchema = { ok: true; version: SchemaVersion } | { ok: false; problems: readonly Problem[] };

const maxFiles = 300;
const start = { line: 1, column: 1 };

/** Reads the schema at a path of a revision. Nothing is fetched: a reference to elsewhere is left as it is. */
export async function readSchema(path: string, version: ContractVersion): Promise<ReadSchema> {
  const text = await version.read(path);
  if (text === undefined) return failed('it cannot be read as text');
  const document = parseDocument(path, text);
  if (!document.ok) return { ok: false, problems: document.problems };
  const root = document.value;
  if (!isObject(root) && typeof root !== 'boolean') {
    return failed('a schema is an object or a boolean', document.spanOf(''));
  }
  if (document.documents.length > 1) {
    return failed(
      'it holds more than one document, so it is not clear which one is the schema',
      document.spanOf(''),
    );
  }
  const { neighbours, addresses, pathOfAddress } = await readNeighbours(path, root, version);
  const declared = isObject(root) ? root['$schema'] : undefined;
  const isNamed = typeof declared === 'string' && !/^https?:\/\/json-schema\.org\/schema#?$/.test(declared);
  const known = declaredDialect(root);
  const dialect: Dialect = known ?? guessDialect(root);
  return {
    ok: true,
    version: {
      path,
      document,
      neighbours,
      pathOfAddress,
      source: { root, pointer: '', dialect, uri: path, documents: addresses },
      unknownDialect: isNamed && known === undefined ? declared : undefined,
    },
  };
}

function failed(message: string, span = { start, end: start }): ReadSchema {
  return { ok: false, problems: [{ message, span }] };
}

/** The files that references lead to, and the values of all of them by path and, where they have one, by address. */
async function readNeighbours(path: string, root: unknown, version: ContractVersion) {
  const neighbours = new Map<string, Document>();
  const addresses = new Map<string, unknown>();
  const pathOfAddress = new Map<string, string>();
  const pending: { path: string; value: unknown; address: string | undefined }[] = [
    { path, value: root, address: addressOf(root) },
  ];
  const seen = new Set([path]);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const file of referencedFiles(next.value)) {
      const isAddress = hasScheme(file);
      const address =
        next.address !== undefined ? resolveUri(next.address, file) : isAddress ? file : undefined;
      const target = (isAddress ? version.fileOf?.(file) : undefined) ?? pathOf(file, next);
      if (target !== undefined && address !== undefined) pathOfAddress.set(address, target);
      if (target === undefined || seen.size > maxFiles) continue;
      const known = neighbours.get(target)?.value ?? (target === path ? root : undefined);
      if (known !== undefined && address !== undefined) addresses.set(address, known);
      if (seen.has(target)) continue;
      seen.add(target);
      const text = await version.read(target);
      const document = text === undefined ? undefined : parseDocument(target, text);
      if (document?.ok !== true) continue;
      neighbours.set(target, document);
      addresses.set(target, document.value);
      if (address !== undefined) addresses.set(address, document.value);
      pending.push({ path: target, value: document.value, address: addressOf(document.value) ?? address });
    }
  }
  return { neighbours, addresses, pathOfAddress };
}

function addressOf(value: unknown): string | undefined {
  const id = isObject(value) ? (value['$id'] ?? value['id']) : undefined;
  return typeof id === 'string' && hasScheme(id) ? id : undefined;
}

function hasScheme(reference: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(reference);
}

/** Where a file that is referred to would lie. One with an address is looked for where its neighbours' addresses say. */
function pathOf(file: string, from: { path: string; address: string | undefined }): string | undefined {
  if (!hasScheme(file)) return resolveUri(from.path, file);
  if (from.address === undefined) return undefined;
  try {
    const [own, other] = [new URL(from.address), new URL(file)];
    if (own.origin !== other.origin || own.protocol !== other.protocol) return undefined;
    const [ownSteps, steps] = [own.pathname.split('/').slice(0, -1), other.pathname.split('/')];
    while (ownSteps.length > 0 && ownSteps[0] === steps[0]) {
      ownSteps.shift();
      steps.shift();
    }
    return resolveUri(from.path, [...ownSteps.map(() => '..'), ...steps].join('/'));
  } catch {
    return undefined;
  }
}

/** The files that references anywhere in a value name, without fragments. */
function referencedFiles(root: unknown): Set<string> {
  const files = new Set<string>();
  const seen = new Set<object>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    for (const [key, part] of Object.entries(value)) {
      if ((key === '$ref' || key === '$dynamicRef') && typeof part === 'string') {
        const [file = ''] = part.split('#');
        if (file !== '') files.add(file);
      } else pending.push(part);
    }
  }
  return files;
}
