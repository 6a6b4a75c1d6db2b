/**
 * From texts to a description: the door at which unknown text becomes something typed. A file that cannot be read is a
 * problem with a place, never an exception; files are read from the same revision only, and a URL is never fetched.
 */
import type { Dialect } from '../../containment/schema-source.ts';
import { isObject, pointerTo, valueAt, type Document } from '../../document/document.ts';
import { formatOf, parseDocument } from '../../document/parse-document.ts';
import type { Report, Span } from '../../finding.ts';
import type { ContractVersion } from '../contract.ts';
import { resolvePath, type Description, type JsonObject } from './description.ts';

/** Files that one description may refer to. */
const maxFiles = 500;
/** Values that one file may expand to: YAML's anchors can turn a short text into a very long one. */
const maxValues = 5_000_000;
const maxDepth = 250;

export interface ReadProblem extends Pick<Report, 'path' | 'message' | 'key'> {
  cause: 'description' | 'reference';
  span?: Span;
}

export type ReadDescription =
  { description: Description; problems: ReadProblem[] } | { description: undefined; problems: ReadProblem[] };

export type OpenedText =
  { kind: 'opened'; document: Document; root: JsonObject } | { kind: 'failed'; problem: ReadProblem };

export interface KnownVersion {
  family: Description['family'];
  dialect: Dialect;
}

/** Which kind of description a value is, told by its version; undefined for everything else. */
export function versionOfRoot(root: unknown): KnownVersion | undefined {
  if (!isObject(root)) return undefined;
  const [swagger, openapi] = [root['swagger'], root['openapi']].map(versionText);
  if (swagger !== undefined)
    return swagger === '2.0' ? { family: 'swagger-2', dialect: 'swagger-2' } : undefined;
  if (openapi === undefined) return undefined;
  if (/^3\.0(\.|$)/.test(openapi)) return { family: 'openapi-3', dialect: 'openapi-3.0' };
  if (/^3\.[12](\.|$)/.test(openapi)) return { family: 'openapi-3', dialect: '2020-12' };
  return undefined;
}

// In YAML an unquoted 2.0 or 3.0 is a number.
export function versionText(version: unknown): string | undefined {
  if (typeof version === 'number') return version.toFixed(1);
  return typeof version === 'string' ? version : undefined;
}

/** Opens one text as JSON or YAML whose root is an object of bounded size. */
export function openText(path: string, text: string): OpenedText {
  const start = { line: 1, column: 1 };
  const fail = (message: string, span: Span = { start, end: start }): OpenedText => ({
    kind: 'failed',
    problem: { cause: 'description', path, key: 'unreadable', message: `${path}: ${message}`, span },
  });
  const name = formatOf(path) === undefined ? `${path}${/^\s*\{/.test(text) ? '.json' : '.yaml'}` : path;
  const document = parseDocument(name, text);
  if (!document.ok)
    return fail(document.problems[0]?.message ?? 'cannot be read', document.problems[0]?.span);
  const { value } = document;
  if (!isObject(value)) return fail('an API description is an object, and this is none', document.spanOf(''));
  if (document.format === 'yaml' && !isBounded(value)) {
    return fail('its anchors expand to more than can be compared', document.spanOf(''));
  }
  const [duplicate] = document.duplicateKeys;
  if (duplicate !== undefined) return fail(duplicate.message, duplicate.span);
  return { kind: 'opened', document, root: value };
}

/** Reads the description at `path` and every file that it refers to, directly or not. */
export async function readDescription(
  kind: { versions: string; keywords: readonly string[]; versionOf(root: unknown): KnownVersion | undefined },
  path: string,
  opened: { document: Document; root: JsonObject; text: string },
  version: ContractVersion,
): Promise<ReadDescription> {
  const known = kind.versionOf(opened.root);
  if (known === undefined) {
    const keyword = kind.keywords.find((name) => opened.root[name] !== undefined);
    const span = opened.document.spanOf(keyword === undefined ? '' : `/${keyword}`);
    const message = `${path} is not ${kind.versions}, so it was not compared`;
    const problem: ReadProblem = {
      cause: 'description',
      path,
      key: 'version',
      message,
      ...(span && { span }),
    };
    return { description: undefined, problems: [problem] };
  }
  const documents = new Map<string, Document>([[path, opened.document]]);
  const problems = await openReferenced(path, opened, version, documents);
  const values = new Map([...documents].map(([file, document]): [string, unknown] => [file, document.value]));
  const description = {
    path,
    ...known,
    root: opened.root,
    documents: values,
    opened: documents,
    textLength: opened.text.length,
    unresolved: new Map(),
  };
  return { description, problems };
}

