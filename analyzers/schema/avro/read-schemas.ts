/**
 * Texts of schemas -> typed schemas with places. Trust boundary: what stands in the files is anybody's, so everything is
 * checked here, and what is wrong is a problem with its place, never a throw.
 */
import { parseTree, type ParseError } from 'jsonc-parser';
import { parseJson } from '../../document/json-document.ts';
import type { Document, Problem } from '../../document/document.ts';
import type { Span } from '../../finding.ts';
import type { ContractVersion } from '../contract.ts';
import type { AvroFile, AvroPlace, AvroType, NamedType } from './avro-type.ts';
import { checkDefault } from './check-default.ts';
import { readSchema, type PendingDefault } from './read-schema.ts';

/**
 * What is wrong with a schema: `fatal`, it stands for nothing; `flaw`, it breaks a rule of the specification, but its
 * meaning is clear; `unread`, it may be fine, but it is not read here; `question`, versions of Avro differ about it.
 */
export interface AvroProblem {
  severity: 'fatal' | 'flaw' | 'unread' | 'question';
  key: string;
  message: string;
  path: string;
  span?: Span;
}

export interface AvroRoot {
  path: string;
  type: AvroType;
}

export interface AvroSchemas {
  roots: readonly AvroRoot[];
  problems: readonly AvroProblem[];
}

/** Names of other files that are tried for types that are named, but defined nowhere in the contract's own files. */
const maxLookups = 500;

/** Reads every schema of one version. */
export async function readSchemas(version: ContractVersion): Promise<AvroSchemas> {
  const problems: AvroProblem[] = [];
  const files = new Map<string, ReadFile>();
  const texts = new Map<string, string>();
  for (const path of version.paths) {
    const text = await version.read(path);
    if (text !== undefined) texts.set(path, text);
  }
  for (const [path, text] of texts) files.set(path, readFile(path, text, problems));
  await findMissing(version, files, problems);
  linkNames(files, problems);
  const roots: AvroRoot[] = [];
  for (const [path, file] of files) {
    for (const fit of file.defaults) reportDefault(fit, problems);
    const isUsable = !problems.some(
      (problem) => problem.path === path && problem.severity !== 'flaw' && problem.severity !== 'question',
    );
    if (texts.has(path) && file.root !== undefined && isUsable) roots.push({ path, type: file.root });
  }
  return { roots, problems };
}

/** One file after its first reading: names are not linked yet. */
export interface ReadFile {
  root?: AvroType;
  types: Map<string, NamedType>;
  references: { candidates: readonly string[]; place: AvroPlace; link(target: NamedType): void }[];
  defaults: PendingDefault[];
}

function readFile(path: string, text: string, problems: AvroProblem[]): ReadFile {
  const read: ReadFile = { types: new Map(), references: [], defaults: [] };
  const withoutMark = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (/\.avdl$/i.test(path)) {
    const message = `${path} is Avro IDL, which is not read here: compare the .avsc files that are made from it`;
    problems.push({ severity: 'unread', key: 'idl', message, path });
    return read;
  }
  const strict = parseJson(withoutMark, 'json');
  // Avro's own parser takes comments, but no trailing commas.
  const parsed = strict.ok || !takesComments(withoutMark) ? strict : parseJson(withoutMark, 'jsonc');
  const report = ({ message, span }: Problem, severity: AvroProblem['severity'], key: string) =>
    problems.push({ severity, key, message: `${message} in ${path}`, path, span });
  if (!parsed.ok) {
    for (const [index, problem] of parsed.problems.slice(0, 5).entries()) {
      report(problem, parsed.reasonCode === 'too-deep' ? 'unread' : 'fatal', `syntax:${index}`);
    }
    return read;
  }
  for (const [index, problem] of parsed.duplicateKeys.entries())
    report(problem, 'flaw', `duplicate:${index}`);
  const file: AvroFile = { path, document: parsed };
  const add = (severity: AvroProblem['severity'], key: string, message: string, pointer: string) => {
    const span = nearestSpan(parsed, pointer);
    problems.push({ severity, key, message, path, ...(span && { span }) });
  };
  const root = readSchema(parsed.value, file, read, add);
  if (root !== undefined) read.root = root;
  return read;
}

