import type { AnalysisContext } from '../analyzer.ts';
import { afterOf, beforeOf, textOf, type Change, type FileVersion } from '../change.ts';
import { matchesGlobs } from '../claim.ts';
import type { ParsedDocument } from '../document/document.ts';
import { parseDocument } from '../document/parse-document.ts';
import type { Report } from '../finding.ts';
import type { Direction, ServiceScope } from '../scope.ts';
import { compareDocuments } from './compare-documents.ts';

export interface SchemaSide {
  version: FileVersion;
  /** Undefined: what stands at the path is not text. */
  document: ParsedDocument | undefined;
}

/** What two versions of a schema mean to each other, filed under the rule that tells it. */
export interface SchemaReport extends Report {
  rule: 'keep-compatible' | 'keep-required-field';
}

/** One changed schema file, at either side. */
export interface SchemaSubject {
  path: string;
  flavour: 'json-schema' | 'openapi';
  direction: Direction;
  before: SchemaSide | undefined;
  after: SchemaSide | undefined;
  /** Compared at the first call, and once. */
  reports(): Promise<readonly SchemaReport[]>;
}

export function readSchemaSubjects(
  changes: readonly Change[],
  context: AnalysisContext,
): Promise<SchemaSubject[]> {
  return Promise.resolve(
    changes.map((change) => {
      const [before, after] = [sideOf(beforeOf(change)), sideOf(afterOf(change))];
      let reports: Promise<readonly SchemaReport[]> | undefined;
      const subject: SchemaSubject = {
        path: change.path,
        ...roleOf(change.path, context.scope),
        before,
        after,
        reports: () => (reports ??= compareDocuments(subject, context)),
      };
      return subject;
    }),
  );
}

function sideOf(version: FileVersion | undefined): SchemaSide | undefined {
  if (version === undefined) return undefined;
  const text = textOf(version);
  return { version, document: text === undefined ? undefined : parseDocument(version.path, text) };
}

// The schema of a configuration describes what operators send to the service.
function roleOf(
  path: string,
  scope: ServiceScope,
): { flavour: 'json-schema' | 'openapi'; direction: Direction } {
  const entry = scope.schemas.find(({ files }) => matchesGlobs(path, files));
  return entry === undefined
    ? { flavour: 'json-schema', direction: 'consumed' }
    : { flavour: entry.kind === 'openapi' ? 'openapi' : 'json-schema', direction: entry.direction };
}
