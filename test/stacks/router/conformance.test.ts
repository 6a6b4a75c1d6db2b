/** What every router promises, each case run against each router with real processes behind it and real load on it. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { request } from 'undici';
import { readKeeper } from '../../../stacks/local/router/keeper.ts';
import type { RouterSettings } from '../../../stacks/local/router/router.ts';
import { connectRouter, startRouter, stopRouter } from '../../../stacks/local/router/start-router.ts';
import { freePort } from '../../support/free-port.ts';
import { afterRequests } from '../../support/load.ts';
import { routerDefaults } from '../../support/router-defaults.ts';
import {
  candidate,
  pins,
  routerWorld,
  stable,
  testOnRouters,
  type World,
} from '../../support/router-world.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const cases: Record<string, (world: World) => Promise<void>> = {
  'shares up and down, a flip and a flip back drop nothing': async ({ load: start, router, sharesAt }) => {
    const load = start(16, { keyed: false });
    await router.apply(sharesAt(0));
    for (const basisPoints of [500, 2500, 5000, 10_000, 0, 10_000, 0]) {
      await afterRequests(load, 300);
      await router.setShare(basisPoints);
    }
    const result = await load.stop();
    assert.equal(result.failed, 0);
    assert.ok((result.byRelease[candidate] ?? 0) > 0 && (result.byRelease[stable] ?? 0) > 0);
  },

  'users move one way while the share grows, and the share is exact by user': async ({
    load: start,
    router,
    sharesAt,
  }) => {
    await router.apply(sharesAt(0));
    const load = start(8, { keyed: true, users: 400 });
    for (const basisPoints of [1000, 2500, 5000]) {
      await router.setShare(basisPoints);
      await afterRequests(load, 1200);
    }
    const { changesByUser } = await load.stop();
    for (const [user, met] of changesByUser) assert.ok(met.length <= 2, `${user} met ${met.join(', ')}`);
    const moved = [...changesByUser.values()].filter((met) => met.at(-1) === candidate).length;
    assert.ok(Math.abs(moved / 400 - 0.5) < 0.1, `${moved} of 400 users are on the candidate at 50 %`);
  },

  'a killed candidate costs no safe request, and every failure is its own': async ({
    load: start,
    router,
    sharesAt,
    candidates,
  }) => {
    await router.apply(sharesAt(5000));
    const load = start(16, { keyed: true });
    await afterRequests(load, 500);
    candidates[0]?.kill();
    await afterRequests(load, 1500);
    const result = await load.stop();
    assert.equal(result.failed, 0);
    const { versions } = await router.counters();
    assert.ok(
      (versions[candidate]?.errors ?? 0) > 0,
      'what had to be sent again counts against the candidate',
    );
    assert.equal(versions[stable]?.errors, 0);
  },

  'a promotion and the next candidate drop nothing': async ({
    load: start,
    router,
    sharesAt,
    stables,
    candidates,
  }) => {
    const load = start(16, { keyed: false });
    await router.apply(sharesAt(10_000));
    await afterRequests(load, 300);
    const promoted = { release: candidate, ports: candidates.map((instance) => instance.port) };
    await router.apply({ stable: promoted, candidate: null, candidateBasisPoints: 0, pins });
    assert.equal(await router.waitUntilIdle(stable, 5), true);
    await afterRequests(load, 300);
    const next = { release: 'sha256:cccc', ports: stables.map((instance) => instance.port) };
    await router.apply({ stable: promoted, candidate: next, candidateBasisPoints: 2500, pins });
    await afterRequests(load, 500);
    const result = await load.stop();
    assert.equal(result.failed, 0);
    assert.ok((result.byRelease['sha256:cccc'] ?? 0) > 0);
  },

  'a pinned request goes to its version, and fails rather than to another': async ({
    router,
    url,
    sharesAt,
    candidates,
  }) => {
    await router.apply(sharesAt(0));
    const ask = async (pin: string): Promise<string> => {
      const response = await request(`${url}/`, { headers: { 'x-evenkeel-pin': pin } });
      const body = await response.body.text();
      return response.statusCode === 200 ? body.trim() : String(response.statusCode);
    };
    assert.equal(await ask(pins.candidate), 'candidate-1');
    assert.match(await ask(pins.stable), /^stable-/);
    assert.match(await ask('guessed'), /^stable-/);
    candidates[0]?.kill();
    assert.equal(await ask(pins.candidate), '503');
  },

  'counts per version add up to what users saw': async ({ router, url, sharesAt }) => {
    await router.apply(sharesAt(3000));
    // Probes choose their version, so they are nobody's share, however they end.
    for (const pin of [pins.stable, pins.candidate])
      for (const status of [200, 500])
        await (await request(`${url}/?status=${status}`, { headers: { 'x-evenkeel-pin': pin } })).body.dump();
    for (let index = 0; index < 200; index++) {
      const status = index % 10 === 0 ? '500' : '200';
      await (await request(`${url}/?status=${status}`, { headers: { 'x-user': `u${index}` } })).body.dump();
    }
    const { versions } = await router.counters();
    const counted = [versions[stable], versions[candidate]];
    assert.equal(
      counted.reduce((sum, version) => sum + (version?.requests ?? 0), 0),
      200,
    );
    assert.equal(
      counted.reduce((sum, version) => sum + (version?.errors ?? 0), 0),
      20,
    );
    for (const version of counted) {
      assert.equal(version?.latency.answered, version?.requests);
      assert.equal(
        version?.latency.counts.at(-1),
        version?.requests,
        'every answer came within the last bound',
      );
    }
    const metrics = await (await request(router.metricsUrl)).body.text();
    assert.match(
      metrics,
      new RegExp(
        `evenkeel_requests_total\\{release="${candidate}",version="candidate"\\} ${versions[candidate]?.requests}`,
      ),
    );
  },

  'a request that may not be sent twice is carried out at most once': async ({
    router,
    url,
    sharesAt,
    candidates,
    stables,
  }) => {
    await router.apply(sharesAt(10_000));
    const posts = Array.from({ length: 20 }, (_, index) =>
      request(`${url}/?delayMs=1000`, { method: 'POST', headers: { 'x-user': `u${index}` } }).then(
        async (response) => {
          await response.body.dump();
          return response.statusCode;
        },
        () => 0,
      ),
    );
    while (((await router.counters()).versions[candidate]?.inFlight ?? 0) < 20) await setImmediate();
    candidates[0]?.kill();
    const statuses = await Promise.all(posts);
    assert.ok(
      statuses.every((status) => status !== 200),
      'all were under way on the instance that died',
    );
    let executed = 0;
    for (const { port } of stables)
      executed += Number(await (await request(`http://127.0.0.1:${port}/executed`)).body.text());
    assert.equal(executed, 0, 'none was carried out a second time');
  },

  'whoever connects later finds the same router and its shares': async ({ router, settings, sharesAt }) => {
    await router.apply(sharesAt(700));
    const again = await connectRouter(settings);
    assert.deepEqual(await again.shares(), sharesAt(700));
    assert.equal((await startRouter(settings)).metricsUrl, router.metricsUrl);
  },

  'a restarted router has its shares back': async ({ router, settings, sharesAt, url }) => {
    await router.apply(sharesAt(10_000));
    await stopRouter(settings);
    await untilRefused(url);
    const again = await startRouter(settings);
    assert.deepEqual(await again.shares(), sharesAt(10_000));
    const response = await request(`${url}/`);
    assert.equal((await response.body.text()).trim(), 'candidate-1');
  },
};

/** The soft stop lets go of the port before the process ends. */
async function untilRefused(url: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline;) {
    try {
      await (await request(url, { headers: { connection: 'close' } })).body.dump();
    } catch {
      return;
    }
  }
  throw new Error(`${url} still answers`);
}

for (const [name, run] of Object.entries(cases))
  testOnRouters(name, async (kind, context) => run(await routerWorld(context, kind)));

testOnRouters('a port in use is said so, and the stranger on it is left alone', async (kind, context) => {
  const stranger = createServer((_, response) => response.end('stranger'));
  const publicPort = await freePort();
  await new Promise<void>((resolve) => stranger.listen(publicPort, '127.0.0.1', resolve));
  context.after(() => stranger.close());
  const directory = temporaryDirectory(context);
  const settings: RouterSettings = { kind, publicPort, directory, healthPath: '/', ...routerDefaults };
  await assert.rejects(startRouter(settings), new RegExp(`port ${publicPort} on 127.0.0.1 is in use`));
  assert.equal(await (await request(`http://127.0.0.1:${publicPort}/`)).body.text(), 'stranger');
  assert.equal(readKeeper(settings), null, 'no keeper is left behind that would try again');
});
