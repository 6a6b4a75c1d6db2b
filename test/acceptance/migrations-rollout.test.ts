/**
 * A change of the schema down the road: an expand and a backfill under load, killed in the backfill and taken up again;
 * then what they replaced is to be dropped, which is refused as long as the version that runs names it. That it is let
 * on after that is shown by `npm run bench:rollout schema-steps`.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSchemaRoad } from '../support/schema-road.ts';
import {
  skipWithoutPostgres,
  startPostgres,
  testPassword,
  type PostgresServer,
} from '../support/postgres.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const skip = skipWithoutPostgres();
let postgres: PostgresServer;
before(async () => {
  if (skip === false) postgres = await startPostgres();
});
after(() => postgres.stop());

test('expand, backfill with a kill in it, a contract that comes too early', { skip }, async (context) => {
  const road = await openSchemaRoad(temporaryDirectory(context), postgres);
  try {
    const first = await road.first(1500);
    assert.equal(first.exitCode, 0, first.stderr);

    const load = road.startLoad();
    const { killed, resumed } = await road.expand().finally(() => load.stop());
    assert.equal(killed.exitCode, null, `it was killed\n${killed.stderr}`);
    assert.equal(resumed.exitCode, 0, resumed.stderr);
    assert.match(
      resumed.stderr,
      /backfill: shop\/migrations\/3_full_name\.backfill\.sql is done, 1500 rows written/,
    );
    assert.doesNotMatch(resumed.stderr, /2_full_name\.sql is applied/, 'it had been applied before the kill');
    const missing = await postgres.query('people', 'SELECT id FROM people WHERE full_name IS NULL');
    assert.deepEqual(missing, []);
    assert.equal(await (await fetch(road.url)).text(), 'Ada Shore');
    assert.equal(load.result.failed, 0, load.result.failures.join('\n'));

    const refused = await road.contractTooEarly();
    assert.equal(refused.exitCode, 1, refused.stdout);
    assert.match(refused.stdout, /contract-needed/);
    assert.match(
      refused.stdout,
      /the stable version of shop in production .* mentions `first_name` in shop\/export\.js/,
    );
    assert.ok(!road.printed().includes(testPassword));
  } finally {
    const down = await road.down();
    assert.ok(down.exitCode === 0 || /was not deployed/.test(down.stderr), down.stderr);
  }
});
