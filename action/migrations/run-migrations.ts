/**
 * The schema's part of a rollout: what the candidate's files add to the database before anybody meets it, and the
 * backfill behind that. Both are done again after a kill, and find in the database's ledger how far they had come.
 */
import type { MigrationPolicy } from '../../policies/schema-steps/migration-policy.ts';
import type { RolloutPlan } from '../../policies/rollout/state.ts';
import {
  noSchemaSteps,
  type SchemaFile,
  type SchemaSteps,
} from '../../policies/schema-steps/schema-steps.ts';
import type { Release } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { applyStep, stateOfStep, type ApplyOptions } from './apply-step.ts';
import { databaseUrl, describeError, withConnection, type Database } from './connect-database.ts';
import { ensureLedger, lockDatabase, readLedger, unfinishedBackfills } from './ledger.ts';
import { rehearseSteps, type StepRehearsal } from './rehearse-steps.ts';
import { runBackfill } from './run-backfill.ts';
import { openStepFiles, type StepFiles } from './step-files.ts';
import { watchStable } from './watch-stable.ts';

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
  plan: Pick<RolloutPlan, 'rollout' | 'service' | 'environment'>;
  /** Where the running version's requests are counted; null: nowhere. */
  connectRouter(): Promise<Pick<Router, 'counters'> | null>;
  env: Readonly<Record<string, string | undefined>>;
  progress(line: string): void;
}

/** What became of the files that a release adds. */
export interface MigrateOutcome {
  /** Paths that were applied by this call, and those that had been before. */
  applied: string[];
  alreadyApplied: string[];
  /** The try on a copy of the schema; null when there was nothing new to try. */
  rehearsal: StepRehearsal | null;
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

interface Session {
  database: Database;
  url: URL;
  files: StepFiles;
  steps: SchemaSteps;
  migrations: MigrationPolicy & { database: string };
  apply: ApplyOptions;
}

export function openMigrations(options: MigrationsOptions): Migrations {
  return {
    expand: (signal) => withSession(options, signal, (session) => expand(session, options)),
    backfill: (signal) => withSession(options, signal, (session) => backfill(session, options)),
  };
}

/** One session that holds the database against others; whatever fails comes out as one sentence. */
async function withSession<Result>(
  options: MigrationsOptions,
  signal: AbortSignal,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { deployment, plan, env, progress } = options;
  const { migrations, schemaSteps } = deployment;
  if (migrations === undefined || migrations.database === null) {
    throw inputFailure(
      'database-unknown',
      `rollout ${plan.rollout} has schema steps and names no database; set \`migrations.database\` in the policy and deploy again`,
    );
  }
  const named = { ...migrations, database: migrations.database };
  const url = databaseUrl(named.database, env);
  const files = openStepFiles(deployment.repository, deployment.candidate.commit, named.runner);
  try {
    return await withConnection(url, signal, async (database) => {
      await lockDatabase(database, signal);
      await ensureLedger(database);
      const apply: ApplyOptions = {
        database,
        policy: named,
        rollout: plan.rollout,
        progress: (line) => progress(line),
        signal,
      };
      return await work({
        database,
        url,
        files,
        steps: schemaSteps ?? noSchemaSteps,
        migrations: named,
        apply,
      });
    });
  } catch (error) {
    signal.throwIfAborted();
    throw describeError(error, 'applying the migrations');
  } finally {
    files.close();
  }
}

async function expand(session: Session, options: MigrationsOptions): Promise<MigrateOutcome> {
  const { steps, files, database, apply, migrations, url } = session;
  const order: SchemaFile[] = [...steps.expand, ...steps.contract];
  const states = new Map<string, string>();
  for (const step of order) states.set(step.path, await stateOfStep(step, apply));
  const stateOf = ({ path }: SchemaFile): string | undefined => states.get(path);
  if (steps.contract.length > 0) await refuseUnfinishedBackfill(database, steps.contract[0]?.path ?? '');
  const isNew = (step: SchemaFile): boolean => stateOf(step) === 'new';
  const todo = order.filter((step) => stateOf(step) !== 'applied');
  const rehearsal = !order.some(isNew)
    ? null
    : await rehearseSteps(
        { steps, expand: steps.expand.filter(isNew), contract: steps.contract.filter(isNew) },
        files,
        {
          source: url,
          server: migrations.scratch === null ? url : databaseUrl(migrations.scratch, options.env),
          place: options.plan,
          env: options.env,
          signal: apply.signal,
        },
        apply,
      );
  if (rehearsal !== null) sayRehearsal(rehearsal, options);
  for (const step of todo) {
    await applyStep(await files.read(step), apply);
    options.progress(`migration: ${step.path} is applied`);
  }
  const done = new Set(todo);
  return {
    applied: todo.map(({ path }) => path),
    alreadyApplied: order.filter((step) => !done.has(step)).map(({ path }) => path),
    rehearsal,
  };
}

function sayRehearsal({ undone, seconds }: StepRehearsal, { progress }: MigrationsOptions): void {
  const back =
    undone.length === 0 ? 'no way back to try' : `taken back and applied again: ${undone.join(', ')}`;
  progress(`migration: tried on a copy of the schema in ${seconds.toFixed(1)} s; ${back}`);
}

/** The journals say that the release with the backfill has settled; the database has the last word on whether it ended. */
async function refuseUnfinishedBackfill(database: Database, path: string): Promise<void> {
  const [unfinished] = await unfinishedBackfills(database);
  if (unfinished === undefined) return;
  throw inputFailure(
    'expand-not-settled',
    `${path} is refused: the backfill ${unfinished} has begun and not ended in this database; deploy the release with it again and let it settle first`,
  );
}

async function backfill(session: Session, options: MigrationsOptions): Promise<BackfillOutcome> {
  const { steps, files, database, apply } = session;
  const { deployment } = options;
  const rows: Record<string, number> = {};
  const watch = await watchStable(deployment.stable?.digest ?? null, () => options.connectRouter());
  for (const step of steps.backfill) {
    const state = await stateOfStep(step, apply);
    rows[step.path] =
      state === 'applied'
        ? ((await readLedger(database, step.path))?.rows ?? 0)
        : await runBackfill(step, await files.read(step), watch, apply);
  }
  return { rows };
}
