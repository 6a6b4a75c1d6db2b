import type { MigrationPolicy } from '../../policies/schema-steps/migration-policy.ts';
import type { RolloutPlan } from '../../policies/rollout/state.ts';
import type { SchemaSteps } from '../../policies/schema-steps/schema-steps.ts';
import type { Release } from '../../stacks/exposure.ts';
import { effectFailure } from '../../stacks/failure.ts';
import type { Router } from '../../stacks/local/router/router.ts';

/** What of a deployment the schema steps need. */
export interface MigratedDeployment {
  repository: string;
  stable: Release | null;
  candidate: Release;
  schemaSteps?: SchemaSteps;
  migrations?: MigrationPolicy;
}

export interface MigrationsOptions {
  deployment: MigratedDeployment;
  plan: RolloutPlan;
  connectRouter(): Promise<Router | null>;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  progress(line: string): void;
}

/** What became of the files that a release adds. */
export interface MigrateOutcome {
  /** Paths that were applied by this call, and those that had been before. */
  applied: string[];
  alreadyApplied: string[];
  /** The try on a copy of the schema; null when nothing was left to apply. */
  rehearsal: { undone: string[]; seconds: number } | null;
}

export interface BackfillOutcome {
  /** Rows that were written, by path; whatever earlier runs wrote is counted in. */
  rows: Record<string, number>;
}

export interface Migrations {
  /** Applies what the release adds to the schema: tried, taken back and tried again on a copy first. */
  expand(signal: AbortSignal): Promise<MigrateOutcome>;
  /** Fills what was added, batch by batch, at the pace that the running version bears. */
  backfill(signal: AbortSignal): Promise<BackfillOutcome>;
}

export function openMigrations(_options: MigrationsOptions): Migrations {
  const missing = () =>
    Promise.reject(effectFailure('not-available', 'migrations cannot be applied yet', false));
  return { expand: missing, backfill: missing };
}
