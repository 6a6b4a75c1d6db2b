import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { openMigrations, type MigratedDeployment } from '../../action/migrations/run-migrations.ts';
import { Failure } from '../../stacks/failure.ts';
import type { Router, ReleaseCounters } from '../../stacks/local/router/router.ts';
import { skipWithoutPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { releaseOfFiles } from '../support/schema-release.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const skip = skipWithoutPostgres();
let server: PostgresServer;
before(async () => {
  if (skip === false) server = await startPostgres();
});
after(async () => {
  if (skip === false) await server.stop();
});

const plan = { rollout: '7', service: 'shop', environment: 'production' };
const rowCount = 3000;
const users = `CREATE TABLE users (id bigint PRIMARY KEY, first_name text);
INSERT INTO users SELECT n * 3, 'Ada' FROM generate_series(1, ${rowCount}) AS n;`;
const added = {
  'migrations/2_writes.sql': 'ALTER TABLE users ADD COLUMN writes integer DEFAULT 0;',
  // Not idempotent on purpose: a batch that were written twice would show.
  'migrations/3_writes.backfill.sql': `-- evenkeel: backfill table=users key=id batch=100
UPDATE users SET writes = writes + 1 WHERE id BETWEEN $1 AND $2;`,
};
const backfillPath = 'migrations/3_writes.backfill.sql';

interface Shop {
  url: string;
  directory: string;
  deployment: MigratedDeployment;
  writes(): Promise<unknown>;
}

async function shop(
  context: TestContext,
  name: string,
  files: Record<string, string> = added,
): Promise<Shop> {
  const url = await server.createDatabase(name, users);
  const directory = temporaryDirectory(context);
  const deployment = await releaseOfFiles(directory, { 'migrations/1_users.sql': users }, files);
  const writes = async (): Promise<unknown> =>
    await server.query(name, 'SELECT writes, count(*)::int AS rows FROM users GROUP BY 1 ORDER BY 1');
  return { url, directory, deployment, writes };
}

function open(
  { url, deployment }: Shop,
  lines: string[] = [],
  router: Pick<Router, 'counters'> | null = null,
) {
  return openMigrations({
    deployment,
    plan,
    connectRouter: () => Promise.resolve(router),
    env: { ...process.env, DATABASE_URL: url },
    progress: (line) => lines.push(line),
  });
}

const never = new AbortController().signal;
const everyRowOnce = [{ writes: 1, rows: rowCount }];

test('a backfill covers every row once, in batches, and says how far it is', { skip }, async (context) => {
  const scene = await shop(context, 'batches');
  const lines: string[] = [];
  const migrations = open(scene, lines);
  await migrations.expand(never);
  assert.deepEqual(await migrations.backfill(never), { rows: { [backfillPath]: rowCount } });
  assert.deepEqual(await scene.writes(), everyRowOnce);
  assert.ok(
    lines.some((line) => line.includes(`0 rows written of about ${rowCount}`)),
    lines.join('\n'),
  );
  assert.deepEqual(await migrations.backfill(never), { rows: { [backfillPath]: rowCount } }, 'done is done');
  assert.deepEqual(await scene.writes(), everyRowOnce);
});

test('killed at any place, it goes on where it was', { skip }, async (context) => {
  const scene = await shop(context, 'killed', {
    ...added,
    'migrations/2_z_index.sql': 'CREATE INDEX CONCURRENTLY users_first ON users (first_name);',
  });
  const file = join(scene.directory, 'deployment.json');
  writeFileSync(file, JSON.stringify(scene.deployment));
  const script = join(import.meta.dirname, '../support/migrate-process.ts');
  const run = (until: (printed: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [script, file], {
        env: { ...process.env, DATABASE_URL: scene.url },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let printed = '';
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString('utf8');
        if (until(printed)) child.kill('SIGKILL');
      });
      child.once('error', reject);
      child.once('exit', () => resolve(printed));
    });
  const saw = (text: string) => (printed: string) => printed.includes(text);
  await run(saw('tried on a copy'));
  await run(saw('2_writes.sql is applied'));
  await run(saw('0 rows written'));
  const last = await run(() => false);
  assert.match(last, new RegExp(`done {"${backfillPath}":${rowCount}}`));
  assert.deepEqual(await scene.writes(), everyRowOnce);
  const broken = await server.query('killed', 'SELECT 1 FROM pg_index WHERE NOT indisvalid');
  assert.deepEqual(broken, []);
});

