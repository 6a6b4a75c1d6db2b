import type { AnalysisContext } from '../analyzer.ts';
import { afterOf, beforeOf, textOf, type Change, type FileVersion } from '../change.ts';
import { matchesGlobs } from '../claim.ts';
import type { ParsedDocument } from '../document/document.ts';
import { parseDocument } from '../document/parse-document.ts';
import type { ContractKind, SchemaScope, ServiceScope, Tree } from '../scope.ts';
import { compareContracts } from './compare-contracts.ts';
import type { ContractReport } from './contract.ts';

/** What one comparison is about: a contract of one file, or of all files of an entry of the policy. */
export interface SchemaSubject {
  entry: SchemaScope;
  /** What operators write is described in full: a key that a configuration's schema does not name is not there. */
  undeclared: 'any' | 'absent';
  before: readonly FileVersion[];
  after: readonly FileVersion[];
  /** The changed files at head, with what they hold where the kind is written in JSON or YAML. */
  changed: readonly { version: FileVersion; document: ParsedDocument | undefined }[];
  /** Compared at the first call, and once. */
  reports(): Promise<readonly ContractReport[]>;
}

/** Kinds whose files make up one contract together; of the others, each file is one. */
const treeKinds: readonly ContractKind[] = ['protobuf', 'graphql', 'avro'];

/** Kinds that are written in JSON or YAML throughout. */
const documentKinds: readonly ContractKind[] = ['json-schema', 'openapi', 'asyncapi', 'crd'];

const configSchema: SchemaScope = { files: [], kind: 'json-schema', direction: 'consumed' };

export async function readSchemaSubjects(
  changes: readonly Change[],
  context: AnalysisContext,
): Promise<SchemaSubject[]> {
  const subjects: SchemaSubject[] = [];
  const perEntry = new Map<SchemaScope, Change[]>();
  for (const change of changes) {
    const entry = entryOf(change.path, context.scope);
    if (entry !== undefined && treeKinds.includes(entry.kind)) {
      perEntry.set(entry, [...(perEntry.get(entry) ?? []), change]);
      continue;
    }
    const [before, after] = [beforeOf(change), afterOf(change)];
    const sides = { before: before ? [before] : [], after: after ? [after] : [] };
    subjects.push(subjectOf(entry, sides, [change], context));
  }
  for (const [entry, owned] of perEntry) {
    const sides = {
      before: await filesOf(entry, context.before),
      after: await filesOf(entry, context.after),
    };
    subjects.push(subjectOf(entry, sides, owned, context));
  }
  for (const { entry, version } of await referringFiles(changes, context)) {
    // The file is as it was; what it refers to is not, and that is read from either revision.
    const before = await context.before.read(version.path);
    const sides = { before: before === undefined ? [] : [before], after: [version] };
    subjects.push(subjectOf(entry, sides, [], context));
  }
  return subjects;
}

/** Unchanged contracts that name a changed file of their repository, and so may mean something else now. */
async function referringFiles(
  owned: readonly Change[],
  { scope, after, allChanges }: AnalysisContext,
): Promise<{ entry: SchemaScope; version: FileVersion }[]> {
  const entries = scope.schemas.filter(({ kind }) => documentKinds.includes(kind));
  const names = allChanges
    .flatMap((change) => [beforeOf(change), afterOf(change)])
    .flatMap((version) =>
      version === undefined ? [] : [version.path.slice(version.path.lastIndexOf('/') + 1)],
    )
    .filter((name) => referable.test(name));
  if (entries.length === 0 || names.length === 0) return [];
  const known = new Set(owned.flatMap((change) => afterOf(change)?.path ?? []));
  const found: { entry: SchemaScope; version: FileVersion }[] = [];
  for (const path of await after.list()) {
    const entry = entryOf(path, scope);
    if (entry === undefined || known.has(path) || !entries.includes(entry)) continue;
    const version = await after.read(path);
    const text = textOf(version);
    if (version !== undefined && names.some((name) => text?.includes(name) === true)) {
      found.push({ entry, version });
    }
  }
  return found;
}

/** What a `$ref` may lead to. */
const referable = /\.(?:json|ya?ml|avsc)$/i;

function entryOf(path: string, scope: ServiceScope): SchemaScope | undefined {
  return scope.schemas.find(({ files }) => matchesGlobs(path, files));
}

function subjectOf(
  entry: SchemaScope | undefined,
  sides: Pick<SchemaSubject, 'before' | 'after'>,
  changes: readonly Change[],
  context: AnalysisContext,
): SchemaSubject {
  let reports: Promise<readonly ContractReport[]> | undefined;
  const subject: SchemaSubject = {
    entry: entry ?? configSchema,
    undeclared: entry === undefined ? 'absent' : 'any',
    ...sides,
    changed: changes.flatMap((change) => {
      const version = afterOf(change);
      return version === undefined ? [] : [{ version, document: documentOf(version, entry ?? configSchema) }];
    }),
    reports: () => (reports ??= compareContracts(subject, context)),
  };
  return subject;
}

function documentOf(version: FileVersion, { kind }: SchemaScope): ParsedDocument | undefined {
  const text = textOf(version);
  return text === undefined || !documentKinds.includes(kind) ? undefined : parseDocument(version.path, text);
}

async function filesOf({ files }: SchemaScope, tree: Tree): Promise<FileVersion[]> {
  const paths = (await tree.list()).filter((path) => matchesGlobs(path, files)).sort();
  const versions = await Promise.all(paths.map((path) => tree.read(path)));
  return versions.filter((version) => version !== undefined);
}
