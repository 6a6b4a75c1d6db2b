import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { openMigrations, type MigratedDeployment } from '../../action/migrations/run-migrations.ts';
import { scratchName } from '../../action/migrations/scratch-copy.ts';
import { Failure } from '../../stacks/failure.ts';
import {
  skipWithoutPostgres,
  startPostgres,
  testPassword,
  type PostgresServer,
} from '../support/postgres.ts';
import { migrationPolicy, releaseOfFiles } from '../support/schema-release.ts';
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
const users = `CREATE TABLE users (id bigint PRIMARY KEY, first_name text, last_name text);
INSERT INTO users SELECT n, 'Ada' || n, 'Shore' FROM generate_series(1, 500) AS n;`;
const base = { 'migrations/1_users.sql': users };

interface Run {
  lines: string[];
  expand(signal?: AbortSignal): Promise<unknown>;
}

function runOf(deployment: MigratedDeployment, url: string): Run {
  const lines: string[] = [];
  const migrations = openMigrations({
    deployment,
    plan,
    connectRouter: () => Promise.resolve(null),
    env: { ...process.env, DATABASE_URL: url },
    progress: (line) => lines.push(line),
  });
  return { lines, expand: (signal = new AbortController().signal) => migrations.expand(signal) };
}

async function shop(
  context: TestContext,
  name: string,
  added: Record<string, string>,
  policy = migrationPolicy(),
) {
  const url = await server.createDatabase(name, users);
  const deployment = await releaseOfFiles(temporaryDirectory(context), base, added, policy);
  return { url, deployment, ...runOf(deployment, url) };
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    assert.ok(!error.message.includes(testPassword), error.message);
    return error;
  }
  throw new Error('it was expected to fail');
}

async function columnsOf(database: string): Promise<unknown[]> {
  const sql = `SELECT column_name FROM information_schema.columns WHERE table_name = 'users' ORDER BY 1`;
  return (await server.query(database, sql)).map((row) => row['column_name']);
}

async function scratchCopies(): Promise<unknown[]> {
  return await server.query(
    'postgres',
    `SELECT datname FROM pg_database WHERE datname LIKE 'evenkeel_scratch%'`,
  );
}

test('an expand is tried on a copy, applied, and found done by the next run', { skip }, async (context) => {
  const { expand, lines } = await shop(context, 'expand', {
    'migrations/2_full_name.sql': `ALTER TABLE users ADD COLUMN full_name text;
CREATE TABLE nicknames (id bigint PRIMARY KEY);`,
    'migrations/10_index.sql': 'CREATE INDEX CONCURRENTLY users_full_name ON users (full_name);',
  });
  const files = ['migrations/2_full_name.sql', 'migrations/10_index.sql'];
  const first = await expand();
  assert.deepEqual(first, { ...(first as object), applied: files, alreadyApplied: [] });
  assert.match(lines[0] ?? '', /tried on a copy .* taken back and applied again: .*2_full_name.*10_index/);
  assert.deepEqual(await columnsOf('expand'), ['first_name', 'full_name', 'id', 'last_name']);
  assert.deepEqual(await expand(), { applied: [], alreadyApplied: files, rehearsal: null });
  assert.deepEqual(await scratchCopies(), []);
});

test('what takes a step back has to leave the schema as it was', { skip }, async (context) => {
  const { expand } = await shop(context, 'half_undone', {
    'migrations/2_two.sql': 'ALTER TABLE users ADD COLUMN a text, ADD COLUMN b text;',
    'migrations/2_two.down.sql': 'ALTER TABLE users DROP COLUMN a;',
  });
  const failure = await failureOf(expand());
  assert.equal(failure.reasonCode, 'undo-incomplete');
  assert.deepEqual(
    await columnsOf('half_undone'),
    ['first_name', 'id', 'last_name'],
    'the real one is untouched',
  );
  assert.deepEqual(await scratchCopies(), []);
});

