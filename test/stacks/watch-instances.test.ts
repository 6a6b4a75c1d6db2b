/**
 * What came back is brought back in steps by a real watcher, behind real routers, for real processes under load. The
 * service's capacity is a model of a cold cache; nothing here proves what a real cache does.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { defaultReturnPolicy } from '../../policies/failback/default-return-policy.ts';
import type { ReturnPolicy } from '../../policies/failback/return-state.ts';
import {
  addWishes,
  failbackDirectoryOf,
  readReturns,
  takeEvents,
  type InstanceEvent,
} from '../../stacks/local/failback/failback-record.ts';
import { holdSeat } from '../../stacks/local/failback/watcher-seat.ts';
import { watchInstances } from '../../stacks/local/failback/watch-instances.ts';
import { defaultUserKey, type Router, type RouterSettings } from '../../stacks/local/router/router.ts';
import { findHaproxy, startRouter, stopRouter } from '../../stacks/local/router/start-router.ts';
import { startColdInstances, type ColdInstances } from '../support/failback/cold-instances.ts';
import { startPacedLoad } from '../support/failback/paced-load.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

/** Evidence of a few dozen requests a step, so that a test sees a whole return. */
const hasty: ReturnPolicy = {
  ...defaultReturnPolicy,
  stepWeights: [20, 50, 100],
  firstWaitSeconds: 0.3,
  minSoakSeconds: 0.5,
  beta: 0.2,
  errorSlack: 0.08,
  latencySlackSeconds: 0.03,
};

interface Scene {
  router: Router;
  instances: ColdInstances;
  directory: string;
}

async function stage(context: TestContext, kind: RouterSettings['kind']): Promise<Scene> {
  const home = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
  const ends: (() => Promise<unknown>)[] = [];
  // One hook, since the order matters: a router is stopped through what lies in its directory.
  context.after(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(home, { recursive: true, force: true });
  });
  const settings: RouterSettings = {
    kind,
    publicPort: await freePort(),
    directory: join(home, 'router'),
    healthPath: '/healthz',
    userKey: defaultUserKey,
    answerSeconds: 30,
    streamSeconds: 5,
  };
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  const directory = failbackDirectoryOf(settings.directory);
  const over = new AbortController();
  const log: string[] = [];
  // The watcher has its seat before the router's keeper wants it, so that it is this one that acts.
  const curve = { coldPerSecond: 40, warmPerSecond: 1000, warmAfter: 60 };
  const instances = await startColdInstances(settings, 2, curve, ['east', 'west']);
  ends.push(() => instances.end());
  assert.ok(holdSeat(directory));
  const router = await startRouter(settings);
  ends.push(() => stopRouter(settings));
  await router.apply({
    stable: { release: instances.release, ports: instances.running.map(({ port }) => port) },
    candidate: null,
    candidateBasisPoints: 0,
    pins: { stable: '', candidate: '' },
  });
  const watching = watchInstances({
    router,
    healthPath: '/healthz',
    now: () => new Date(),
    random: () => 0.5,
    signal: over.signal,
    log: (line) => log.push(line),
    policy: hasty,
    tickSeconds: 0.1,
  });
  ends.push(() => {
    over.abort();
    return watching;
  });
  return { router, instances, directory };
}

async function weightOf({ router, instances }: Scene, index: number): Promise<number> {
  const port = instances.running[index]?.port;
  return (await router.instances()).find((instance) => instance.port === port)?.limit.weight ?? -1;
}

function eventsIn(directory: string): InstanceEvent[] {
  const events: InstanceEvent[] = [];
  takeEvents(directory, (event) => events.push(event));
  return events;
}

const kinds: RouterSettings['kind'][] =
  findHaproxy(process.env) === null ? ['embedded'] : ['embedded', 'haproxy'];
for (const kind of kinds) {
  test(`${kind}: a cold instance returns in steps, is never asked beyond its curve, and no request fails`, async (context) => {
    const scene = await stage(context, kind);
    const { instances, directory } = scene;
    const load = startPacedLoad(`http://127.0.0.1:${scene.router.settings.publicPort}`, 120);
    context.after(() => load.stop());
    const before = await instances.stats(1);
    await instances.crash(1);
    await until('the restarted process', async () => {
      const stats = await instances.stats(1).catch(() => null);
      return stats !== null && stats.processId !== before.processId;
    });
    await until('its whole share', async () => (await weightOf(scene, 1)) === 100);
    await until('its return', () => readReturns(directory)?.instances[0]?.state.phase === 'back');
    const after = await instances.stats(1);
    const result = await load.stop();
    assert.deepEqual([result.failed, result.failures], [0, []]);
    assert.equal(after.refused, 0);
    assert.equal(after.beyond, 0);
    const events = eventsIn(directory);
    assert.deepEqual(
      events.filter(({ moved }) => moved === 'up').map(({ weight }) => weight),
      hasty.stepWeights,
    );
    assert.equal(events[0]?.moved, 'lost');
    assert.equal(events.at(-1)?.moved, 'back');
  });
}

test('a drained instance stays out until it is asked back, and one without requests is held at its first step', async (context) => {
  const scene = await stage(context, 'embedded');
  const { directory, instances } = scene;
  const wish = { supervisor: instances.running[0]?.supervisor ?? 0, by: 'ada', at: new Date().toISOString() };
  addWishes(directory, { 'shop-cccccccccccc-0': { ...wish, wish: 'out' } });
  await until('the drain', async () => (await weightOf(scene, 0)) === 0);
  assert.equal(readReturns(directory)?.instances[0]?.reasonCode, 'drained');
  addWishes(directory, { 'shop-cccccccccccc-0': { ...wish, wish: 'back' } });
  await until('its first step', async () => (await weightOf(scene, 0)) === 20);
  await until('more than a soak', () => {
    const state = readReturns(directory)?.instances[0]?.state;
    return state !== undefined && state.lastSeconds - state.sinceSeconds > 2;
  });
  assert.equal(await weightOf(scene, 0), 20);
  assert.deepEqual(
    eventsIn(directory).map(({ moved }) => moved),
    ['lost', 'up'],
  );
});

test('a wish is for the instance that was meant, and not for a later one under its name', async (context) => {
  const scene = await stage(context, 'embedded');
  const at = new Date().toISOString();
  addWishes(scene.directory, { 'shop-cccccccccccc-0': { wish: 'out', supervisor: 1, by: 'ada', at } });
  addWishes(scene.directory, {
    'shop-cccccccccccc-1': {
      wish: 'out',
      supervisor: scene.instances.running[1]?.supervisor ?? 0,
      by: 'ada',
      at,
    },
  });
  await until('the drain of the other', async () => (await weightOf(scene, 1)) === 0);
  assert.equal(await weightOf(scene, 0), 100);
});

test('the only instance that is left takes everything at once when it is back', async (context) => {
  const scene = await stage(context, 'embedded');
  const { instances } = scene;
  const processes = [await instances.stats(0), await instances.stats(1)].map(({ processId }) => processId);
  await Promise.all([instances.crash(0), instances.crash(1)]);
  await until('both, restarted', async () => {
    const now = await Promise.all([0, 1].map((index) => instances.stats(index).catch(() => null)));
    return now.every((stats, index) => stats !== null && stats.processId !== processes[index]);
  });
  await until('an answer', async () => {
    const answer = await fetch(`http://127.0.0.1:${scene.router.settings.publicPort}/`);
    return answer.status === 200;
  });
  await until('one of them at its whole share', async () =>
    [await weightOf(scene, 0), await weightOf(scene, 1)].includes(100),
  );
});
