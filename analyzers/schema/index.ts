import { defineRule, type Analyzer, type RuleDescription } from '../analyzer.ts';
import { matchesGlobs } from '../claim.ts';
import { ruleTable, schemaRules } from '../rules.generated.ts';
import { contractKinds } from '../scope.ts';
import { readSchemaSubjects, type SchemaSubject } from './document.ts';
import { reportsUnder } from './reports-under.ts';

/**
 * Contracts: what the policy's `schemas` entries name, and the files that its `config` entries name as their schema.
 * Each is compared by the contract of its kind, whose rules stand here beside those of all kinds.
 */
export const schemaAnalyzer: Analyzer<SchemaSubject> = {
  kind: 'schema',
  claims: (path, scope) =>
    scope.schemas.some((entry) => matchesGlobs(path, entry.files)) ||
    scope.config.some((entry) => entry.schema === path),
  subjects: readSchemaSubjects,
  rules: [...schemaRules, ...contractRules()],
};

function contractRules() {
  const isOfContract = ({ id }: RuleDescription) => contractKinds.some((kind) => id.startsWith(`${kind}/`));
  return ruleTable
    .filter(isOfContract)
    .map((rule) =>
      defineRule<SchemaSubject>({ ...rule, check: (subject) => reportsUnder(rule.id, subject) }),
    );
}
