import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Router, RouterSettings, RouterShares } from '../../stacks/local/router/router.ts';
import { findHaproxy, startRouter, stopRouter } from '../../stacks/local/router/start-router.ts';
import { freePort } from './free-port.ts';
import { startLoad, type Load } from './load.ts';
import { routerDefaults } from './router-defaults.ts';
import { startShopInstance, startWireInstance, type ShopInstance } from './shop-instance.ts';

export const stable = 'sha256:aaaa';
export const candidate = 'sha256:bbbb';
export const pins = { stable: 'pin-stable', candidate: 'pin-candidate' };

/** A router with two instances of stable and one candidate behind it, all of them processes. */
export interface World {
  router: Router;
  settings: RouterSettings;
  url: string;
  stables: ShopInstance[];
  candidates: ShopInstance[];
  sharesAt(candidateBasisPoints: number): RouterShares;
  /** Load that ends with its test, also when the test fails. */
  load(clients: number, options: Parameters<typeof startLoad>[2]): Load;
}

export interface WorldOptions {
  instances?: 'shop' | 'wire';
  settings?: Partial<RouterSettings>;
}

export async function routerWorld(
  context: { after(hook: () => Promise<void>): void },
  kind: RouterSettings['kind'],
  options: WorldOptions = {},
): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
  const isWire = options.instances === 'wire';
  const start = isWire ? startWireInstance : startShopInstance;
  const settings: RouterSettings = {
    kind,
    publicPort: await freePort(),
    directory,
    healthPath: isWire ? '/health' : '/',
    ...routerDefaults,
    ...options.settings,
  };
  const [first, second, third] = await Promise.all(['stable-1', 'stable-2', 'candidate-1'].map(start));
  const stables = [first, second].flatMap((instance) => instance ?? []);
  const candidates = third === undefined ? [] : [third];
  const loads: Load[] = [];
  // One hook, since the order matters: a router is stopped through what lies in its directory.
  context.after(async () => {
    await Promise.all(loads.map((load) => load.stop()));
    await stopRouter(settings);
    [...stables, ...candidates].forEach((instance) => instance.kill());
    rmSync(directory, { recursive: true, force: true });
  });
  const router = await startRouter(settings);
  const sharesAt = (candidateBasisPoints: number): RouterShares => ({
    stable: { release: stable, ports: stables.map((instance) => instance.port) },
    candidate: { release: candidate, ports: candidates.map((instance) => instance.port) },
    candidateBasisPoints,
    pins,
  });
  await router.apply({ ...sharesAt(0), candidate: null });
  const url = `http://127.0.0.1:${settings.publicPort}`;
  const load: World['load'] = (clients, loadOptions) => {
    const started = startLoad(url, clients, loadOptions);
    loads.push(started);
    return started;
  };
  return { load, router, settings, url, stables, candidates, sharesAt };
}

/** Runs a test against each router; HAProxy may be missing, except where nothing may be. */
export function testOnRouters(
  name: string,
  run: (kind: RouterSettings['kind'], context: TestContext) => Promise<void>,
): void {
  for (const kind of ['embedded', 'haproxy'] as const) {
    const isMissing = kind === 'haproxy' && findHaproxy(process.env) === null;
    const skip =
      isMissing && process.env['EVENKEEL_TEST_STRICT'] === undefined ? 'HAProxy is not installed' : false;
    test(`${kind}: ${name}`, { skip }, (context) => run(kind, context));
  }
}
