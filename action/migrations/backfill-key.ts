import { quoteName } from '../../policies/schema-steps/quote-name.ts';
import type { BackfillStep } from '../../policies/schema-steps/schema-steps.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { describeError, type Database } from './connect-database.ts';
import type { LoadedStep } from './step-files.ts';

/** The table as SQL takes it. */
export function tableOf({ table }: Pick<BackfillStep, 'table'>): string {
  return quoteName(table.split('.'));
}

/**
 * Refuses a backfill whose key does not walk the table: a cursor over a column with equal or missing values would skip
 * rows, one without an index would read the whole table for each batch. Then runs its statement over no row at all.
 */
export async function checkBackfill(step: BackfillStep, file: LoadedStep, database: Database): Promise<void> {
  const { rows } = await database
    .query<{ walks: boolean }>(
      `SELECT coalesce(bool_or(i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL
                AND i.indkey[0] = a.attnum), false) AND bool_and(a.attnotnull) AS walks
       FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid
       WHERE a.attrelid = to_regclass($1) AND a.attname = $2 AND NOT a.attisdropped
       GROUP BY a.attnum`,
      [tableOf(step), step.key],
    )
    .catch((error: unknown) => {
      throw describeError(error, `looking at the key of ${step.path}`);
    });
  const walks = rows[0]?.walks ?? null;
  if (walks === null) {
    throw inputFailure(
      'backfill-key',
      `${step.path} walks ${step.table} by ${step.key}, and there is no such table or column; correct the comment at its head`,
    );
  }
  if (!walks) {
    throw inputFailure(
      'backfill-key',
      `${step.path} walks ${step.table} by ${step.key}, which is not a NOT NULL column with a unique index of its own; name the primary key`,
    );
  }
  const [statement] = file.statements;
  await database.query('BEGIN');
  try {
    await database.query(statement?.text ?? '', [null, null]);
  } catch (error) {
    throw describeError(error, `trying ${step.path} on no row`);
  } finally {
    await database.query('ROLLBACK');
  }
}