test(
  'cut between two batches, and with the database gone in the middle, nothing is lost',
  { skip },
  async (context) => {
    const scene = await shop(context, 'cut');
    const migrations = open(scene);
    await migrations.expand(never);
    const rowsWritten = async (): Promise<number> => {
      const [row] = await server.query('cut', 'SELECT count(*)::int AS n FROM users WHERE writes > 0');
      return Number(row?.['n']);
    };
    const cut = new AbortController();
    const first = migrations.backfill(cut.signal).catch(() => 'cut');
    await until('the first batches', async () => (await rowsWritten()) > 0);
    cut.abort();
    assert.equal(await first, 'cut');
    const before = await rowsWritten();
    assert.ok(before < rowCount, 'it was cut in the middle');
    const second = migrations.backfill(never).catch((error: unknown) => error);
    await until('a further batch', async () => (await rowsWritten()) > before);
    await server.kill();
    const failure = await second;
    await server.start();
    assert.ok(failure instanceof Failure, String(failure));
    assert.equal(failure.reasonCode, 'database-unreachable');
    assert.ok(failure.mayRetry);
    await migrations.backfill(never);
    assert.deepEqual(await scene.writes(), everyRowOnce);
  },
);

test('rows that somebody holds slow it down and are covered in the end', { skip }, async (context) => {
  const scene = await shop(context, 'held_rows');
  const lines: string[] = [];
  const migrations = open(scene, lines);
  await migrations.expand(never);
  const holder = await server.connect('held_rows');
  await holder.query('BEGIN; UPDATE users SET first_name = $$Grace$$ WHERE id = 3');
  const running = migrations.backfill(never);
  const waits = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'evenkeel' AND wait_event_type = 'Lock'`;
  await until('a batch that waits', async () => (await server.query('held_rows', waits)).length > 0);
  await until('a batch that gave up', async () => (await server.query('held_rows', waits)).length === 0);
  await holder.query('COMMIT');
  await holder.end();
  await running;
  assert.deepEqual(await scene.writes(), everyRowOnce);
});

test('a key that does not walk the table is refused', { skip }, async (context) => {
  const cases = [
    ['no_column', 'key=number', /there is no such table or column/],
    ['no_index', 'key=first_name', /not a NOT NULL column with a unique index/],
  ] as const;
  for (const [name, key, message] of cases) {
    const column = key.slice('key='.length);
    const scene = await shop(context, name, {
      'migrations/3_writes.backfill.sql': `-- evenkeel: backfill table=users ${key}
UPDATE users SET first_name = 'x' WHERE ${column} BETWEEN $1 AND $2;`,
    });
    await assert.rejects(open(scene).backfill(never), message);
  }
});

// The counters are made up: this proves what is done about them, and not that a router counts so.
test(
  'it holds while the running version is worse off than before, and then goes on',
  { skip },
  async (context) => {
    const scene = await shop(context, 'strained');
    const lines: string[] = [];
    const counts = { requests: 10_000, errors: 10 };
    let perLook = { requests: 100, errors: 60 };
    const counters = (): ReleaseCounters => ({
      ...counts,
      latency: { boundsMs: [10, 100], counts: [counts.requests, counts.requests], answered: counts.requests },
      inFlight: 0,
    });
    const router = {
      counters: () => {
        const answer = { versions: { [scene.deployment.stable?.digest ?? '']: counters() } };
        counts.requests += perLook.requests;
        counts.errors += perLook.errors;
        return Promise.resolve(answer);
      },
    };
    const migrations = open(scene, lines, router);
    await migrations.expand(never);
    const holder = await server.connect('strained');
    // The first batch waits until the version has been looked at.
    await holder.query('BEGIN; UPDATE users SET first_name = $$Grace$$ WHERE id = 3');
    const running = migrations.backfill(never);
    await until('the hold', () =>
      lines.some((line) => line.includes('is held after 0 rows: the running version fails')),
    );
    await holder.query('COMMIT');
    await holder.end();
    assert.deepEqual(await scene.writes(), [{ writes: 0, rows: rowCount }]);
    perLook = { requests: 100, errors: 0 };
    await running;
    assert.ok(lines.some((line) => line.endsWith('goes on')));
    assert.deepEqual(await scene.writes(), everyRowOnce);
  },
);
