/**
 * A change of the schema down the whole road: an expand and a backfill under load, killed in the backfill and taken up
 * again; then what they replaced is dropped, which is refused as long as the version that runs names it. PostgreSQL,
 * releases, router, instances and the command line are real.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createShopRepository } from '../../action/demo/shop-repository.ts';
import { freePort } from '../support/free-port.ts';
import { startLoad } from '../support/load.ts';
import {
  skipWithoutPostgres,
  startPostgres,
  testPassword,
  type PostgresServer,
} from '../support/postgres.ts';
import { runEvenkeel, type CliResult, type CliRun } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const skip = skipWithoutPostgres();
let postgres: PostgresServer;
before(async () => {
  if (skip === false) postgres = await startPostgres();
});
after(() => postgres.stop());

const pgModule = join(import.meta.dirname, '../../node_modules/pg/esm/index.mjs');
const policyOf = (port: number): string => `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    migrations: { files: shop/migrations/*.sql, database: env:DATABASE_URL, lockTimeout: 500ms }
    run:
      command: node server.js
      directory: shop
      port: ${port}
      router: embedded
      env: { DATABASE_URL: env:DATABASE_URL, PG_MODULE: ${pgModule} }
    metrics: [{ name: errors, slack: 1%, critical: true }]
approval: { required: 1 }
rollout: { preset: fast, steps: [50%], soak: 1s, deadline: 120s, bake: 1s }
unclaimed: allow
`;

/** Asks the database for every answer, so that a column that is missing fails a request. */
const serverOf = (expression: string): string => `import { createServer } from 'node:http';
const { default: pg } = await import(process.env.PG_MODULE);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
createServer(async (request, response) => {
  response.setHeader('x-evenkeel-release', process.env.EVENKEEL_RELEASE);
  try {
    const { rows } = await pool.query("SELECT ${expression} AS name FROM people ORDER BY id LIMIT 1");
    response.end(rows[0]?.name ?? 'nobody');
  } catch (error) {
    response.writeHead(500).end(error.message);
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const migrations = 'shop/migrations';
const people = `CREATE TABLE people (id bigint PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL);`;
const backfill = `-- evenkeel: backfill table=people key=id batch=50
UPDATE people SET full_name = first_name || ' ' || last_name WHERE id BETWEEN $1 AND $2;`;
const drop = `SET lock_timeout = '1s';
ALTER TABLE people DROP COLUMN first_name;`;

test('expand, backfill with a kill in it, contract', { skip }, async (context) => {
  const repository = createShopRepository(join(temporaryDirectory(context), 'shop'));
  const url = await postgres.createDatabase('people');
  const port = await freePort();
  const pulumi = process.env['EVENKEEL_PULUMI'];
  const evenkeel = (args: string[], onProgress?: CliRun['onProgress']): Promise<CliResult> =>
    runEvenkeel(args, {
      directory: repository.directory,
      env: { DATABASE_URL: url, ...(pulumi !== undefined && { EVENKEEL_PULUMI: pulumi }) },
      ...(onProgress !== undefined && { onProgress }),
    });
  // Before the directory goes, which holds what is known of the processes.
  context.after(async () => {
    const down = await evenkeel(['down', '--service', 'shop', '--yes']);
    assert.ok(down.exitCode === 0 || /was not deployed/.test(down.stderr), down.stderr);
  });
  const commit = (note: string, files: Record<string, string>): string[] => {
    const made = repository.commit(note, files);
    return ['--head', made.sha, '--evidence', repository.writeEvidence(made, true)];
  };
  const deploy = (which: string[], onProgress?: CliRun['onProgress']): Promise<CliResult> =>
    evenkeel(['deploy', '--json', ...which], onProgress);
  repository.commit('policy', {
    'evenkeel.yml': policyOf(port),
    'shop/package.json': '{ "type": "module" }\n',
  });

  const first = await deploy(
    commit('first', { [`${migrations}/1_people.sql`]: people, 'shop/server.js': serverOf('first_name') }),
  );
  assert.equal(first.exitCode, 0, first.stderr);
  await postgres.query(
    'people',
    `INSERT INTO people SELECT n, 'Ada', 'Shore' FROM generate_series(1, 4000) AS n`,
  );

  const load = startLoad(`http://127.0.0.1:${port}`, 4, { keyed: true });
  try {
    const second = commit('full name', {
      [`${migrations}/2_full_name.sql`]: 'ALTER TABLE people ADD COLUMN full_name text;',
      [`${migrations}/3_full_name.backfill.sql`]: backfill,
      'shop/server.js': serverOf('full_name'),
      'shop/export.js': '// writes first_name\n',
    });
    const killed = await deploy(second, (stderr, processId) => {
      if (stderr.includes('backfill: ')) process.kill(processId, 'SIGKILL');
    });
    assert.equal(killed.exitCode, null, `it was killed\n${killed.stderr}`);
    const resumed = await evenkeel(['deploy', '--json', '--resume', ...second.slice(2)]);
    assert.equal(resumed.exitCode, 0, resumed.stderr);
    assert.match(
      resumed.stderr,
      /backfill: shop\/migrations\/3_full_name\.backfill\.sql is done, 4000 rows written/,
    );
    assert.doesNotMatch(resumed.stderr, /2_full_name\.sql is applied/, 'it had been applied before the kill');
    const missing = await postgres.query('people', 'SELECT id FROM people WHERE full_name IS NULL');
    assert.deepEqual(missing, []);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'Ada Shore');

    const contract = { [`${migrations}/4_drop.sql`]: drop, 'shop/export.js': '// writes full_name\n' };
    const unwaived = commit('drop', contract);
    const checked = await evenkeel(['check', '--json', '--head', unwaived[1] ?? '']);
    const waivers = `version: 1\nwaivers:\n${fingerprintsIn(checked.stdout).map(waiverOf).join('')}`;
    const refused = await deploy(commit('waive', { 'evenkeel.waivers.yml': waivers }));
    assert.equal(refused.exitCode, 1, refused.stdout);
    assert.match(refused.stdout, /contract-needed/);
    assert.match(
      refused.stdout,
      /the stable version of shop in production .* mentions `first_name` in shop\/export\.js/,
    );

    const answered = `-- evenkeel: unused first_name: the export of the last release is not run any more\n${drop}`;
    const last = await deploy(commit('answer', { [`${migrations}/4_drop.sql`]: answered }));
    assert.equal(last.exitCode, 0, last.stdout + last.stderr);
    const columns = `SELECT 1 FROM information_schema.columns WHERE column_name = 'first_name'`;
    assert.deepEqual(await postgres.query('people', columns), []);
    for (const { stdout, stderr } of [first, killed, resumed, refused, last])
      assert.ok(!`${stdout}${stderr}`.includes(testPassword));
  } finally {
    await load.stop();
  }
  assert.equal(load.result.failed, 0, load.result.failures.join('\n'));
});

function fingerprintsIn(json: string): string[] {
  return [...json.matchAll(/"fingerprint":\s*"([0-9a-f]{32})"/g)].map(([, digest = '']) => digest);
}

function waiverOf(fingerprint: string): string {
  const expires = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  return `  - { fingerprint: ${fingerprint}, owner: ada@example.com, reason: nothing reads it, expires: ${expires} }\n`;
}
