import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadParser } from '../../analyzers/sql/parser.ts';
import type { MigratedDeployment } from '../../action/migrations/run-migrations.ts';
import { planSchemaSteps } from '../../policies/schema-steps/plan-schema-steps.ts';
import type { MigrationPolicy } from '../../policies/schema-steps/migration-policy.ts';

/** A policy whose database is in `DATABASE_URL`. */
export function migrationPolicy(changes: Partial<MigrationPolicy> = {}): MigrationPolicy {
  return {
    files: ['migrations/*.sql'],
    runner: 'evenkeel',
    database: 'env:DATABASE_URL',
    scratch: null,
    lockTimeoutSeconds: 0.2,
    statementTimeoutSeconds: 20,
    ...changes,
  };
}

type Files = Readonly<Record<string, string>>;

/** Commits these files on top of what is there, and says what a rollout from one to the other keeps of it. */
export async function releaseOfFiles(
  directory: string,
  stable: Files | null,
  added: Files,
  policy: MigrationPolicy = migrationPolicy(),
): Promise<MigratedDeployment> {
  const candidate = { ...stable, ...added };
  rmSync(join(directory, '.git'), { recursive: true, force: true });
  git(directory, 'init', '--quiet');
  const stableCommit = commit(directory, stable ?? { 'README.md': 'nothing yet' });
  const candidateCommit = commit(directory, candidate);
  const { steps, faults } = planSchemaSteps({
    parser: await loadParser(),
    runner: policy.runner,
    stable: stable === null ? null : new Map(Object.entries(stable)),
    candidate: new Map(Object.entries(candidate)),
  });
  const [error] = faults.filter(({ level }) => level === 'error');
  if (error !== undefined) throw new Error(error.message);
  return {
    repository: directory,
    stable: stable === null ? null : releaseOf(stableCommit, 'a'),
    candidate: releaseOf(candidateCommit, 'b'),
    migrations: policy,
    schemaSteps: steps,
  };
}

function releaseOf(commitId: string, letter: string) {
  return { digest: `sha256:${letter.repeat(64)}`, commit: commitId, tree: commitId, directory: '' };
}

function commit(directory: string, files: Files): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  git(directory, 'add', '--all');
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  git(directory, ...who, 'commit', '--quiet', '--allow-empty', '--message', 'files');
  return git(directory, 'rev-parse', 'HEAD').trim();
}

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: directory, encoding: 'utf8', stdio: 'pipe' });
}
