import { matchesGlobs } from '../../analyzers/claim.ts';
import { textOf } from '../../analyzers/change.ts';
import type { Tree } from '../../analyzers/scope.ts';
import { parseSql, type SqlStatement } from '../../analyzers/sql/document.ts';
import { loadParser } from '../../analyzers/sql/parser.ts';
import type { MigrationPolicy } from '../../policies/schema-steps/migration-policy.ts';
import { digestOf } from '../../policies/schema-steps/plan-schema-steps.ts';
import type { SchemaFile } from '../../policies/schema-steps/schema-steps.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { openTrees } from '../repository/read-changes.ts';

/** The texts of all migration files of one revision, by path. */
export async function readMigrationFiles(
  tree: Tree,
  { files }: Pick<MigrationPolicy, 'files'>,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const path of await tree.list()) {
    if (!matchesGlobs(path, files)) continue;
    // A file that is no text is met as one that cannot be classified.
    texts.set(path, textOf(await tree.read(path)) ?? '\0');
  }
  return texts;
}

export interface LoadedStep extends SchemaFile {
  text: string;
  /** Those that are run as the file is applied, in order. */
  statements: SqlStatement[];
}

/** Reads files of a release again, and only as they were planned. */
export interface StepFiles {
  read(file: SchemaFile): Promise<LoadedStep>;
  close(): void;
}

export function openStepFiles(repository: string, commit: string, runner: string): StepFiles {
  const { trees, close } = openTrees(repository, [commit]);
  return {
    async read({ path, digest }) {
      const text = textOf(await trees[0]?.read(path));
      if (text === undefined || digestOf(text) !== digest) {
        throw effectFailure(
          'migration-changed',
          `${path} is not in ${commit.slice(0, 12)} as it was when the rollout was planned; restore the repository, then go on with \`evenkeel deploy --resume\``,
          false,
        );
      }
      const document = parseSql(await loadParser(), text, path, runner);
      if (document.outcome === 'refused')
        throw effectFailure('migration-failed', `${path} cannot be read: ${document.message}`, false);
      const statements = document.statements.filter(({ moment }) => moment === 'migration');
      return { path, digest, text, statements };
    },
    close,
  };
}
