/** A service's migrations, as the policy has them: defaults filled in, seconds. */
export interface MigrationPolicy {
  /** Globs from the root of the repository. */
  files: string[];
  /** Whose file names and markers count; `evenkeel` where this tool applies the files itself. */
  runner: string;
  /** Where the database's URL is, as `env:NAME` or `file:/PATH`; null: migrations are checked, and never applied here. */
  database: string | null;
  /** Where a copy of its schema may be made and dropped again; null: beside it, on the same server. */
  scratch: string | null;
  /** How long a statement may wait for a lock before it gives up and is tried again. */
  lockTimeoutSeconds: number;
  /** How long a statement of an expand may take. */
  statementTimeoutSeconds: number;
}

/** The runners whose files this tool can apply. */
export const appliedRunners: readonly string[] = ['evenkeel', 'flyway'];
