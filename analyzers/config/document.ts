import type { AnalysisContext } from '../analyzer.ts';
import { afterOf, beforeOf, textOf, type Change, type FileVersion } from '../change.ts';
import { matchesGlobs } from '../claim.ts';
import type { ParsedDocument } from '../document/document.ts';
import { parseDocument } from '../document/parse-document.ts';
import { compareValues, type Difference } from './compare-values.ts';
import { filesNamedIn } from './evaluate-relation.ts';
import { declaredSchema } from './declared-schema.ts';
import type { ServiceScope, Tree } from '../scope.ts';

/** One configuration file at head, and what it was. Files that are only removed have no subject. */
export interface ConfigSubject {
  path: string;
  /** False: the file is as it was, and only its schema, or a file that it is related to, has changed. */
  isChanged: boolean;
  after: FileVersion;
  /** Undefined: what stands at the path is not text. */
  text: string | undefined;
  document: ParsedDocument | undefined;
  /** Read when asked for: most rules look at head only. */
  before(): { path: string; text: string; document: ParsedDocument } | undefined;
  /** What became of every value; undefined where one side is missing or does not parse. Compared at the first call. */
  difference(): Difference | undefined;
  /** The JSON Schema of this file: the policy's, or else the one that the file itself names. */
  schema: ConfigSchema | undefined;
}

export type ConfigSchema =
  | { path: string; namedBy: 'policy' | 'file' }
  /** A URL is never fetched; it is only of use where the policy maps it to a file. */
  | { url: string }
  /** A path that leads out of the repository. */
  | { outside: string };

/**
 * The changed configuration files, and the unchanged ones whose schema changed: those meet the new schema in production
 * just the same.
 */
export async function readConfigSubjects(
  changes: readonly Change[],
  context: AnalysisContext,
): Promise<ConfigSubject[]> {
  const subjects: ConfigSubject[] = [];
  for (const change of changes) {
    const after = afterOf(change);
    if (after !== undefined) subjects.push(subjectOf(after, beforeOf(change), true, context));
  }
  for (const subject of subjects) subject.schema ??= await chartSchema(subject.path, context.after);
  const known = new Set(subjects.map(({ path }) => path));
  for (const path of [
    ...(await pathsWithChangedSchema(context)),
    ...(await pathsRelatedTo(changes, context)),
  ]) {
    if (known.has(path)) continue;
    known.add(path);
    const after = await context.after.read(path);
    if (after !== undefined) subjects.push(subjectOf(after, after, false, context));
  }
  return subjects;
}

/** The schema that Helm itself holds a chart's values against. Other values files are parts, and never whole. */
async function chartSchema(path: string, after: Tree): Promise<ConfigSchema | undefined> {
  const directory = /^(.*\/|)values\.yaml$/.exec(path)?.[1];
  if (directory === undefined) return undefined;
  const schema = `${directory}values.schema.json`;
  const isChart = (await after.read(`${directory}Chart.yaml`)) !== undefined;
  return isChart && (await after.read(schema)) !== undefined ? { path: schema, namedBy: 'file' } : undefined;
}

async function pathsWithChangedSchema({ scope, before, after }: AnalysisContext): Promise<string[]> {
  const globs: string[] = [];
  for (const { files, schema } of scope.config) {
    if (schema === undefined) continue;
    const [old, current] = [await before.read(schema), await after.read(schema)];
    if (old !== undefined && old.digest !== current?.digest) globs.push(...files);
  }
  if (globs.length === 0) return [];
  const schemaPaths = scope.config.map(({ schema }) => schema);
  return (await after.list()).filter((path) => matchesGlobs(path, globs) && !schemaPaths.includes(path));
}

/** Unchanged files whose relations look at a file that changed. */
async function pathsRelatedTo(
  changes: readonly Change[],
  { scope, after }: AnalysisContext,
): Promise<string[]> {
  const changed = new Set(changes.flatMap((change) => [change.path, beforeOf(change)?.path ?? change.path]));
  const globs = scope.config
    .filter(({ relations }) =>
      relations?.some(({ rule }) => filesNamedIn(rule).some((path) => changed.has(path))),
    )
    .flatMap(({ files }) => files);
  if (globs.length === 0) return [];
  return (await after.list()).filter((path) => matchesGlobs(path, globs));
}

function subjectOf(
  after: FileVersion,
  before: FileVersion | undefined,
  isChanged: boolean,
  { scope }: AnalysisContext,
): ConfigSubject {
  const text = textOf(after);
  const document = text === undefined ? undefined : parseDocument(after.path, text);
  const readBefore = (): { path: string; text: string; document: ParsedDocument } | undefined => {
    const oldText = textOf(before);
    if (before === undefined || oldText === undefined) return undefined;
    return { path: before.path, text: oldText, document: parseDocument(before.path, oldText) };
  };
  let earlier: { found: ReturnType<typeof readBefore> } | undefined;
  let difference: { found: Difference | undefined } | undefined;
  const subject: ConfigSubject = {
    path: after.path,
    isChanged,
    after,
    text,
    document,
    before: () => (earlier ??= { found: readBefore() }).found,
    difference: () => (difference ??= { found: differenceOf(subject) }).found,
    schema: schemaOf(after.path, text, document, scope),
  };
  return subject;
}

function differenceOf({ isChanged, document, before }: ConfigSubject): Difference | undefined {
  const old = isChanged ? before()?.document : undefined;
  return old?.ok === true && document?.ok === true ? compareValues(old, document) : undefined;
}

function schemaOf(
  path: string,
  text: string | undefined,
  document: ParsedDocument | undefined,
  scope: ServiceScope,
): ConfigSchema | undefined {
  const named = scope.config.find(({ files }) => matchesGlobs(path, files))?.schema;
  if (named !== undefined) return { path: named, namedBy: 'policy' };
  const declared =
    text === undefined || document?.ok !== true ? undefined : declaredSchema(path, text, document);
  if (declared === undefined) return undefined;
  if ('url' in declared) {
    const mapped = scope.schemaUrls?.[declared.url];
    return mapped === undefined ? declared : { path: mapped, namedBy: 'policy' };
  }
  return 'outside' in declared ? declared : { path: declared.path, namedBy: 'file' };
}
