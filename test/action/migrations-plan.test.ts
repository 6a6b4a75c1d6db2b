/** What is decided about migrations before a rollout begins, on real repositories; no database is asked. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  contractBehind,
  planMigrations,
  type MigrationQuestion,
} from '../../action/migrations/plan-migrations.ts';
import { schemaStepFindings } from '../../action/migrations/schema-step-findings.ts';
import { recordStable } from '../../action/deployer/deployment.ts';
import { openJournal } from '../../action/deployer/journal.ts';
import { stateDirectoryOf } from '../../action/deployer/state-directory.ts';
import { readChanges } from '../../action/repository/read-changes.ts';
import { loadPolicy } from '../../policies/policy-file/load-policy.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { commitFiles } from '../support/git-repository.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function policyOf(migrations: string, more = ''): Policy {
  const text = `version: 1
services:
  shop:
    paths: [shop/**]
    migrations: { files: shop/db/*.sql, ${migrations} }
${more}`;
  const loaded = loadPolicy(text, 'evenkeel.yml');
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.policy;
}

const applied = policyOf('database: env:DATABASE_URL');
const users = { 'shop/db/1_users.sql': 'CREATE TABLE users (id int, first_name text);' };
const add = { 'shop/db/2_add.sql': 'ALTER TABLE users ADD COLUMN name text;' };
const drop = { 'shop/db/3_drop.sql': 'ALTER TABLE users DROP COLUMN first_name;' };

interface Scene {
  lines: string[];
  commit(files: Record<string, string>): string;
  plan(stable: string | null, candidate: string, policy?: Policy): ReturnType<typeof planMigrations>;
  directory: string;
}

function sceneOf(context: TestContext): Scene {
  const directory = join(temporaryDirectory(context), 'repository');
  const lines: string[] = [];
  return {
    directory,
    lines,
    commit: (files) => commitFiles(directory, 'change', files),
    plan(stable, candidate, policy = applied) {
      const [service] = policy.services;
      assert.ok(service !== undefined);
      const question: MigrationQuestion = {
        repository: directory,
        env: { DATABASE_URL: 'postgresql://shop@db.example/shop' },
        policy,
        service,
        environment: 'production',
        stable: stable === null ? null : { commit: stable },
        candidate: { commit: candidate },
        progress: (line) => lines.push(line),
      };
      return planMigrations(question);
    },
  };
}

test('the steps of a release are what it adds to the stable one', async (context) => {
  const { commit, plan } = sceneOf(context);
  const stable = commit(users);
  const planned = await plan(stable, commit(add));
  assert.ok(planned.ok);
  assert.deepEqual(
    planned.schemaSteps.expand.map(({ path }) => path),
    ['shop/db/2_add.sql'],
  );
  const first = await plan(null, stable);
  assert.deepEqual(first.ok && first.schemaSteps.expand.length, 1);
});

test('without a database the files are only checked, which is said', async (context) => {
  const { commit, plan, lines } = sceneOf(context);
  const planned = await plan(commit(users), commit(add), policyOf('runner: dbmate'));
  assert.deepEqual(planned, { ok: true, schemaSteps: { expand: [], backfill: [], contract: [] } });
  assert.match(lines.join(), /1 new file is checked and not applied/);
});

test('a release that adds and takes away is refused when it is deployed, and found by check', async (context) => {
  const { commit, plan, directory } = sceneOf(context);
  const stable = commit(users);
  const head = commit({ ...add, ...drop });
  const planned = await plan(stable, head);
  assert.ok(!planned.ok);
  assert.match(
    planned.message,
    /^shop\/db\/3_drop\.sql drops a column, .* \(line 1\)\. Ship shop\/db\/2_add\.sql first/,
  );
  const read = await readChanges(directory, stable, head);
  context.after(() => read.close());
  const findings = await schemaStepFindings(read.changes, applied, read.before, read.after);
  assert.deepEqual(
    findings.map(({ ruleId, path, level }) => [ruleId, path, level]),
    [['sql/plan-steps', 'shop/db/3_drop.sql', 'error']],
  );
  const silent = await schemaStepFindings(read.changes, policyOf('runner: plain'), read.before, read.after);
  assert.deepEqual(silent, [], 'who applies them by other means is not told how');
});

test('a contract is refused while a version in any place lacks the expand or names what goes', async (context) => {
  const { commit, plan, directory } = sceneOf(context);
  const old = commit({ ...users, 'shop/server.js': 'select first_name' });
  const stable = commit({ ...add, 'shop/server.js': 'select name' });
  const head = commit(drop);
  const allowed = await plan(stable, head);
  assert.deepEqual(allowed.ok && allowed.schemaSteps.contract.map(({ removes }) => removes), [
    ['first_name'],
  ]);

  // Another place of the same service still runs the version before.
  const directories = stateDirectoryOf(directory, {}, 'shop', 'eu');
  const release = { digest: `sha256:${'a'.repeat(64)}`, commit: old, tree: '', directory: '' };
  recordStable(directories, release);
  openJournalOf(directories.journal, release.digest, {
    stable: null,
    candidate: { ...release, commit: stable },
  });
  const refused = await plan(stable, head);
  assert.ok(!refused.ok);
  assert.equal(refused.reasonCode, 'expand-not-settled');
  assert.match(
    refused.message,
    /the stable version of shop in eu \([0-9a-f]{12}\) does not have shop\/db\/2_add\.sql yet/,
  );
  recordStable(directories, { ...release, commit: commit({ 'shop/server.js': 'user.firstName' }) });
  const named = await plan(stable, commit({ 'shop/server.js': 'select name' }));
  assert.ok(!named.ok);
  assert.match(named.message, /in eu .* mentions `first_name` in shop\/server\.js/);
});

/** The journal of a rollout that has not begun: where its place is found. */
function openJournalOf(directory: string, candidate: string, context: unknown): void {
  const journal = openJournal(directory, '1');
  const plan = {
    ...{ rollout: '1', service: 'shop', environment: 'eu', stable: null, candidate },
    ...{ fullCapacity: 1, canaryCapacity: 1, stepBasisPoints: [], minSoakSeconds: 1 },
    ...{ stepDeadlineSeconds: 2, bakeSeconds: 1 },
  };
  journal.append({ record: 'plan', plan, at: '2026-01-05T10:00:00.000Z', by: 'ada', context });
  journal.close();
}

