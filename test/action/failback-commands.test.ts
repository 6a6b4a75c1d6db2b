/** `drain` and `failback` on real instances behind a real router; the rollout that made them is a journal by hand. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readEntries } from '../../action/audit-log/directory-store.ts';
import type { CommandContext } from '../../action/commands/command.ts';
import { stateDirectoryOf } from '../../action/deployer/state-directory.ts';
import { drainInstances } from '../../action/failback/drain-instances.ts';
import { instancesReturning, returnLines } from '../../action/failback/returning-instances.ts';
import { runFailback } from '../../action/failback/run-failback.ts';
import { routerSettingsOf } from '../../stacks/local/router-settings.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { startRouter, stopRouter } from '../../stacks/local/router/start-router.ts';
import { failureOf } from '../support/failure-of.ts';
import { startColdInstances, type ColdInstances } from '../support/failback/cold-instances.ts';
import { freePort } from '../support/free-port.ts';
import { serviceForTest } from '../support/release-of-service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

interface Scene {
  repository: string;
  env: Record<string, string>;
  router: Router;
  instances: ColdInstances;
}

async function stage(context: TestContext): Promise<Scene> {
  const repository = temporaryDirectory(context);
  const env = { EVENKEEL_HOME: join(repository, '.evenkeel') };
  const directories = stateDirectoryOf(repository, env, 'shop', 'production');
  const service = {
    ...serviceForTest(await freePort()),
    healthPath: '/healthz',
    zones: ['east', 'west'],
  };
  const settings = routerSettingsOf(service, directories.home, {});
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  const curve = { coldPerSecond: 1000, warmPerSecond: 1000, warmAfter: 1 };
  const instances = await startColdInstances(settings, 2, curve, service.zones);
  context.after(() => instances.end());
  const router = await startRouter(settings);
  context.after(() => stopRouter(settings));
  await router.apply({
    stable: { release: instances.release, ports: instances.running.map(({ port }) => port) },
    candidate: null,
    candidateBasisPoints: 0,
    pins: { stable: '', candidate: '' },
  });
  const plan = { rollout: '1', service: 'shop', environment: 'production', candidate: instances.release };
  const record = { record: 'plan', plan, at: '2026-03-02T10:00:00.000Z', by: 'ada' };
  writeFileSync(
    join(directories.journal, '0000000001.jsonl'),
    `${JSON.stringify({ ...record, context: { target: 'local', service } })}\n`,
  );
  return { repository, env, router, instances };
}

function contextOf({ repository, env }: Scene, signal = new AbortController().signal): CommandContext {
  return {
    workingDirectory: repository,
    env,
    now: () => new Date(),
    signal,
    print: () => undefined,
    progress: () => undefined,
    isTerminal: false,
  };
}

async function weights({ router }: Scene): Promise<number[]> {
  return (await router.instances()).map(({ limit }) => limit.weight);
}

test('a zone is drained, the other one then may not be, and it returns in steps when it is asked back', async (context) => {
  const scene = await stage(context);
  const { repository, env, instances } = scene;
  const place = { service: undefined, environment: undefined, instance: undefined };
  const drained = await drainInstances(repository, { ...place, zone: 'east' }, contextOf(scene));
  assert.deepEqual([drained.exitCode, drained.reasonCode], [0, 'drained']);
  assert.deepEqual(await weights(scene), [0, 100]);
  const directories = stateDirectoryOf(repository, env, 'shop', 'production');
  await until('the watcher’s word', () => instancesReturning(directories).length === 1);
  assert.match(
    returnLines(instancesReturning(directories)).join('\n'),
    /^shop-cccccccccccc-0 zone east {4}0 % {2}.* drained it at .*`evenkeel failback` brings it back$/,
  );

  const refused = await drainInstances(repository, { ...place, zone: 'west' }, contextOf(scene));
  assert.deepEqual([refused.exitCode, refused.reasonCode], [1, 'capacity-too-low']);
  assert.match(refused.text, /0 healthy instances of full weight would stay, and 1 are needed/);
  assert.deepEqual(await weights(scene), [0, 100]);

  const over = new AbortController();
  const request = { service: 'shop', environment: 'production', instances: ['shop-cccccccccccc-0'] };
  const back = runFailback(repository, request, 'ada', contextOf(scene, over.signal));
  await until('its first step', async () => (await weights(scene))[0] === 5);
  over.abort();
  assert.equal((await back).exitCode, 130);
  assert.deepEqual(await instances.stats(0).then(({ refused: none }) => none), 0);
  const events = [...readEntries(directories.audit)].map(({ event }) => event);
  assert.deepEqual(events.slice(0, 2), ['log.created', 'instance.drained']);
  assert.ok(events.slice(2).length >= 2 && events.slice(2).every((event) => event === 'instance.changed'));
});

test('of two drains at once that together leave nobody, one is refused', async (context) => {
  const scene = await stage(context);
  const place = { service: undefined, environment: undefined, instance: undefined };
  const both = await Promise.all(
    ['east', 'west'].map((zone) => drainInstances(scene.repository, { ...place, zone }, contextOf(scene))),
  );
  assert.deepEqual(both.map(({ reasonCode }) => reasonCode).sort(), ['capacity-too-low', 'drained']);
  assert.deepEqual((await weights(scene)).sort(), [0, 100]);
});

test('what is meant has to be said, and to be there', async (context) => {
  const scene = await stage(context);
  const place = { service: undefined, environment: undefined };
  const drain = async (instance?: string, zone?: string): Promise<string> =>
    (await failureOf(drainInstances(scene.repository, { ...place, instance, zone }, contextOf(scene))))
      .message;
  assert.match(await drain(), /either --instance NAME or --zone NAME/);
  assert.match(await drain(undefined, 'north'), /in zone north; there are: shop-c+-0 \(zone east\), /);
  assert.match(await drain('shop-9'), /nothing that is routed is shop-9/);
});
