/**
 * One backfill, batch by batch in the order of the key. The cursor moves in the transaction of its batch, so a kill loses
 * at most the batch that was under way, and none is written twice.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { decidePace, firstPace, type Pace } from '../../policies/schema-steps/pace.ts';
import { quoteName } from '../../policies/schema-steps/quote-name.ts';
import type { BackfillStep } from '../../policies/schema-steps/schema-steps.ts';
import type { ApplyOptions } from './apply-step.ts';
import { checkBackfill, tableOf } from './backfill-key.ts';
import { describeError, isContention, type Database } from './connect-database.ts';
import { beginStep, endStep, moveCursor, readLedger } from './ledger.ts';
import type { LoadedStep } from './step-files.ts';
import type { StableWatch } from './watch-stable.ts';

const holdMs = 1000;
const sayEveryMs = 5000;
/** Tables with more rows are not counted: the planner's estimate will do for a progress line. */
const countedRows = 100_000;

interface Batch {
  /** Null: there was no row left. */
  last: string | null;
  rows: number;
}

/** Runs it to its end and returns the rows that it wrote, earlier runs counted in. */
export async function runBackfill(
  step: BackfillStep,
  file: LoadedStep,
  watch: StableWatch,
  options: ApplyOptions,
): Promise<number> {
  const { database, signal } = options;
  await checkBackfill(step, file, database);
  await beginStep(database, step, options.rollout);
  const begun = await readLedger(database, step.path);
  let cursor = begun?.cursor ?? null;
  let rows = begun?.rows ?? 0;
  let pace = firstPace(step.batchRows);
  const total = await rowsOf(step, database);
  const say = progressLines(step, total, options);
  let last: { batchMs: number | null; hadToWait: boolean } = { batchMs: null, hadToWait: false };
  for (;;) {
    signal.throwIfAborted();
    const replicationLagSeconds = await replicationLag(database);
    const strain = await watch.strain();
    const decided = decidePace(pace, { ...last, replicationLagSeconds, strain }, step.batchRows);
    pace = decided.pace;
    say(rows, decided);
    last = { batchMs: null, hadToWait: false };
    if (decided.decision === 'hold') {
      await wait(holdMs, undefined, { signal });
      continue;
    }
    const startedMs = performance.now();
    const batch = await tryBatch(step, file, cursor, pace, options);
    if (batch === null) last = { batchMs: null, hadToWait: true };
    else if (batch.last === null) break;
    else {
      last = { batchMs: performance.now() - startedMs, hadToWait: false };
      cursor = batch.last;
      rows += batch.rows;
    }
    await wait(pace.pauseMs, undefined, { signal });
  }
  await endStep(database, step.path);
  options.progress(`backfill: ${step.path} is done, ${rows} rows written`);
  return rows;
}

/** Null: it gave up waiting for a row's lock, and nothing of it is left. */
async function tryBatch(
  step: BackfillStep,
  file: LoadedStep,
  cursor: string | null,
  pace: Pace,
  { database, policy, signal }: ApplyOptions,
): Promise<Batch | null> {
  await database.query('BEGIN');
  try {
    await database.query(`SET LOCAL lock_timeout = ${policy.lockTimeoutSeconds * 1000}`);
    await database.query(`SET LOCAL statement_timeout = ${policy.statementTimeoutSeconds * 1000}`);
    const page = await nextPage(step, cursor, pace, database);
    let rows = 0;
    if (page !== null) {
      const { rowCount } = await database.query(file.statements[0]?.text ?? '', [page.first, page.last]);
      rows = rowCount ?? 0;
      await moveCursor(database, step.path, page.last, rows);
    }
    await database.query('COMMIT');
    return { last: page?.last ?? null, rows };
  } catch (error) {
    await database.query('ROLLBACK').catch(() => undefined);
    signal.throwIfAborted();
    if (isContention(error)) return null;
    throw describeError(error, `the backfill ${step.path}${cursor === null ? '' : ` after key ${cursor}`}`);
  }
}

/** The first and the last key of the next batch, as texts; null when no row is left. */
async function nextPage(
  step: BackfillStep,
  cursor: string | null,
  { batchRows }: Pace,
  database: Database,
): Promise<{ first: string; last: string } | null> {
  const key = quoteName([step.key]);
  // `page.k` and not `k`: a bare name would be that of the text in front of it, and texts sort 10 before 9.
  const { rows } = await database.query<{ first: string | null; last: string | null }>(
    `WITH page AS (SELECT ${key} AS k FROM ${tableOf(step)}
       ${cursor === null ? '' : `WHERE ${key} > $2`} ORDER BY ${key} LIMIT $1)
     SELECT (SELECT page.k::text FROM page ORDER BY page.k LIMIT 1) AS first,
            (SELECT page.k::text FROM page ORDER BY page.k DESC LIMIT 1) AS last`,
    cursor === null ? [batchRows] : [batchRows, cursor],
  );
  const [page] = rows;
  return page?.first == null || page.last == null ? null : { first: page.first, last: page.last };
}

async function rowsOf(step: BackfillStep, database: Database): Promise<number> {
  const { rows } = await database.query<{ seen: string; estimate: string }>(
    `SELECT (SELECT count(*) FROM (SELECT 1 FROM ${tableOf(step)} LIMIT ${countedRows}) AS first_rows) AS seen,
            (SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass($1)) AS estimate`,
    [tableOf(step)],
  );
  const seen = Number(rows[0]?.seen ?? 0);
  return seen < countedRows ? seen : Math.max(seen, Number(rows[0]?.estimate ?? 0));
}

/** How far the furthest replica is behind; null where there is none, or the role may not see it. */
async function replicationLag(database: Database): Promise<number | null> {
  const { rows } = await database.query<{ seconds: string | null }>(
    'SELECT max(extract(epoch FROM replay_lag)) AS seconds FROM pg_stat_replication',
  );
  const seconds = rows[0]?.seconds ?? null;
  return seconds === null ? null : Number(seconds);
}

/** A line when it begins, every few seconds, and whenever it is held or let go on. */
function progressLines(step: BackfillStep, total: number, { progress }: Pick<ApplyOptions, 'progress'>) {
  let saidMs = Number.NEGATIVE_INFINITY;
  let heldFor: string | null = null;
  return (rows: number, decided: ReturnType<typeof decidePace>): void => {
    const held = decided.decision === 'hold' ? decided.reason : null;
    if (held !== heldFor) {
      progress(
        held === null
          ? `backfill: ${step.path} goes on`
          : `backfill: ${step.path} is held after ${rows} rows: ${held}`,
      );
      heldFor = held;
    }
    if (performance.now() - saidMs < sayEveryMs) return;
    saidMs = performance.now();
    const slowed = decided.reason === null ? '' : `, slowed down since ${decided.reason}`;
    progress(
      `backfill: ${step.path}: ${rows} rows written of about ${total} in the table, ${decided.pace.batchRows} a batch${slowed}`,
    );
  };
}
