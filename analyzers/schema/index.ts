import type { Analyzer } from '../analyzer.ts';
import { matchesGlobs } from '../claim.ts';
import { schemaRules } from '../rules.generated.ts';
import { readSchemaSubjects, type SchemaSubject } from './document.ts';

/** Schemas: what the policy's `schemas` entries name, and the files that its `config` entries name as their schema. */
export const schemaAnalyzer: Analyzer<SchemaSubject> = {
  kind: 'schema',
  claims: (path, scope) =>
    scope.schemas.some((entry) => matchesGlobs(path, entry.files)) ||
    scope.config.some((entry) => entry.schema === path),
  subjects: readSchemaSubjects,
  rules: schemaRules,
};
