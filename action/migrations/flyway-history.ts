/**
 * Flyway's own record of what it has applied. A file that stands there is not applied again, and what is applied here is
 * entered there, so that a `flyway migrate` that comes later, by a start script or by hand, finds it done. The checksum
 * is Flyway's: CRC-32 over the lines of the file without their ends, as a signed number.
 */
import { crc32 } from 'node:zlib';
import { baseName, flywayVersion } from '../../policies/schema-steps/migration-files.ts';
import type { SchemaFile } from '../../policies/schema-steps/schema-steps.ts';
import { inputFailure } from '../../stacks/failure.ts';
import type { Database } from './connect-database.ts';
import type { LoadedStep } from './step-files.ts';

const table = 'flyway_schema_history';

async function hasHistory(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
    table,
  ]);
  return rows[0]?.found === true;
}

export async function isInHistory(database: Database, { path }: SchemaFile): Promise<boolean> {
  if (!(await hasHistory(database))) return false;
  const { rows } = await database.query<{ success: boolean }>(
    `SELECT success FROM ${table} WHERE script = $1 ORDER BY installed_rank DESC LIMIT 1`,
    [baseName(path)],
  );
  const [row] = rows;
  if (row?.success === false) {
    throw inputFailure(
      'migration-failed',
      `Flyway's history says that ${path} failed before; run \`flyway repair\` after looking at what it left, then go on with \`evenkeel deploy --resume\``,
    );
  }
  return row !== undefined;
}

/** Enters a file that was applied here, in the same transaction. Where Flyway has no history there is none to keep. */
export async function enterInHistory(database: Database, { path, text }: LoadedStep): Promise<void> {
  const named = flywayVersion(path);
  if (named === null || !(await hasHistory(database))) return;
  await database.query(
    `INSERT INTO ${table}
       (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
     SELECT coalesce(max(installed_rank), 0) + 1, $1, $2, 'SQL', $3, $4, current_user, 0, true FROM ${table}`,
    [named.version, named.description.slice(0, 200), baseName(path), flywayChecksum(text)],
  );
}

export function flywayChecksum(text: string): number {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  // The last line's end begins no further line.
  if (lines.at(-1) === '') lines.pop();
  return lines.reduce((sum, line) => crc32(line, sum), 0) | 0;
}
