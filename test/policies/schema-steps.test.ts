import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadParser } from '../../analyzers/sql/parser.ts';
import { planSchemaSteps, type PlannedSteps } from '../../policies/schema-steps/plan-schema-steps.ts';

const parser = await loadParser();

function plan(
  added: Readonly<Record<string, string>>,
  stable: Readonly<Record<string, string>> | null = {},
  runner = 'evenkeel',
): PlannedSteps {
  return planSchemaSteps({
    parser,
    runner,
    stable: stable === null ? null : new Map(Object.entries(stable)),
    candidate: new Map(Object.entries({ ...stable, ...added })),
  });
}

/** What each statement is, and what takes it back (last first); `none`: nothing can be derived. */
const expands: readonly (readonly [sql: string, undo: string])[] = [
  ['CREATE TABLE notes (id bigint)', 'DROP TABLE "notes"'],
  ['CREATE TABLE shop."Odd ""name" (id bigint)', 'DROP TABLE "shop"."Odd ""name"'],
  ['CREATE TABLE IF NOT EXISTS notes (id bigint)', 'none'],
  ['ALTER TABLE users ADD COLUMN nick text', 'ALTER TABLE "users" DROP COLUMN "nick"'],
  [
    'ALTER TABLE users ADD COLUMN a int DEFAULT 1 NOT NULL, ADD COLUMN b text',
    'ALTER TABLE "users" DROP COLUMN "b"; ALTER TABLE "users" DROP COLUMN "a"',
  ],
  ['ALTER TABLE users ALTER nick DROP NOT NULL', 'ALTER TABLE "users" ALTER COLUMN "nick" SET NOT NULL'],
  ["ALTER TABLE users ALTER nick SET DEFAULT 'x'", 'none'],
  ['CREATE INDEX CONCURRENTLY users_nick ON app.users (nick)', 'DROP INDEX "app"."users_nick"'],
  [
    'CREATE TABLE notes (id bigint); CREATE UNIQUE INDEX n ON notes (id); ALTER TABLE notes ADD CONSTRAINT c CHECK (id > 0)',
    'ALTER TABLE "notes" DROP CONSTRAINT "c"; DROP INDEX "n"; DROP TABLE "notes"',
  ],
  ['CREATE VIEW names AS SELECT nick FROM users', 'DROP VIEW "names"'],
  ["CREATE TYPE mood AS ENUM ('calm')", 'DROP TYPE "mood"'],
  ["ALTER TYPE mood ADD VALUE 'wild'", 'none'],
  [
    "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER keep BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION keep()",
    'DROP TRIGGER "keep" ON "users"; DROP FUNCTION "keep"',
  ],
  ["SET lock_timeout = '5s'; CREATE SEQUENCE numbers", 'DROP SEQUENCE "numbers"'],
  ["INSERT INTO kinds VALUES ('new')", 'none'],
  ['GRANT SELECT ON users TO reader', ''],
];

test('what only adds is an expand, and its way back is derived', () => {
  for (const [sql, undo] of expands) {
    const { steps, faults } = plan({ 'm/2.sql': sql });
    const [step] = steps.expand;
    assert.ok(step !== undefined, sql);
    const derived = step.undo?.from === 'derived' ? step.undo.statements.join('; ') : 'none';
    assert.equal(derived, undo, sql);
    const warned = faults.map(({ level, message }) => `${level}: ${message}`).join();
    assert.match(warned, undo === 'none' ? /^warning: no way back can be derived/ : /^$/, sql);
  }
});

const contracts: readonly (readonly [sql: string, removes: readonly string[]])[] = [
  ['DROP TABLE users', ['users']],
  ['ALTER TABLE users DROP COLUMN first_name, DROP COLUMN last_name', ['first_name', 'last_name']],
  ['ALTER TABLE users RENAME COLUMN nick TO alias', ['nick']],
  ['ALTER TABLE app.users RENAME TO people', ['users']],
  ['ALTER TABLE users ALTER COLUMN id TYPE bigint', ['id']],
  ['ALTER TABLE users ALTER COLUMN nick SET NOT NULL', []],
  ['ALTER TABLE users ADD COLUMN nick text NOT NULL', []],
  ['ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0) NOT VALID', []],
  ['CREATE UNIQUE INDEX CONCURRENTLY users_nick ON users (nick)', []],
  ['DROP INDEX users_nick', []],
  ['DROP VIEW names', ['names']],
  ['CREATE OR REPLACE VIEW names AS SELECT 1', ['names']],
  ['TRUNCATE users', ['users']],
  ['UPDATE users SET nick = 1', []],
  ['DELETE FROM users WHERE id = 1', []],
  ['REVOKE SELECT ON users FROM reader', []],
  ['SET search_path = app; CREATE TABLE notes (id int)', []],
  ["DO $$ BEGIN EXECUTE 'DROP' || ' TABLE users'; END $$", []],
  ['DO $$ BEGIN DROP TABLE users; END $$', ['users']],
  ['WITH gone AS (DELETE FROM users RETURNING id) INSERT INTO notes SELECT id FROM gone', []],
  ['CREATE TABLE old AS WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone', []],
  ['INSERT INTO users VALUES (1) ON CONFLICT (id) DO UPDATE SET nick = 1', []],
  ["ALTER TABLE users ADD COLUMN alias text CHECK (nick <> '')", []],
  ['ALTER TABLE users ADD COLUMN alias text CHECK (alias IS NOT NULL)', []],
  ['SELECT cleanup()', []],
  ['this is no SQL', []],
];

