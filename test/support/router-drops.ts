/**
 * A router's hard life: releases that come, grow, are taken back, are promoted, or die with users on them, under load all
 * the while. The load's own requests are looked at one by one; more load may run beside it.
 */
import { once } from 'node:events';
import type { RouterSettings, RouterShares } from '../../stacks/local/router/router.ts';
import { afterRequests, type Load } from './load.ts';
import { pins, routerWorld, type World } from './router-world.ts';
import { startShopInstance, type ShopInstance } from './shop-instance.ts';

export interface Drops {
  requests: number;
  failed: number;
  failures: string[];
  rounds: number;
  kills: number;
  /** The slowest request that was under way when an instance was killed, or shortly after. */
  worstInKillMs: number;
  /** Users who went back to stable while the candidate's share grew. */
  flapped: number;
  /** From the call to the router's confirmation, each. */
  shareMs: number[];
}

export interface DropsOptions {
  clients: number;
  /** Requests at each share. */
  requestsEach: number;
  /** Asked after each round. */
  isEnough(requests: number, rounds: number): boolean;
  /** Told where the router is, once it serves. */
  onReady?(url: string): void;
  /** Awaited before the router is stopped. */
  beforeEnd?(): Promise<void>;
}

interface Version {
  release: string;
  instances: ShopInstance[];
}

const growth = [500, 2500, 5000, 10_000];

/** GET and keyed POST through everything. */
export async function runDrops(kind: RouterSettings['kind'], options: DropsOptions): Promise<Drops> {
  const hooks: (() => Promise<void>)[] = [];
  const world = await routerWorld({ after: (hook) => void hooks.push(hook) }, kind);
  const { router } = world;
  const drops: Drops = {
    requests: 0,
    failed: 0,
    failures: [],
    rounds: 0,
    kills: 0,
    worstInKillMs: 0,
    flapped: 0,
    shareMs: [],
  };
  let stable: Version = { release: 'sha256:first', instances: world.stables };
  let candidate: Version | null = null;
  await router.apply(sharesOf(stable, null, 0));
  const load = world.load(options.clients, { keyed: true });
  options.onReady?.(world.url);
  try {
    while (!options.isEnough(load.result.requests, drops.rounds)) {
      candidate = await startVersion(`sha256:round-${drops.rounds}`);
      await router.apply(sharesOf(stable, candidate, 0));
      await grow(world, load, drops, options, candidate.release);
      switch (drops.rounds++ % 3) {
        case 0:
          await router.setShare(5000);
          for (const instance of candidate.instances) await kill(load, instance, drops, options);
          await takeBack(world, stable, candidate);
          break;
        case 1:
          stable = await loseOneOfStable(world, load, drops, options, stable, candidate);
          await takeBack(world, stable, candidate);
          break;
        default:
          await promote(world, stable, candidate);
          stable = candidate;
      }
      candidate = null;
      await afterRequests(load, options.requestsEach);
    }
    await options.beforeEnd?.();
    const { requests, failed, failures } = await load.stop();
    return { ...drops, requests, failed, failures };
  } finally {
    await load.stop();
    for (const { instances } of [stable, candidate ?? { instances: [] }])
      for (const instance of instances) instance.kill();
    for (const hook of hooks) await hook();
  }
}

async function grow(
  { router }: World,
  load: Load,
  drops: Drops,
  { requestsEach }: DropsOptions,
  release: string,
): Promise<void> {
  load.result.changesByUser.clear();
  for (const basisPoints of growth) {
    const startedMs = performance.now();
    await router.setShare(basisPoints);
    drops.shareMs.push(performance.now() - startedMs);
    await afterRequests(load, requestsEach);
  }
  for (const met of load.result.changesByUser.values())
    if (met.some((one, index) => one === release && index < met.length - 1)) drops.flapped++;
}

/** SIGKILL in the middle of what it does; the requests that met it are those under way now or soon. */
async function kill(
  load: Load,
  instance: ShopInstance,
  drops: Drops,
  { requestsEach }: DropsOptions,
): Promise<void> {
  const worstBefore = load.result.worstMs;
  load.result.worstMs = 0;
  const gone = once(instance.process, 'exit');
  instance.kill();
  await gone;
  drops.kills++;
  await afterRequests(load, Math.max(requestsEach / 2, 100));
  drops.worstInKillMs = Math.max(drops.worstInKillMs, load.result.worstMs);
  load.result.worstMs = Math.max(worstBefore, load.result.worstMs);
}

async function loseOneOfStable(
  { router }: World,
  load: Load,
  drops: Drops,
  options: DropsOptions,
  { release, instances }: Version,
  candidate: Version,
): Promise<Version> {
  await router.setShare(2500);
  const [lost, ...others] = instances;
  if (lost !== undefined) await kill(load, lost, drops, options);
  const stable = { release, instances: [...others, await startShopInstance(release)] };
  await router.apply(sharesOf(stable, candidate, 2500));
  return stable;
}

async function takeBack({ router }: World, stable: Version, candidate: Version): Promise<void> {
  await router.setShare(0);
  await router.apply(sharesOf(stable, null, 0));
  await end(router, candidate);
}

async function promote({ router }: World, stable: Version, candidate: Version): Promise<void> {
  await router.apply(sharesOf(candidate, null, 0));
  await end(router, stable);
}

async function end(router: World['router'], { release, instances }: Version): Promise<void> {
  const { isIdle } = await router.drain(release, 5);
  if (!isIdle) throw new Error(`${release} did not become idle`);
  for (const instance of instances) instance.kill();
}

async function startVersion(release: string): Promise<Version> {
  return { release, instances: await Promise.all([1, 2].map(() => startShopInstance(release))) };
}

function sharesOf(stable: Version, candidate: Version | null, candidateBasisPoints: number): RouterShares {
  const routed = ({ release, instances }: Version): { release: string; ports: number[] } => ({
    release,
    ports: instances.map(({ port }) => port),
  });
  return {
    stable: routed(stable),
    candidate: candidate === null ? null : routed(candidate),
    candidateBasisPoints,
    pins,
  };
}
