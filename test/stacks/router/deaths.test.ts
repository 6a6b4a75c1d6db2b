/** What dies or hangs: a router, its keeper, an instance. */
import assert from 'node:assert/strict';
import { request } from 'undici';
import { isKeeperAlive, readKeeper } from '../../../stacks/local/router/keeper.ts';
import type { RouterSettings } from '../../../stacks/local/router/router.ts';
import { processOfRouter, startRouter, stopRouter } from '../../../stacks/local/router/start-router.ts';
import { afterRequests } from '../../support/load.ts';
import { candidate, pins, routerWorld, stable, testOnRouters } from '../../support/router-world.ts';
import { until } from '../../support/until.ts';

async function killRouter(settings: RouterSettings): Promise<void> {
  const processId = await processOfRouter(settings);
  assert.ok(processId !== null);
  process.kill(processId, 'SIGKILL');
  await until('another router', async () => {
    const now = await processOfRouter(settings);
    return now !== null && now !== processId;
  });
}

/** Asks by pin, so that every answer is known. */
async function whoAnswers(url: string, pin: string): Promise<string> {
  const { statusCode, body } = await request(`${url}/`, { headers: { 'x-evenkeel-pin': pin } });
  const text = (await body.text()).trim();
  return statusCode === 200 ? text : String(statusCode);
}

testOnRouters('a killed router is back with all it had', async (kind, context) => {
  const { router, settings, url, sharesAt, stables } = await routerWorld(context, kind);
  await router.apply(sharesAt(2500));
  const limit = { port: stables[0]?.port ?? 0, weight: 40, maxConcurrent: 7 };
  await router.limitInstance(limit);
  for (let index = 0; index < 100; index++)
    await (
      await request(`${url}/?status=${index < 10 ? 500 : 200}`, { headers: { 'x-user': `u${index}` } })
    ).body.dump();
  const before = await router.counters();
  await killRouter(settings);
  assert.deepEqual(await router.shares(), sharesAt(2500));
  assert.deepEqual(await router.counters(), before, 'counts go on where they were: no fall, no repetition');
  const kept = (await router.instances()).find(({ port }) => port === limit.port);
  assert.deepEqual(kept?.limit, limit);
  assert.equal(await whoAnswers(url, pins.candidate), 'candidate-1');
  assert.match(await whoAnswers(url, pins.stable), /^stable-/);
  for (let index = 0; index < 20; index++)
    await (await request(`${url}/`, { headers: { 'x-user': `u${index}` } })).body.dump();
  const { versions } = await router.counters();
  const after = versions[candidate]?.requests ?? 0;
  assert.equal(after + (versions[stable]?.requests ?? 0), 120, 'those before and after its death');
  const metrics = await (await request(router.metricsUrl)).body.text();
  assert.match(
    metrics,
    new RegExp(`evenkeel_requests_total\\{release="${candidate}",version="candidate"\\} ${after}`),
  );
});

testOnRouters(
  'a killed keeper is replaced at the next start, two end in one, and a stop ends it',
  async (kind, context) => {
    const { router, settings, sharesAt } = await routerWorld(context, kind);
    await router.apply(sharesAt(100));
    const routerProcess = await processOfRouter(settings);
    const keeperNow = (): number => readKeeper(settings)?.processId ?? 0;
    const first = keeperNow();
    process.kill(first, 'SIGKILL');
    await until('the keeper is gone', () => !isKeeperAlive(readKeeper(settings)));
    const started = await Promise.all([startRouter(settings), startRouter(settings)]);
    assert.ok(keeperNow() !== first);
    assert.equal(await processOfRouter(settings), routerProcess, 'the router itself was left alone');
    assert.deepEqual(await started[0].shares(), sharesAt(100));
    await killRouter(settings);
    await stopRouter(settings);
    assert.equal(readKeeper(settings), null);
    await until('nothing answers', async () => (await processOfRouter(settings)) === null);
  },
);

testOnRouters(
  'an instance that hangs: its requests go elsewhere in time, new ones at once',
  async (kind, context) => {
    const {
      router,
      load: start,
      sharesAt,
      candidates,
      url,
    } = await routerWorld(context, kind, {
      settings: { answerSeconds: 4 },
    });
    await router.apply(sharesAt(5000));
    const [hanging] = candidates;
    const load = start(16, { keyed: true });
    await afterRequests(load, 300);
    hanging?.process.kill('SIGSTOP');
    const isUp = async (): Promise<boolean> =>
      (await router.instances()).find(({ release }) => release === candidate)?.isUp === true;
    await until('it is found out', async () => !(await isUp()));
    await afterRequests(load, 300);
    const result = await load.stop();
    assert.deepEqual(result.failures, []);
    const { versions } = await router.counters();
    assert.ok((versions[candidate]?.errors ?? 0) > 0, 'what it left unanswered counts against its version');
    assert.equal(versions[stable]?.errors, 0);
    assert.equal(await whoAnswers(url, pins.candidate), '503', 'a pinned request does not go elsewhere');
    hanging?.process.kill('SIGCONT');
    await until('it is back', isUp);
    assert.equal(await whoAnswers(url, pins.candidate), 'candidate-1');
  },
);

testOnRouters(
  'an instance takes its part: by weight, by concurrency, and nothing when it is drained',
  async (kind, context) => {
    const { router, url, stables } = await routerWorld(context, kind);
    const [first, second] = stables.map(({ port }) => port);
    const limit = (
      port: number | undefined,
      weight: number,
      maxConcurrent: number | null = null,
    ): Promise<void> => router.limitInstance({ port: port ?? 0, weight, maxConcurrent });
    const askMany = async (count: number, query = ''): Promise<Record<string, number>> => {
      const byInstance: Record<string, number> = {};
      await Promise.all(
        Array.from({ length: count }, async () => {
          const { headers, body } = await request(`${url}/${query}`);
          await body.dump();
          const name = String(headers['x-instance']);
          byInstance[name] = (byInstance[name] ?? 0) + 1;
        }),
      );
      return byInstance;
    };
    await limit(first, 25);
    const weighted = await askMany(100);
    assert.ok(
      Math.abs((weighted['stable-1'] ?? 0) - 20) <= 3,
      `${JSON.stringify(weighted)}: a fifth of 25 + 100`,
    );

    await limit(first, 100, 2);
    const limited = await askMany(40, '?delayMs=300');
    assert.ok((limited['stable-1'] ?? 0) <= 2, `${JSON.stringify(limited)}: two at once, in one go`);

    await limit(first, 100);
    await limit(second, 100, 1);
    assert.deepEqual(await router.drain(first ?? 0, 5), { isIdle: true, cut: 0 });
    assert.deepEqual(await askMany(5, '?delayMs=20'), { 'stable-2': 5 }, 'what has no room waits its turn');
    const instances = await router.instances();
    assert.deepEqual(
      instances.map(({ port, limit: { weight, maxConcurrent } }) => [port, weight, maxConcurrent]).sort(),
      [
        [first, 0, null],
        [second, 100, 1],
      ].sort(),
    );
    const counted = instances.reduce((sum, { counters }) => sum + counters.requests, 0);
    assert.equal(counted, 145);
    await assert.rejects(limit(1, 50), /no instance at port 1/);
  },
);
