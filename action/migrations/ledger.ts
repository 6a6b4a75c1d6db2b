/**
 * What has been done to a database, kept in the database itself: a file's row is written in the transaction that applied
 * it, a batch's cursor in that of the batch. So a process that is killed anywhere leaves either both or neither.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { effectFailure } from '../../stacks/failure.ts';
import type { Database } from './connect-database.ts';

export interface LedgerRow {
  digest: string;
  state: 'begun' | 'done';
  /** Of a file whose statements are applied one by one: how many are done, and the one that was begun. */
  statementsDone: number;
  statementsBegun: number;
  /** Of a backfill: the last key of the last batch; null before the first. */
  cursor: string | null;
  rows: number;
}

const table = 'evenkeel_schema_steps';
/** Any two tools that apply migrations to one database meet at this number. */
const advisoryKey = '8101237653010517';
const lockWaitMs = 60_000;
const lockPollMs = 200;

/** Makes the table where it is missing. The caller holds the lock. */
export async function ensureLedger(database: Database): Promise<void> {
  await database.query(`CREATE TABLE IF NOT EXISTS ${table} (
    path text PRIMARY KEY,
    digest text NOT NULL,
    state text NOT NULL CHECK (state IN ('begun', 'done')),
    statements_done integer NOT NULL DEFAULT 0,
    statements_begun integer NOT NULL DEFAULT 0,
    cursor_key text,
    row_count bigint NOT NULL DEFAULT 0,
    rollout text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz
  )`);
}

/** Holds the database against every other tool of this kind until the session ends. */
export async function lockDatabase(database: Database, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + lockWaitMs;
  for (;;) {
    const { rows } = await database.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
      advisoryKey,
    ]);
    if (rows[0]?.held === true) return;
    if (performance.now() > deadlineMs) {
      throw effectFailure(
        'migrations-busy',
        'another process applies migrations to this database; wait for it, or end its session, and go on with `evenkeel deploy --resume`',
        true,
      );
    }
    await wait(lockPollMs, undefined, { signal });
  }
}

interface RawRow {
  digest: string;
  state: LedgerRow['state'];
  statements_done: number;
  statements_begun: number;
  cursor_key: string | null;
  row_count: string;
}

export async function readLedger(database: Database, path: string): Promise<LedgerRow | null> {
  const { rows } = await database.query<RawRow>(
    `SELECT digest, state, statements_done, statements_begun, cursor_key, row_count FROM ${table} WHERE path = $1`,
    [path],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    digest: row.digest,
    state: row.state,
    statementsDone: row.statements_done,
    statementsBegun: row.statements_begun,
    cursor: row.cursor_key,
    rows: Number(row.row_count),
  };
}

export async function beginStep(
  database: Database,
  step: { path: string; digest: string },
  rollout: string,
): Promise<void> {
  await database.query(
    `INSERT INTO ${table} (path, digest, state, rollout) VALUES ($1, $2, 'begun', $3) ON CONFLICT (path) DO NOTHING`,
    [step.path, step.digest, rollout],
  );
}

export async function markStatement(
  database: Database,
  path: string,
  counts: { begun: number; done: number },
): Promise<void> {
  await database.query(`UPDATE ${table} SET statements_begun = $2, statements_done = $3 WHERE path = $1`, [
    path,
    counts.begun,
    counts.done,
  ]);
}

export async function moveCursor(
  database: Database,
  path: string,
  cursor: string,
  rows: number,
): Promise<void> {
  await database.query(`UPDATE ${table} SET cursor_key = $2, row_count = row_count + $3 WHERE path = $1`, [
    path,
    cursor,
    rows,
  ]);
}

export async function endStep(database: Database, path: string): Promise<void> {
  await database.query(`UPDATE ${table} SET state = 'done', done_at = now() WHERE path = $1`, [path]);
}

/** Backfills that were begun and not ended, by path. */
export async function unfinishedBackfills(database: Database): Promise<string[]> {
  const { rows } = await database.query<{ path: string }>(
    `SELECT path FROM ${table} WHERE state = 'begun' AND path LIKE '%.backfill.sql' ORDER BY path`,
  );
  return rows.map(({ path }) => path);
}

/** Takes a file's row away: it has been taken back on a copy. */
export async function forgetStep(database: Database, path: string): Promise<void> {
  await database.query(`DELETE FROM ${table} WHERE path = $1`, [path]);
}