test('what a file sets for its session ends with the file', { skip }, async (context) => {
  const url = await server.createDatabase('settings');
  await server.query('settings', 'CREATE ROLE owner_of_app');
  // As pg_dump writes it: nothing is found without its schema any more.
  const unfindable = "SELECT pg_catalog.set_config('search_path', '', false);";
  const added = {
    'migrations/1_app.sql': `${unfindable}\nCREATE SCHEMA app; CREATE TABLE app.users (id bigint);`,
    'migrations/2_index.sql': `SET search_path = app; CREATE INDEX CONCURRENTLY users_id ON users (id);`,
    'migrations/3_role.sql':
      'GRANT CREATE ON SCHEMA public TO owner_of_app; SET ROLE owner_of_app; CREATE TABLE owned (id bigint);',
    'migrations/4_public.sql': 'CREATE TABLE notes (id bigint);',
  };
  const deployment = await releaseOfFiles(temporaryDirectory(context), null, added);
  const { expand } = runOf(deployment, url);
  assert.deepEqual(((await expand()) as { applied: unknown }).applied, Object.keys(added));
  const tables = `SELECT schemaname AS schema, tablename AS name, tableowner AS owner FROM pg_tables
    WHERE tablename IN ('users', 'notes', 'owned') ORDER BY 2`;
  assert.deepEqual(await server.query('settings', tables), [
    { schema: 'public', name: 'notes', owner: 'postgres' },
    { schema: 'public', name: 'owned', owner: 'owner_of_app' },
    { schema: 'app', name: 'users', owner: 'postgres' },
  ]);
});

test('a file that fails half way leaves nothing of itself', { skip }, async (context) => {
  const added = {
    'migrations/2_twice.sql': `ALTER TABLE users ADD COLUMN a text;
CREATE TABLE users_by_name AS SELECT 1 / (count(*) - 500) AS none FROM users;`,
  };
  const { expand } = await shop(context, 'half_way', added);
  const failure = await failureOf(expand());
  assert.match(failure.message, /applying migrations\/2_twice\.sql at line 2 failed: division by zero/);
  assert.deepEqual(await columnsOf('half_way'), ['first_name', 'id', 'last_name']);
});

test('a lock that never comes is given up, named, and nobody queues behind it', { skip }, async (context) => {
  const { expand, lines } = await shop(context, 'locked', {
    'migrations/2_add.sql': 'ALTER TABLE users ADD COLUMN a text;',
  });
  const holder = await server.connect('locked');
  await holder.query('BEGIN; LOCK TABLE users IN ACCESS SHARE MODE');
  const failing = failureOf(expand());
  await until('a try that gave up', () => lines.some((line) => line.includes('try 1 of')));
  const failure = await failing;
  await holder.end();
  assert.equal(failure.reasonCode, 'database-locked');
  assert.match(
    failure.message,
    /at line 1 did not get its lock .* \(held by session \d+, idle in transaction for \d+ s\)/,
  );
  assert.ok(failure.mayRetry);
  await expand();
  assert.deepEqual(await columnsOf('locked'), ['a', 'first_name', 'id', 'last_name']);
});

test('an index that a killed build left INVALID is cleared and built again', { skip }, async (context) => {
  const path = 'migrations/2_index.sql';
  const build = 'CREATE INDEX CONCURRENTLY users_first ON users (first_name);';
  const { expand, lines, url, deployment } = await shop(context, 'invalid_index', { [path]: build });
  const holder = await server.connect('invalid_index');
  // The build waits for this transaction, so it can be cut in the middle.
  await holder.query(`BEGIN; UPDATE users SET first_name = 'Grace' WHERE id = 1`);
  const cut = new AbortController();
  const broken = expand(cut.signal).catch(() => 'cut');
  const isBuilding = `SELECT 1 FROM pg_index WHERE NOT indisvalid`;
  await until('the build', async () => (await server.query('invalid_index', isBuilding)).length === 1);
  cut.abort();
  assert.equal(await broken, 'cut');
  await holder.end();
  assert.equal((await server.query('invalid_index', isBuilding)).length, 1, 'the leftover is there');
  const again = runOf(deployment, url);
  await again.expand();
  assert.deepEqual(lines.length, 1, 'the cut run had only tried it on the copy');
  assert.ok(again.lines.some((line) => line.includes('left half built')));
  assert.equal((await server.query('invalid_index', isBuilding)).length, 0);
});