/** Of what is missing, the place that it is missing from. */
function nearestSpan(document: Document, pointer: string): Span | undefined {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const span = document.spanOf(at);
    if (span !== undefined) return span;
  }
  return document.spanOf('');
}

function takesComments(text: string): boolean {
  const errors: ParseError[] = [];
  if (!text.includes('/')) return false;
  // The nesting is bounded before anything recursive sees the text.
  const shape = parseJson(text, 'jsonc');
  if (!shape.ok) return false;
  parseTree(text, errors, { disallowComments: false, allowTrailingComma: false });
  return errors.length === 0;
}

/** Looks for types that are named but not defined in the files that are called after them. */
async function findMissing(
  version: ContractVersion,
  files: Map<string, ReadFile>,
  problems: AvroProblem[],
): Promise<void> {
  const known = new Set([...files.values()].flatMap(({ types }) => [...types.keys()]));
  const tried = new Set<string>();
  const pending = [...files.values()].flatMap(({ references }) => references);
  for (let reference = pending.shift(); reference !== undefined; reference = pending.shift()) {
    const [name] = reference.candidates;
    if (name === undefined || reference.candidates.some((candidate) => known.has(candidate))) continue;
    for (const path of placesOf(name, reference.place.file.path)) {
      if (tried.has(path) || files.has(path) || tried.size >= maxLookups) continue;
      tried.add(path);
      const text = await version.read(path);
      if (text === undefined) continue;
      const file = readFile(path, text, problems);
      files.set(path, file);
      for (const fullName of file.types.keys()) known.add(fullName);
      pending.push(...file.references);
      break;
    }
  }
}

/** `com.example.Item`, named in `avro/order.avsc`, may stand in `avro/Item.avsc` and in three other places. */
function placesOf(fullName: string, from: string): string[] {
  const folder = from.slice(0, from.lastIndexOf('/') + 1);
  const simple = fullName.slice(fullName.lastIndexOf('.') + 1);
  const nested = fullName.replaceAll('.', '/');
  const names = [`${folder}${simple}.avsc`, `${folder}${fullName}.avsc`];
  const namespace = nested.slice(0, nested.lastIndexOf('/') + 1);
  if (namespace !== '' && folder.endsWith(namespace)) {
    names.push(`${folder.slice(0, folder.length - namespace.length)}${nested}.avsc`);
  }
  return [...names, `${nested}.avsc`];
}

/** A name means the type of its own file, else that of the first file that has one. */
function linkNames(files: ReadonlyMap<string, ReadFile>, problems: AvroProblem[]): void {
  const everywhere = new Map<string, NamedType>();
  for (const { types } of files.values()) {
    for (const [name, type] of types) if (!everywhere.has(name)) everywhere.set(name, type);
  }
  for (const [path, { types, references }] of files) {
    for (const { candidates, place, link } of references) {
      const found = candidates.map((name) => types.get(name) ?? everywhere.get(name)).find(Boolean);
      if (found !== undefined) {
        link(found);
        continue;
      }
      const span = place.file.document.spanOf(place.pointer);
      const name = candidates[0] ?? '';
      const message = `the type ${JSON.stringify(name)} is not defined in ${path}, nor in a file beside it`;
      problems.push({ severity: 'fatal', key: `unknown:${name}`, message, path, ...(span && { span }) });
    }
  }
}

function reportDefault(pending: PendingDefault, problems: AvroProblem[]): void {
  const { field, owner } = pending;
  if (field.fallback === undefined || problems.some(({ severity }) => severity === 'fatal')) return;
  const { value, place } = field.fallback;
  const fit = checkDefault(field.type, value);
  if (fit === 'fits') return;
  const span = place.file.document.spanOf(place.pointer);
  const { path } = place.file;
  const what = `the default of ${owner}.${field.name}`;
  const shown = JSON.stringify(value);
  const key = `default:${owner}.${field.name}:${shown.length > 80 ? shown.length : shown}`;
  const rest = { key, path, ...(span && { span }) };
  if (fit === 'wrong') {
    problems.push({ severity: 'flaw', message: `${what} is no value of the field's type`, ...rest });
  } else if (fit === 'later-branch') {
    const message = `${what} fits a branch of the union that is not its first, which Avro takes since 1.12 only`;
    problems.push({ severity: 'question', message, ...rest });
  } else {
    problems.push({ severity: 'unread', message: `${what} is too large to be checked`, ...rest });
  }
}
