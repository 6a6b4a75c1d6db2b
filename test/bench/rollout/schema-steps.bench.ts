/** A column replaced over three releases of a service under load, on a real PostgreSQL, with a kill in the backfill. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, testPassword } from '../../support/postgres.ts';
import { openSchemaRoad } from '../../support/schema-road.ts';
import type { BenchRow } from '../bench-row.ts';

const rows = 20_000;

export async function schemaStepsBench(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'));
  const postgres = await startPostgres();
  const road = await openSchemaRoad(directory, postgres);
  try {
    const first = await road.first(rows);
    const load = road.startLoad();
    const { resumed } = await road.expand();
    const filled = await postgres.query('people', 'SELECT count(full_name)::int AS rows FROM people');
    const refused = await road.contractTooEarly();
    const dropped = await road.contract();
    const { failed, requests, failures } = await load.stop();
    const gone = `SELECT 1 FROM information_schema.columns WHERE column_name = 'first_name'`;
    const exitCodes = [first, resumed, refused, dropped].map(({ exitCode }) => exitCode);
    const isDropped = (await postgres.query('people', gone)).length === 0;
    const missing = rows - Number(filled[0]?.['rows'] ?? 0);
    const isSilent = !road.printed().includes(testPassword);
    return [
      row(
        'requests failed over three releases',
        failed,
        'requests',
        `of ${requests}; ${failures.join('; ')}`,
      ),
      row('rows not filled after a kill in the backfill', missing, 'rows', `of ${rows}`),
      row(
        'releases that did not end as they should',
        strays(exitCodes, isDropped),
        'releases',
        exitCodes.join(' '),
      ),
      row('commands that printed the password', isSilent ? 0 : 1, 'commands', ''),
    ];
  } finally {
    await road.down();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Settled, settled, refused, settled. */
function strays(exitCodes: readonly (number | null)[], isDropped: boolean): number {
  const wanted = [0, 0, 1, 0];
  return wanted.filter((code, index) => code !== exitCodes[index]).length + (isDropped ? 0 : 1);
}

function row(name: string, value: number, unit: string, detail: string): BenchRow {
  return { name, value, unit, goal: '0', isMet: value === 0, detail };
}
