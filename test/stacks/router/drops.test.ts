/** Nothing is dropped; `npm run bench:rollout router-drops` does the same a hundred times over, and times it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterRequests } from '../../support/load.ts';
import { runDrops } from '../../support/router-drops.ts';
import { routerWorld, testOnRouters } from '../../support/router-world.ts';

/** Each of its kinds of release once. */
const rounds = 3;

testOnRouters(
  'no request is dropped and no user goes back, whatever happens to the releases',
  async (kind) => {
    const drops = await runDrops(kind, {
      clients: 24,
      requestsEach: 250,
      isEnough: (_requests, done) => done >= rounds,
    });
    assert.deepEqual(drops.failures, []);
    assert.equal(drops.failed, 0);
    assert.equal(drops.flapped, 0);
    assert.ok(drops.kills >= 3);
  },
);

testOnRouters('what may not be sent twice is lost only where it was under way', async (kind, context) => {
  const { router, load: start, sharesAt, candidates } = await routerWorld(context, kind);
  await router.apply(sharesAt(5000));
  const load = start(24, { keyed: false });
  await afterRequests(load, 500);
  const [dying] = candidates;
  assert.ok(dying !== undefined);
  const gone = once(dying.process, 'exit').then(() => performance.now());
  dying.kill();
  const goneMs = await gone;
  await afterRequests(load, 1000);
  const { failed, failures, lastFailedBeganMs } = await load.stop();
  assert.ok(lastFailedBeganMs <= goneMs, `none that began after the death: ${failures.join('; ')}`);
  assert.ok(failed <= 24, 'no more than were under way');
  assert.ok(failures.every((failure) => failure.startsWith('POST')));
});