test('what takes away, tightens or cannot be classified is a contract', () => {
  for (const [sql, removes] of contracts) {
    const { steps } = plan({ 'm/2.sql': sql });
    assert.deepEqual(steps.contract[0]?.removes, removes, sql);
    assert.deepEqual(steps.expand, [], sql);
  }
});

test('a release that adds and takes away at once is refused, with the line', () => {
  const { faults } = plan({
    'm/2.sql': 'CREATE TABLE notes (id int);\n',
    'm/3.sql': 'SELECT 1;\nDROP TABLE users;',
    'm/4.sql': 'CREATE TABLE more (id int);\nALTER TABLE users DROP COLUMN nick;',
  });
  assert.deepEqual(
    faults.map(({ path, span, level }) => [path, span?.start.line, level]),
    [
      ['m/3.sql', 1, 'error'],
      ['m/4.sql', 2, 'error'],
    ],
  );
  assert.match(faults[1]?.remedy ?? '', /Ship m\/2\.sql first/);
});

const backfill = '-- evenkeel: backfill table=users key=id batch=50\n';
const update = 'UPDATE users SET nick = first_name WHERE id BETWEEN $1 AND $2';

test('a backfill is one statement over a range of keys', () => {
  const { steps, faults } = plan({ 'm/2.backfill.sql': `${backfill}${update} AND nick IS NULL;` });
  assert.deepEqual(faults, []);
  assert.deepEqual(
    steps.backfill.map(({ path, table, key, batchRows }) => [path, table, key, batchRows]),
    [['m/2.backfill.sql', 'users', 'id', 50]],
  );
  const insert = 'INSERT INTO names SELECT u.nick FROM users u WHERE u.id BETWEEN $1 AND $2';
  assert.deepEqual(plan({ 'm/2.backfill.sql': backfill + insert }).faults, []);
});

test('what could not be run in batches is no backfill', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [update, /does not name its table and key/],
    [backfill, /holds no statement/],
    [`${backfill}${update}; ${update}`, /more than one statement/],
    [`${backfill}DELETE FROM users WHERE id BETWEEN $1 AND $2`, /neither an UPDATE nor an INSERT/],
    [`${backfill}UPDATE users SET nick = 1`, /its WHERE does not hold/],
    [`${backfill}${update} OR nick IS NULL`, /its WHERE does not hold/],
    [`${backfill}UPDATE users SET nick = 1 WHERE other BETWEEN $1 AND $2`, /its WHERE does not hold/],
    [`${backfill}UPDATE users SET nick = 1 WHERE id BETWEEN $2 AND $1`, /its WHERE does not hold/],
    [`${backfill}${update} AND nick = $3`, /other parameters/],
    [`-- evenkeel: backfill table=users key=id batch=0\n${update}`, /batch= is a number of rows/],
    [`-- evenkeel: backfill table=users; key=id\n${update}`, /small letters/],
    [`-- evenkeel: backfil table=users\n${update}`, /an evenkeel line is/],
  ];
  for (const [text, message] of cases) {
    const { faults } = plan({ 'm/2.backfill.sql': text });
    assert.match(faults.map((fault) => `${fault.level} ${fault.message}`).join('\n'), message, text);
  }
});

test('what cannot be applied in a transaction of its own is refused', () => {
  for (const sql of [
    'BEGIN; SELECT 1; COMMIT',
    'VACUUM users',
    'CREATE INDEX CONCURRENTLY ON users (nick)',
  ]) {
    const { faults } = plan({ 'm/2.sql': sql });
    assert.ok(
      faults.some(({ level }) => level === 'error'),
      sql,
    );
  }
});

test('files go in the order of their runner, and ways back belong to their file', () => {
  const ordered = plan({
    'm/10_b.sql': 'CREATE TABLE b ()',
    'm/9_a.up.sql': 'CREATE TABLE a ()',
    'm/9_a.down.sql': 'DROP TABLE a',
  });
  assert.deepEqual(
    ordered.steps.expand.map(({ path, undo }) => [path, undo?.from]),
    [
      ['m/9_a.up.sql', 'file'],
      ['m/10_b.sql', 'derived'],
    ],
  );
  const flyway = plan(
    {
      'm/V1_10__b.sql': 'CREATE TABLE b ()',
      'm/V1_9__a.sql': 'CREATE TABLE a ()',
      'm/U1_9__a.sql': 'DROP TABLE a',
    },
    {},
    'flyway',
  );
  assert.deepEqual(
    flyway.steps.expand.map(({ path, undo }) => [path, undo?.from]),
    [
      ['m/V1_9__a.sql', 'file'],
      ['m/V1_10__b.sql', 'derived'],
    ],
  );
  const repeatable = plan({ 'm/R__views.sql': 'CREATE VIEW v AS SELECT 1' }, {}, 'flyway');
  assert.match(repeatable.faults[0]?.message ?? '', /is repeatable/);
});

test('a file of the stable release has to stay as it was; a first deployment takes all as they are', () => {
  const stable = { 'm/1.sql': 'CREATE TABLE users (id int)' };
  const { faults } = plan({ 'm/1.sql': 'CREATE TABLE users (id bigint)' }, stable);
  assert.match(faults[0]?.message ?? '', /differs from the file that the stable release was deployed with/);
  const first = plan({ 'm/1.sql': 'CREATE TABLE a ()', 'm/2.sql': 'DROP TABLE a' }, null);
  assert.deepEqual([first.steps.expand.length, first.steps.contract.length, first.faults.length], [2, 0, 0]);
});