async function openReferenced(
  path: string,
  opened: { document: Document; text: string },
  version: ContractVersion,
  documents: Map<string, Document>,
): Promise<ReadProblem[]> {
  const problems: ReadProblem[] = [];
  const pending: [string, Document, string][] = [[path, opened.document, opened.text]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [from, document, text] = next;
    // Most descriptions are one file, and big ones are worth not being walked.
    if (document.format === 'json' && !/"\$ref"\s*:\s*"[^#]|\\u00/.test(text)) continue;
    for (const { reference, pointer } of outerReferences(document.value)) {
      const file = reference.split('#', 1)[0] ?? '';
      const target = resolvePath(from, file);
      const place = { path: from, key: `reference:${reference}`, ...spanAt(document, pointer) };
      if (target === undefined) {
        const message = `the reference ${shown(reference)} leads out of the repository and is not fetched`;
        problems.push({ cause: 'reference', message, ...place });
        continue;
      }
      if (documents.has(target)) continue;
      const other = documents.size < maxFiles ? await version.read(target) : undefined;
      const result = other === undefined ? undefined : openText(target, other);
      if (result?.kind === 'failed') problems.push({ ...result.problem, cause: 'reference' });
      if (other === undefined || result?.kind !== 'opened') {
        const why =
          documents.size < maxFiles ? 'which is not in this revision' : `and ${maxFiles} files are the limit`;
        if (result === undefined)
          problems.push({
            cause: 'reference',
            message: `the reference ${shown(reference)} needs ${target}, ${why}`,
            ...place,
          });
        continue;
      }
      documents.set(target, result.document);
      pending.push([target, result.document, other]);
    }
  }
  return problems;
}

function spanAt(document: Document, pointer: string): { span?: Span } {
  const span = document.spanOf(pointer);
  return span === undefined ? {} : { span };
}

function shown(reference: string): string {
  return JSON.stringify(reference.length > 120 ? `${reference.slice(0, 117)}...` : reference);
}

/** References into other files, each once. */
function outerReferences(root: unknown): { reference: string; pointer: string }[] {
  const found = new Map<string, string>();
  const pending: [unknown, string][] = [[root, '']];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [value, pointer] = next;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      if (key === '$ref' && typeof child === 'string' && !child.startsWith('#')) {
        const file = child.split('#', 1)[0] ?? '';
        if (!found.has(file)) found.set(file, pointerTo(pointer, key));
      } else if (typeof child === 'object' && !isData(key)) pending.push([child, pointerTo(pointer, key)]);
    }
  }
  return [...found].map(([reference, pointer]) => ({ reference, pointer }));
}

function isData(key: string): boolean {
  return key === 'example' || key === 'enum' || key === 'default' || key === 'const';
}

function isBounded(root: unknown): boolean {
  let count = 0;
  const pending: [unknown, number][] = [[root, 0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [value, depth] = next;
    if (++count > maxValues || depth > maxDepth) return false;
    if (typeof value !== 'object' || value === null) continue;
    for (const child of Object.values(value)) pending.push([child, depth + 1]);
  }
  return true;
}

/** The value that stands where a report wants to point, or the nearest one that holds it. */
export function nearestSpan(document: Document, pointer: string): Span | undefined {
  let at = pointer;
  while (at !== '' && valueAt(document.value, at) === undefined)
    at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
  const value = valueAt(document.value, at);
  const isContainer = typeof value === 'object' && value !== null;
  return (isContainer ? document.keySpanOf(at) : undefined) ?? document.spanOf(at);
}
