/**
 * Who can be sent a request: versions by release, their instances by port, each with its limit, its health and its counts.
 * An instance that is no longer routed takes no new request and stays until its last one has ended.
 */
import { Pool } from 'undici';
import type {
  InstanceLimit,
  ReleaseCounters,
  RoutedInstance,
  RoutedVersion,
  RouterShares,
} from '../router.ts';
import { newCounts, readCounts, type Counts } from './counts.ts';

export const maxHeaderBytes = 64 * 1024;
const connectionsPerInstance = 512;
const retiredVersionsKept = 8;

export interface Instance {
  release: string;
  port: number;
  pool: Pool;
  /** Never uses a connection twice. */
  freshPool: Pool;
  isUp: boolean;
  isRouted: boolean;
  weight: number;
  maxConcurrent: number;
  /** Smooth weighted round robin: whoever has waited longest for its weight is next. */
  credit: number;
  counts: Counts;
  /** Upgraded connections, which no pool knows. */
  tunnels: Set<{ destroy(): void }>;
}

export interface Version {
  release: string;
  instances: Instance[];
  counts: Counts;
  /** Requests that wait for an instance with room, in order. */
  waiting: (() => void)[];
}

/** What a restarted router needs to go on as before. */
export interface KeptTable {
  shares: RouterShares;
  limits: InstanceLimit[];
  versions: Record<string, ReleaseCounters>;
  instances: { release: string; port: number; counters: ReleaseCounters }[];
}

export class InstanceTable {
  shares: RouterShares;
  stable: Version | undefined;
  candidate: Version | undefined;
  readonly #versions = new Map<string, Version>();
  /** Only the instances that were routed before a restart go on where they were; a port may be somebody else's later. */
  #kept: KeptTable;
  readonly #answerMs: number;

  constructor(kept: KeptTable, answerMs: number) {
    this.#kept = kept;
    this.#answerMs = answerMs;
    this.shares = kept.shares;
    this.setShares(kept.shares);
    this.#kept = { ...kept, limits: [], instances: [] };
  }

  setShares(wanted: RouterShares): void {
    this.stable = wanted.stable === null ? undefined : this.#update(wanted.stable);
    this.candidate = wanted.candidate === null ? undefined : this.#update(wanted.candidate);
    this.shares = wanted;
    for (const version of this.#versions.values())
      if (version !== this.stable && version !== this.candidate) retireAllBut(version, []);
    this.#forgetOldest();
  }

  all(): Instance[] {
    return [...this.#versions.values()].flatMap((version) => version.instances);
  }

  limit({ port, weight, maxConcurrent }: InstanceLimit): boolean {
    const routed = this.#routed().filter((instance) => instance.port === port);
    for (const instance of routed) {
      instance.weight = weight;
      instance.maxConcurrent = maxConcurrent ?? Number.POSITIVE_INFINITY;
      const version = this.#versions.get(instance.release);
      version?.waiting.splice(0).forEach((wake) => wake());
    }
    return routed.length > 0;
  }

  versions(): Record<string, ReleaseCounters> {
    return Object.fromEntries(
      [...this.#versions].map(([release, version]) => [release, readCounts(version.counts)]),
    );
  }

  instances(): RoutedInstance[] {
    return this.#routed().map((instance) => ({
      release: instance.release,
      port: instance.port,
      isUp: instance.isUp,
      limit: limitOf(instance),
      counters: readCounts(instance.counts),
    }));
  }

  kept(): KeptTable {
    return {
      shares: this.shares,
      limits: this.#routed().map(limitOf),
      versions: this.versions(),
      instances: this.instances(),
    };
  }