test('nobody goes back past a contract', async (context) => {
  const { commit, plan, directory } = sceneOf(context);
  const before = commit({ ...users, ...add });
  const stable = commit(drop);
  const back = await plan(stable, before);
  assert.ok(!back.ok);
  assert.equal(back.reasonCode, 'contract-applied');
  const [service] = applied.services;
  assert.ok(service?.migrations != null);
  const reason = await contractBehind(directory, { commit: stable }, { commit: before }, service.migrations);
  assert.match(reason ?? '', /cannot run any more: shop\/db\/3_drop\.sql/);
  const later = commit({ 'shop/server.js': 'more' });
  assert.equal(
    await contractBehind(directory, { commit: later }, { commit: stable }, service.migrations),
    null,
  );
});

test('the policy says what cannot be applied', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['database: env:DATABASE_URL, runner: dbmate', /applied for the runners evenkeel and flyway/],
    ['lockTimeout: 5s', /only where `database` is named/],
    ['database: postgresql://shop:secret@db.example/shop', /must match pattern|env:NAME/],
  ];
  for (const [written, message] of cases) {
    const text = `version: 1\nservices: { shop: { paths: [shop/**], migrations: { files: 'db/*.sql', ${written} } } }\n`;
    const loaded = loadPolicy(text, 'evenkeel.yml');
    assert.ok(!loaded.ok, written);
    assert.match(loaded.problems.map((problem) => problem.message).join('\n'), message, written);
    assert.doesNotMatch(JSON.stringify(loaded.problems), /shop:secret/);
  }
});

test('files of a commit that is not here cannot be decided on', async (context) => {
  const { commit, plan } = sceneOf(context);
  await assert.rejects(plan('0'.repeat(40), commit(users)), /git cannot read the files of 000000000000/);
});