test('an applied file that changed is refused', { skip }, async (context) => {
  const path = 'migrations/2_add.sql';
  const first = await shop(context, 'changed', { [path]: 'ALTER TABLE users ADD COLUMN a text;' });
  await first.expand();
  const other = await releaseOfFiles(temporaryDirectory(context), base, {
    [path]: 'ALTER TABLE users ADD COLUMN a integer;',
  });
  const failure = await failureOf(runOf(other, first.url).expand());
  assert.equal(failure.reasonCode, 'migration-changed');
});

test('a copy that a killed process left behind is dropped by the next run', { skip }, async (context) => {
  const { expand, url } = await shop(context, 'leftover', {
    'migrations/2_add.sql': 'ALTER TABLE users ADD COLUMN a text;',
  });
  // Of another database of the same service: somebody may be using it.
  const other = scratchName(plan, new URL(server.url('elsewhere')));
  await server.createDatabase(other);
  await server.createDatabase(scratchName(plan, new URL(url)), 'CREATE TABLE users (other text)');
  await expand();
  assert.deepEqual(await scratchCopies(), [{ datname: other }]);
  await server.query('postgres', `DROP DATABASE ${other}`);
});

test(
  "what Flyway has applied is left alone, and what is applied here is in Flyway's record",
  { skip },
  async (context) => {
    const url = await server.createDatabase(
      'flyway',
      `${users}
CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
  type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL,
  installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL);
INSERT INTO flyway_schema_history VALUES (4, '2', 'done', 'SQL', 'V2__done.sql', 1, 'ops', now(), 1, true);`,
    );
    const policy = migrationPolicy({ runner: 'flyway' });
    const deployment = await releaseOfFiles(
      temporaryDirectory(context),
      { 'migrations/V1__users.sql': users },
      {
        'migrations/V2__done.sql': 'ALTER TABLE users ADD COLUMN done_by_flyway text;',
        'migrations/V2_1__add_nick.sql': 'ALTER TABLE users ADD COLUMN nick text;\n',
      },
      policy,
    );
    await runOf(deployment, url).expand();
    assert.deepEqual(await columnsOf('flyway'), ['first_name', 'id', 'last_name', 'nick']);
    const [entry = {}] = await server.query(
      'flyway',
      'SELECT * FROM flyway_schema_history WHERE installed_rank = 5',
    );
    assert.equal(entry['version'], '2.1');
    assert.equal(entry['description'], 'add nick');
    assert.equal(entry['script'], 'V2_1__add_nick.sql');
  },
);

const add = { 'migrations/2_add.sql': 'ALTER TABLE users ADD COLUMN a text;' };

test('a database that cannot be used is one sentence, without its password', { skip }, async (context) => {
  const { deployment } = await shop(context, 'unusable', add);
  await server.query('postgres', `CREATE ROLE reader LOGIN PASSWORD '${testPassword}'`);
  const url = server.url('unusable');
  const cases: [string, string, RegExp][] = [
    ['nothing', '', /env:DATABASE_URL names, and it cannot be read/],
    ['no URL', `host=x password=${testPassword}`, /is no URL of a PostgreSQL database/],
    ['another protocol', url.replace('postgresql:', 'mysql:'), /is no URL of a PostgreSQL database/],
    ['nobody there', url.replace(/:\d+\//, ':9/'), /does not answer/],
    ['wrong password', url.replace(testPassword, 'other'), /refused by the database/],
    ['no such database', server.url('missing'), /refused by the database/],
    ['no rights', url.replace('//postgres:', '//reader:'), /refused by the database .*permission denied/],
  ];
  for (const [name, value, message] of cases) {
    const failure = await failureOf(runOf(deployment, value).expand());
    assert.match(failure.message, message, name);
  }
});

test('a table that is not there is said on the copy', { skip }, async (context) => {
  const { expand } = await shop(context, 'no_table', {
    'migrations/2_add.sql': 'ALTER TABLE user_accounts ADD COLUMN a text;',
  });
  const failure = await failureOf(expand());
  assert.match(failure.message, /2_add\.sql at line 1 failed: relation "user_accounts" does not exist/);
});
