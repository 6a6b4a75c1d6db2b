import type { Change } from '../../analyzers/change.ts';
import { changedPaths, matchesGlobs } from '../../analyzers/claim.ts';
import { fingerprintOf, type Finding } from '../../analyzers/finding.ts';
import type { RuleDescription } from '../../analyzers/analyzer.ts';
import type { Tree } from '../../analyzers/scope.ts';
import { loadParser } from '../../analyzers/sql/parser.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { planSchemaSteps } from '../../policies/schema-steps/plan-schema-steps.ts';
import { readMigrationFiles } from './step-files.ts';

export const planSchemaStepsRule: RuleDescription = {
  id: 'sql/plan-steps',
  level: 'error',
  problem:
    'The migrations of a release cannot be applied in its rollout: it adds and takes away at once, or a file is no step that could be applied, taken back or run in batches.',
  remedy:
    'Ship what adds first and what takes away as a change of its own; policies/schema-steps/README.md shows what a backfill looks like.',
};

/** What is wrong with the migrations that a change brings, for services whose rollouts apply them. */
export async function schemaStepFindings(
  changes: readonly Change[],
  policy: Policy,
  before: Tree,
  after: Tree,
): Promise<Finding[]> {
  const changed = changedPaths(changes);
  const findings: Finding[] = [];
  for (const { migrations } of policy.services) {
    if (migrations?.database == null) continue;
    if (!changed.some((path) => matchesGlobs(path, migrations.files))) continue;
    const { faults } = planSchemaSteps({
      parser: await loadParser(),
      runner: migrations.runner,
      stable: await readMigrationFiles(before, migrations),
      candidate: await readMigrationFiles(after, migrations),
    });
    findings.push(
      ...faults.map(({ level, path, span, message, remedy }) => ({
        ruleId: planSchemaStepsRule.id,
        level,
        path,
        ...(span !== undefined && { span }),
        message,
        remedy,
        fingerprint: fingerprintOf(planSchemaStepsRule.id, path, message),
      })),
    );
  }
  return findings;
}