  #routed(): Instance[] {
    return this.all().filter((instance) => instance.isRouted);
  }

  #update(routed: RoutedVersion): Version {
    const { release } = routed;
    let version = this.#versions.get(release);
    if (version === undefined) {
      version = { release, instances: [], counts: newCounts(this.#kept.versions[release]), waiting: [] };
      this.#versions.set(release, version);
    }
    retireAllBut(version, routed.ports);
    for (const port of routed.ports) {
      if (version.instances.some((instance) => instance.isRouted && instance.port === port)) continue;
      version.instances.push(this.#newInstance(release, port));
    }
    return version;
  }

  #newInstance(release: string, port: number): Instance {
    const limit = this.#kept.limits.find((kept) => kept.port === port);
    const kept = this.#kept.instances.find((one) => one.release === release && one.port === port);
    const origin = `http://127.0.0.1:${port}`;
    const options: Pool.Options = {
      connections: connectionsPerInstance,
      connect: { timeout: 1000 },
      headersTimeout: this.#answerMs,
      bodyTimeout: 0,
      maxHeaderSize: maxHeaderBytes,
    };
    return {
      release,
      port,
      pool: new Pool(origin, { ...options, pipelining: 1 }),
      freshPool: new Pool(origin, { ...options, pipelining: 0 }),
      isUp: true,
      isRouted: true,
      weight: limit?.weight ?? 100,
      maxConcurrent: limit?.maxConcurrent ?? Number.POSITIVE_INFINITY,
      credit: 0,
      counts: newCounts(kept?.counters),
      tunnels: new Set(),
    };
  }

  /** A long life of many releases must not fill the memory; the newest retired ones may still be asked for. */
  #forgetOldest(): void {
    const retired = [...this.#versions.values()].filter(
      (version) => version !== this.stable && version !== this.candidate && version.counts.inFlight === 0,
    );
    for (const version of retired.slice(0, -retiredVersionsKept)) this.#versions.delete(version.release);
  }
}

/** The instance whose turn it is; `full` when only such are left that have no room now; undefined when there is none. */
export function pick(
  version: Version,
  tried: readonly Instance[],
  mayBeDown: boolean,
): Instance | 'full' | undefined {
  let best: Instance | undefined;
  let total = 0;
  let isFull = false;
  for (const instance of version.instances) {
    if (!instance.isRouted || instance.weight === 0 || tried.includes(instance)) continue;
    if (!instance.isUp && !mayBeDown) continue;
    if (instance.counts.inFlight >= instance.maxConcurrent) {
      isFull = true;
      continue;
    }
    total += instance.weight;
    instance.credit += instance.weight;
    if (best === undefined || instance.credit > best.credit) best = instance;
  }
  if (best !== undefined) {
    best.credit -= total;
    return best;
  }
  return isFull ? 'full' : undefined;
}

export function isUp(instance: Instance): boolean {
  return instance.isRouted && instance.isUp && instance.weight > 0;
}

/** Calls `go` when there may be room, in the order in which they came, or `tooLate`; returns how to leave the queue. */
export function awaitRoom(
  { waiting }: Version,
  patienceMs: number,
  go: () => void,
  tooLate: () => void,
): () => void {
  const wake = (): void => {
    clearTimeout(patience);
    go();
  };
  const leave = (): void => {
    clearTimeout(patience);
    const place = waiting.indexOf(wake);
    if (place !== -1) waiting.splice(place, 1);
  };
  const patience = setTimeout(() => {
    leave();
    tooLate();
  }, patienceMs);
  waiting.push(wake);
  return leave;
}

/** One request less: makes room for one that waits, and lets go of an instance that is no longer routed. */
export function release(version: Version, instance: Instance): void {
  version.counts.inFlight--;
  instance.counts.inFlight--;
  version.waiting.shift()?.();
  if (!instance.isRouted && instance.counts.inFlight === 0) forget(version, instance);
}

/** Cuts whatever is still under way there, and says how much it was. */
export function cut(instance: Instance): number {
  const { inFlight } = instance.counts;
  for (const tunnel of instance.tunnels) tunnel.destroy();
  void instance.pool.destroy();
  void instance.freshPool.destroy();
  return inFlight;
}

function retireAllBut(version: Version, ports: readonly number[]): void {
  for (const instance of version.instances) {
    if (!instance.isRouted || ports.includes(instance.port)) continue;
    instance.isRouted = false;
    // Waits for what is under way, and closes the idle connections.
    void instance.pool.close();
    void instance.freshPool.close();
    if (instance.counts.inFlight === 0) forget(version, instance);
  }
}

function forget(version: Version, instance: Instance): void {
  version.instances = version.instances.filter((other) => other !== instance);
}

function limitOf(instance: Instance): InstanceLimit {
  const { port, weight, maxConcurrent } = instance;
  return { port, weight, maxConcurrent: Number.isFinite(maxConcurrent) ? maxConcurrent : null };
}
