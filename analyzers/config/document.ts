import type { AnalysisContext } from '../analyzer.ts';
import { afterOf, beforeOf, textOf, type Change, type FileVersion } from '../change.ts';
import { matchesGlobs } from '../claim.ts';
import type { ParsedDocument } from '../document/document.ts';
import { parseDocument } from '../document/parse-document.ts';

/** One configuration file at head, and what it was. Files that are only removed have no subject. */
export interface ConfigSubject {
  path: string;
  /** False: the file is as it was, and only the schema that it must match has changed. */
  isChanged: boolean;
  after: FileVersion;
  /** Undefined: what stands at the path is not text. */
  text: string | undefined;
  document: ParsedDocument | undefined;
  /** Read when asked for: most rules look at head only. */
  before(): { path: string; text: string; document: ParsedDocument } | undefined;
  /** The JSON Schema that the policy names for this file. */
  schemaPath: string | undefined;
}

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
  const known = new Set(subjects.map(({ path }) => path));
  for (const path of await pathsWithChangedSchema(context)) {
    if (known.has(path)) continue;
    const after = await context.after.read(path);
    if (after !== undefined) subjects.push(subjectOf(after, after, false, context));
  }
  return subjects;
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

function subjectOf(
  after: FileVersion,
  before: FileVersion | undefined,
  isChanged: boolean,
  { scope }: AnalysisContext,
): ConfigSubject {
  const text = textOf(after);
  return {
    path: after.path,
    isChanged,
    after,
    text,
    document: text === undefined ? undefined : parseDocument(after.path, text),
    before: () => {
      const oldText = textOf(before);
      if (before === undefined || oldText === undefined) return undefined;
      return { path: before.path, text: oldText, document: parseDocument(before.path, oldText) };
    },
    schemaPath: scope.config.find(({ files }) => matchesGlobs(after.path, files))?.schema,
  };
}
