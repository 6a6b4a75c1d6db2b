/**
 * What a release does to its database, decided before anything of it starts: the files it adds to those of the stable
 * release, each in its class. A contract is refused here while a deployed version may need what it takes away.
 */
import { loadParser } from '../../analyzers/sql/parser.ts';
import { decideContract } from '../../policies/schema-steps/decide-contract.ts';
import type { MigrationPolicy } from '../../policies/schema-steps/migration-policy.ts';
import { planSchemaSteps } from '../../policies/schema-steps/plan-schema-steps.ts';
import { noSchemaSteps, type SchemaSteps } from '../../policies/schema-steps/schema-steps.ts';
import { openTrees } from '../repository/read-changes.ts';
import { readContractEvidence, type ContractQuestion } from './contract-evidence.ts';
import { databaseUrl } from './connect-database.ts';
import { readMigrationFiles } from './step-files.ts';

export interface MigrationQuestion extends Omit<ContractQuestion, 'files' | 'contract'> {
  stable: { commit: string } | null;
  progress(line: string): void;
}

export type PlannedMigrations =
  { ok: true; schemaSteps: SchemaSteps } | { ok: false; reasonCode: string; message: string };

export async function planMigrations(question: MigrationQuestion): Promise<PlannedMigrations> {
  const { service, stable, candidate, repository, env } = question;
  const { migrations } = service;
  if (migrations === null) return { ok: true, schemaSteps: noSchemaSteps };
  const { before, after } = await filesOfBoth(repository, stable, candidate, migrations);
  if (migrations.database === null) {
    const added = [...after.keys()].filter((path) => before?.has(path) !== true);
    if (added.length > 0)
      question.progress(
        `migrations: ${added.length} new ${added.length === 1 ? 'file is' : 'files are'} checked and not applied, since the policy names no \`migrations.database\``,
      );
    return { ok: true, schemaSteps: noSchemaSteps };
  }
  const parser = await loadParser();
  const { runner } = migrations;
  if (before !== null) {
    // Going back: what the stable release has taken away does not come back with an older one.
    const undone = planSchemaSteps({ parser, runner, stable: after, candidate: before });
    const [gone] = undone.steps.contract;
    if (gone !== undefined) return refuseBehindContract(gone.path, candidate.commit);
  }
  const { steps, faults } = planSchemaSteps({ parser, runner, stable: before, candidate: after });
  const fault = faults.find(({ level }) => level === 'error');
  if (fault !== undefined) {
    const line = fault.span === undefined ? '' : ` (line ${fault.span.start.line})`;
    return { ok: false, reasonCode: 'schema-steps', message: `${fault.message}${line}. ${fault.remedy}` };
  }
  for (const { level, message } of faults)
    if (level === 'warning') question.progress(`migrations: ${message}`);
  if (steps.contract.length > 0) {
    const { contract } = steps;
    const versions = await readContractEvidence({ ...question, files: after, contract });
    const refusal = decideContract({ contract, versions });
    if (refusal !== null) return { ok: false, ...refusal };
  }
  // A URL that is missing or wrong is said before the rollout begins, and not in the middle of it.
  databaseUrl(migrations.database, env);
  return { ok: true, schemaSteps: steps };
}

/** Whether a release that ran before can run again; the sentence says why not. */
export async function contractBehind(
  repository: string,
  stable: { commit: string },
  candidate: { commit: string },
  migrations: MigrationPolicy,
): Promise<string | null> {
  if (migrations.database === null) return null;
  const { before, after } = await filesOfBoth(repository, stable, candidate, migrations);
  if (before === null) return null;
  const { runner } = migrations;
  const { steps } = planSchemaSteps({ parser: await loadParser(), runner, stable: after, candidate: before });
  const [gone] = steps.contract;
  return gone === undefined ? null : refuseBehindContract(gone.path, candidate.commit).message;
}

function refuseBehindContract(path: string, commit: string) {
  return {
    ok: false as const,
    reasonCode: 'contract-applied',
    message: `${commit.slice(0, 12)} cannot run any more: ${path}, which the stable release has applied, took away what it was written for; go forward with a new change`,
  };
}

async function filesOfBoth(
  repository: string,
  stable: { commit: string } | null,
  candidate: { commit: string },
  migrations: MigrationPolicy,
): Promise<{ before: Map<string, string> | null; after: Map<string, string> }> {
  const commits = [candidate.commit, ...(stable === null ? [] : [stable.commit])];
  const { trees, close } = openTrees(repository, commits);
  try {
    const [after, before] = trees;
    return {
      before: before === undefined ? null : await readMigrationFiles(before, migrations),
      after: after === undefined ? new Map<string, string>() : await readMigrationFiles(after, migrations),
    };
  } finally {
    close();
  }
}
