import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RouterSettings, RouterShares } from '../../stacks/local/router/router.ts';
import { startRouter, stopRouter } from '../../stacks/local/router/start-router.ts';
import { routerDefaults } from '../support/router-defaults.ts';
import { freePort } from '../support/free-port.ts';
import { afterRequests, startLoad } from '../support/load.ts';
import { startShopInstance } from '../support/shop-instance.ts';
import type { BenchRow } from './bench-row.ts';
import { median } from './paired.ts';

const requests = 100_000;
const pins = { stable: 'pin-stable', candidate: 'pin-candidate' };

/** 100,000 requests (GET and keyed POST) through shares, flips, rollbacks and killed candidates, on both routers. */
export async function benchRouter(): Promise<BenchRow[]> {
  return [...(await measure('haproxy')), ...(await measure('embedded'))];
}

async function measure(kind: RouterSettings['kind']): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-router-'));
  const settings: RouterSettings = {
    kind,
    publicPort: await freePort(),
    directory,
    healthPath: '/',
    ...routerDefaults,
  };
  const stables = [await startShopInstance('stable-1'), await startShopInstance('stable-2')];
  const router = await startRouter(settings);
  const shareMs: number[] = [];
  let kills = 0;
  const sharesWith = (candidatePorts: number[], round: number): RouterShares => ({
    stable: { release: 'sha256:stable', ports: stables.map((instance) => instance.port) },
    candidate: { release: `sha256:candidate-${round}`, ports: candidatePorts },
    candidateBasisPoints: 0,
    pins,
  });
  await router.apply({ ...sharesWith([], 0), candidate: null });
  const load = startLoad(`http://127.0.0.1:${settings.publicPort}`, 32, { keyed: true });
  try {
    for (let round = 0; load.result.requests < requests; round++) {
      const candidate = await startShopInstance(`candidate-${round}`);
      await router.apply(sharesWith([candidate.port], round));
      for (const basisPoints of [500, 2500, 10_000, 0, 5000]) {
        const startedMs = performance.now();
        await router.setShare(basisPoints);
        shareMs.push(performance.now() - startedMs);
        await afterRequests(load, 1500);
      }
      // Every other candidate dies with half of the traffic on it; the others are taken back in order.
      if (round % 2 === 0) {
        candidate.kill();
        kills++;
        await afterRequests(load, 1000);
      }
      await router.setShare(0);
      await router.apply({ ...sharesWith([], round), candidate: null });
      await router.waitUntilIdle(`sha256:candidate-${round}`, 5);
      candidate.kill();
    }
  } finally {
    await load.stop();
    await stopRouter(settings);
    stables.forEach((instance) => instance.kill());
    rmSync(directory, { recursive: true, force: true });
  }
  const { result } = load;
  return [
    {
      name: `${kind}: failed requests through shares, flips, rollbacks, ${kills} kills`,
      value: result.failed,
      unit: 'requests',
      goal: '0',
      isMet: result.failed === 0,
      detail: [`of ${result.requests}, worst ${result.worstMs.toFixed(0)} ms`, ...result.failures].join('; '),
    },
    {
      name: `${kind}: a share change under load, from call to confirmed`,
      value: median(shareMs),
      unit: 'ms',
      goal: 'at most 50 ms',
      isMet: median(shareMs) <= 50,
    },
  ];
}
