import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { crc32 } from 'node:zlib';
import type { TargetBench } from '../../action/target/target-bench.ts';
import { testPaths, testService } from '../../action/target/test-service.ts';
import type { Endpoints, Exposure, Release } from '../../stacks/exposure.ts';
import { effectFailure } from '../../stacks/failure.ts';

/** One way to break the contract; each is what somebody's first target does. */
export type TargetFault =
  | 'acts-in-preview'
  | 'does-all-in-code'
  | 'answers-as-another'
  | 'makes-anew'
  | 'leaks-users'
  | 'ignores-pins'
  | 'starts-one'
  | 'rounds-the-share'
  | 'drops-at-changes'
  | 'never-narrows'
  | 'flips-in-words'
  | 'leaves-the-dead'
  | 'lost-by-a-kill'
  | 'stops-at-once'
  | 'stays-up';

const release = (letter: string): Release => ({
  digest: `sha256:${letter.repeat(64)}`,
  commit: letter.repeat(40),
  tree: letter.repeat(40),
  directory: '/',
});
const blue = release('a');
const green = release('b');
const slowMs = 150;

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/**
 * A target whose stack is memory and whose balancer and instances are servers of this process, with one fault or none.
 * It proves that a broken promise is noticed, and nothing about Pulumi: the local target goes through the real one.
 */
export async function inMemoryTarget(context: TestContext, fault: TargetFault | null): Promise<TargetBench> {
  let live: Exposure | null = null;
  let share = 0;
  let isUp = false;
  let wasKilled = false;
  let dropsLeft = 0;
  const waiting = new Set<ServerResponse>();
  const servers: Server[] = [];
  const instances = new Map<string, { url: string; isAlive: boolean }[]>();

  function answer(response: ServerResponse, from: Release | null, path: string): void {
    if (from === null) return void response.writeHead(503).end();
    const name = fault === 'answers-as-another' ? 'sha256:somebody' : from.digest;
    const finish = (): void => {
      waiting.delete(response);
      response.writeHead(200, { 'x-evenkeel-release': name }).end();
    };
    if (path === testPaths.slow) {
      waiting.add(response);
      setTimeout(finish, slowMs);
    } else finish();
  }

  const balancer = createServer((request, response) => {
    if (!isUp || live === null) return void response.destroy();
    if (dropsLeft > 0) {
      dropsLeft -= 1;
      return void response.writeHead(503).end();
    }
    const pin = request.headers['x-evenkeel-pin'];
    const user = String(request.headers['x-user'] ?? '');
    const leak = fault === 'leaks-users' ? 300 : 0;
    let from = crc32(user) % 10_000 < share + leak ? live.candidate : live.stable;
    if (fault !== 'ignores-pins' && pin === live.pins.candidate) from = live.candidate;
    if (fault !== 'ignores-pins' && pin === live.pins.stable) from = live.stable;
    answer(response, from ?? live.stable, request.url ?? '/');
  });
  servers.push(balancer);
  const publicUrl = await listen(balancer);
  const service = testService(Number(new URL(publicUrl).port));
  context.after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function instancesOf(of: Release | null, count: number): Promise<string[]> {
    if (of === null) return [];
    const known = instances.get(of.digest) ?? [];
    instances.set(of.digest, known);
    while (known.length < (fault === 'starts-one' ? 1 : count)) {
      const instance = { url: '', isAlive: true };
      const server = createServer((request, response) => {
        if (request.url === testPaths.die) instance.isAlive = false;
        if (instance.isAlive) answer(response, of, request.url ?? '/');
        else response.destroy();
      });
      servers.push(server);
      instance.url = await listen(server);
      known.push(instance);
    }
    for (const instance of known) instance.isAlive ||= fault !== 'leaves-the-dead';
    return known.slice(0, count).map(({ url }) => url);
  }

  async function apply(exposure: Exposure): Promise<Endpoints> {
    if (wasKilled && fault === 'lost-by-a-kill')
      throw effectFailure('target-failed', 'an instance of that name is there already', true);
    const { capacity, candidateBasisPoints: wanted } = exposure;
    const isLeaving = live?.stable != null && live.stable.digest !== exposure.stable?.digest;
    if (isLeaving && fault === 'stops-at-once') for (const response of waiting) response.destroy();
    if (fault === 'drops-at-changes' && wanted !== share) dropsLeft = 3;
    const isNarrower = exposure.candidate !== null && wanted < share;
    if (fault === 'rounds-the-share') share = Math.round(wanted / 2500) * 2500;
    else if (!(isNarrower && fault === 'never-narrows')) share = wanted;
    if (isLeaving) for (const instance of instances.get(blue.digest) ?? []) instance.isAlive = false;
    live = exposure;
    isUp = true;
    const stable = await instancesOf(exposure.stable, capacity.stable);
    const candidate = await instancesOf(exposure.candidate, capacity.candidate);
    return { public: publicUrl, stable, candidate, metrics: publicUrl };
  }

  return {
    stack: {
      apply,
      async preview(exposure) {
        const isThere = live?.stable?.digest === exposure.stable?.digest;
        if (fault === 'acts-in-preview') await apply(exposure);
        if (fault === 'does-all-in-code') return { create: 1 };
        return isThere && fault !== 'makes-anew' ? { same: 3 } : { create: 3 };
      },
      refresh: () => Promise.resolve([]),
      destroy() {
        isUp = fault === 'stays-up';
        return Promise.resolve();
      },
    },
    fast: {
      path: 'target-fast',
      setShare(basisPoints) {
        if (fault !== 'flips-in-words') share = basisPoints;
        return Promise.resolve();
      },
      share: () => Promise.resolve(share),
    },
    service,
    blue,
    green,
    pins: { stable: 'pin-s', candidate: 'pin-c' },
    isOwnService: true,
    asUser: (key) => ({ 'x-user': key }),
    publicUrl: () => publicUrl,
    async killUpdate(update) {
      wasKilled = true;
      await update.catch(() => undefined);
      return true;
    },
    leftProcesses: () => [],
  };
}
