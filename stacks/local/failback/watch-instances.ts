/**
 * Brings instances that came back into the router in judged steps: those that their supervisor started again, those that
 * the router had lost, those that a person gives back. Runs beside the router, and in a command where nobody does.
 *
 * An instance that carries its whole share is the router's affair. Everything here is decided by `decideReturn`; this
 * file looks, tells the router, and writes down what it did.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  decideReturn,
  limitOf,
  startReturn,
  sumCounters,
  unprovenWeight,
} from '../../../policies/failback/decide-return.ts';
import { defaultReturnPolicy } from '../../../policies/failback/default-return-policy.ts';
import type {
  ReturnObservation,
  ReturnPolicy,
  ReturnState,
} from '../../../policies/failback/return-state.ts';
import { versionIncrease, type VersionCounters } from '../../../policies/judge/counter-increase.ts';
import { lookAtInstance } from '../instance-health.ts';
import type { InstanceLimit, RoutedInstance, Router } from '../router/router.ts';
import {
  failbackDirectoryOf,
  readReturns,
  readWishes,
  writeEvent,
  writeReturns,
  type InstanceEvent,
  type ReturnRecord,
  type Wish,
} from './failback-record.ts';
import { findInstances, type KnownInstance } from './find-instances.ts';
import { holdSeat, leaveSeat } from './watcher-seat.ts';

export interface WatchOptions {
  router: Router;
  healthPath: string;
  now(): Date;
  /** Uniform from 0 to 1. */
  random(): number;
  signal: AbortSignal;
  log(line: string): void;
  policy?: ReturnPolicy;
  tickSeconds?: number;
}

/** One routed instance with what is known of it besides. */
interface Seen {
  routed: RoutedInstance;
  known: KnownInstance;
  /** What it did since the look before. */
  increase: VersionCounters | null;
}

/** What the watcher remembers of an instance between two looks. */
interface Memory {
  counters: VersionCounters;
  /** The process that answered; another one has to show anew what it can do. */
  process: string;
  downSinceSeconds: number | null;
}

interface Watch {
  options: WatchOptions;
  policy: ReturnPolicy;
  directory: string;
  returns: Map<string, ReturnRecord>;
  memory: Map<string, Memory>;
}

/** Down for a moment is the router's affair: it passes over the instance by itself. */
const lostAfterSeconds = 1;
/** Failures are forgotten when it has stayed back for so long. */
const forgetSeconds = 600;

/** Watches until the signal aborts. What cannot be reached or read is tried again; it never throws. */
export async function watchInstances(options: WatchOptions): Promise<void> {
  const { router, signal, log, tickSeconds = 0.5 } = options;
  const directory = failbackDirectoryOf(router.settings.directory);
  let watch: Watch | null = null;
  let lastProblem = '';
  const clock = monotonic(options.now);
  while (!signal.aborted) {
    try {
      if (holdSeat(directory)) {
        watch ??= resume(directory, options);
        await lookOnce(watch, clock());
        lastProblem = '';
      } else watch = null;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== lastProblem) log(`instances cannot be watched at the moment: ${problem}`);
      lastProblem = problem;
    }
    await wait(tickSeconds * 1000, undefined, { signal }).catch(() => undefined);
  }
  leaveSeat(directory);
}

/** Seconds that go on from the wall clock's first word and never run backwards. */
function monotonic(now: () => Date): () => number {
  const began = now().getTime() / 1000;
  const beganMs = performance.now();
  return () => began + (performance.now() - beganMs) / 1000;
}

/** Goes on where a watcher before this one stood: steps and waits hold, evidence is earned anew. */
function resume(directory: string, options: WatchOptions): Watch {
  const kept = readReturns(directory)?.instances ?? [];
  return {
    options,
    policy: options.policy ?? defaultReturnPolicy,
    directory,
    returns: new Map(kept.map((record) => [record.name, record])),
    memory: new Map(),
  };
}

async function lookOnce(watch: Watch, atSeconds: number): Promise<void> {
  const { router, now } = watch.options;
  const seen = seeInstances(watch, await router.instances());
  const wishes = readWishes(watch.directory);
  for (const name of watch.returns.keys()) {
    if (!seen.some(({ known }) => known.name === name)) watch.returns.delete(name);
  }
  let hasChanged = false;
  for (const instance of seen) {
    const changed = await lookAtOne(watch, instance, seen, wishes[instance.known.name], atSeconds);
    hasChanged ||= changed;
  }
  if (hasChanged || watch.returns.size > 0) {
    const instances = [...watch.returns.values()].map((record) => ({
      ...record,
      state: { ...record.state, judge: null },
    }));
    writeReturns(watch.directory, { at: now().toISOString(), instances });
  }
}

function seeInstances(watch: Watch, routed: readonly RoutedInstance[]): Seen[] {
  const known = findInstances(watch.options.router.settings.directory);
  const ports = new Set(routed.map(({ port }) => String(port)));
  for (const key of watch.memory.keys()) if (!ports.has(key)) watch.memory.delete(key);
  return routed.flatMap((instance) => {
    const own = known.find(({ port, release }) => port === instance.port && release === instance.release);
    if (own === undefined) return [];
    const before = watch.memory.get(String(instance.port));
    const increase = before === undefined ? null : versionIncrease(before.counters, instance.counters);
    return [{ routed: instance, known: own, increase }];
  });
}

/** Whether anything about it changed. */
async function lookAtOne(
  watch: Watch,
  instance: Seen,
  seen: readonly Seen[],
  wish: Wish | undefined,
  atSeconds: number,
): Promise<boolean> {
  const { routed, known } = instance;
  const before = watch.memory.get(String(routed.port));
  const memory: Memory = {
    counters: routed.counters,
    process: processOf(known),
    downSinceSeconds: routed.isUp ? null : (before?.downSinceSeconds ?? atSeconds),
  };
  watch.memory.set(String(routed.port), memory);
  const record = watch.returns.get(known.name);
  const asked = wish?.supervisor === known.supervisor ? wish : undefined;
  if (asked?.wish === 'out') return await keepOut(watch, instance, asked, atSeconds);
  const isForgiven = isAskedBack(record, asked);
  const isLost = memory.downSinceSeconds !== null && atSeconds - memory.downSinceSeconds >= lostAfterSeconds;
  const isOther = before !== undefined && before.process !== memory.process;
  if (isForgiven || hasFallen(record, routed, isOther, isLost && hasOthers(instance, seen))) {
    return await begin(watch, instance, seen, atSeconds, isForgiven);
  }
  if (record === undefined) return false;
  if (record.state.phase === 'back') return forget(watch, record, atSeconds);
  return await goOn(watch, instance, seen, record, atSeconds);
}

function isAskedBack(record: ReturnRecord | undefined, wish: Wish | undefined): boolean {
  if (record === undefined) return false;
  if (record.reasonCode === 'drained') return true;
  return (
    record.state.phase === 'out' &&
    wish !== undefined &&
    Date.parse(wish.at) / 1000 > record.state.sinceSeconds
  );
}

/** It is down, it is another process than before, or its supervisor has taken it out of the router. */
function hasFallen(
  record: ReturnRecord | undefined,
  { limit }: RoutedInstance,
  isOther: boolean,
  isLost: boolean,
): boolean {
  if (record === undefined || record.state.phase === 'back') return isOther || isLost || limit.weight < 100;
  // While it is given nothing there is nothing to take from it.
  if (record.state.phase === 'out' || record.state.step < 0) return false;
  return isOther || limit.weight < record.limit.weight;
}

/** Out of the router first, so that nothing unproven carries users while it waits. */
async function begin(
  watch: Watch,
  instance: Seen,
  seen: readonly Seen[],
  atSeconds: number,
  isForgiven: boolean,
): Promise<boolean> {
  const { router, random, now } = watch.options;
  const { routed, known } = instance;
  const record = watch.returns.get(known.name);
  const failures = isForgiven || record === undefined ? 0 : record.state.failures + 1;
  const state = startReturn({ atSeconds, random: random(), failures }, watch.policy);
  const limit = { port: routed.port, ...limitOf(state, watch.policy) };
  // With nobody else there, its supervisor has proved it and given it everything.
  if (hasOthers(instance, seen)) await router.limitInstance(limit);
  const message = isForgiven
    ? 'a person asked for it back; it returns in steps'
    : 'it was gone for a while, and returns in steps';
  keep(watch, known, { state, limit, reasonCode: 'waiting', message, isOverdue: false });
  note(watch, known, { at: now().toISOString(), moved: 'lost', weight: 0, reasonCode: 'waiting', message });
  return true;
}

async function keepOut(
  watch: Watch,
  { routed, known }: Seen,
  wish: Wish,
  atSeconds: number,
): Promise<boolean> {
  if (watch.returns.get(known.name)?.reasonCode === 'drained' && routed.limit.weight === 0) return false;
  const state = startReturn({ atSeconds, random: 0, failures: 0 }, watch.policy);
  const limit = { port: routed.port, weight: 0, maxConcurrent: null };
  await watch.options.router.limitInstance(limit);
  const message = `${wish.by} drained it at ${wish.at}; \`evenkeel failback\` brings it back`;
  keep(watch, known, { state, limit, reasonCode: 'drained', message, isOverdue: false });
  return true;
}

async function goOn(
  watch: Watch,
  instance: Seen,
  seen: readonly Seen[],
  record: ReturnRecord,
  atSeconds: number,
): Promise<boolean> {
  const { router, now } = watch.options;
  const { routed, known } = instance;
  const observation = await observationOf(watch, instance, seen, record.state, atSeconds);
  const decision = decideReturn(record.state, observation, watch.policy);
  const limit = { port: routed.port, ...decision.limit };
  const isLive = routed.limit.weight === limit.weight && routed.limit.maxConcurrent === limit.maxConcurrent;
  if (!isLive) await setLimit(router, known, limit);
  const { reason, state, isOverdue, moved } = decision;
  keep(watch, known, { state, limit, reasonCode: reason.code, message: reason.message, isOverdue });
  const hasBecomeOverdue = isOverdue && !record.isOverdue;
  if (moved === null && !hasBecomeOverdue) return false;
  note(watch, known, {
    at: now().toISOString(),
    moved: moved ?? 'held',
    weight: limit.weight,
    reasonCode: reason.code,
    message: reason.message,
  });
  return true;
}

async function observationOf(
  watch: Watch,
  { routed, known, increase }: Seen,
  seen: readonly Seen[],
  state: ReturnState,
  atSeconds: number,
): Promise<ReturnObservation> {
  const { signal, random } = watch.options;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(2000)]);
  const look = routed.isUp ? await lookAtInstance(known, known.supervisor, limit) : null;
  const others = seen.filter(
    (other) => other.routed.port !== routed.port && other.routed.release === routed.release,
  );
  const peers = others.filter((other) => isFullPeer(watch, other));
  const returning = others.flatMap((other) => {
    const record = watch.returns.get(other.known.name);
    return record?.state.phase === 'returning' && other.routed.isUp ? [record] : [];
  });
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);
  return {
    atSeconds: Math.max(atSeconds, state.lastSeconds),
    random: random(),
    isHealthy: look?.is === 'ready',
    instance: increase,
    peers: sumCounters(peers.flatMap((peer) => peer.increase ?? [])),
    peersWeight: 100 * peers.length,
    othersWeight: sum(returning.map((record) => record.limit.weight)),
    othersUnprovenWeight: sum(returning.map((record) => unprovenWeight(record.state, watch.policy))),
    peerInFlight:
      peers.length === 0 ? null : sum(peers.map((peer) => peer.routed.counters.inFlight)) / peers.length,
  };
}

function isFullPeer(watch: Watch, { routed, known }: Seen): boolean {
  const record = watch.returns.get(known.name);
  const isWhole = record === undefined || record.state.phase === 'back';
  return routed.isUp && routed.limit.weight >= 100 && isWhole;
}

/** Whether another instance of its release is up and routed, however little it is given. */
function hasOthers({ routed }: Seen, seen: readonly Seen[]): boolean {
  return seen.some(
    (other) =>
      other.routed.port !== routed.port &&
      other.routed.release === routed.release &&
      other.routed.isUp &&
      other.routed.limit.weight > 0,
  );
}

/**
 * A process that ended since it was looked at is being started again, unproven. Its supervisor writes that down before it
 * takes it out of the router, so what this put there after that is found here and taken back.
 */
async function setLimit(router: Router, known: KnownInstance, limit: InstanceLimit): Promise<void> {
  await router.limitInstance(limit);
  const now = findInstances(router.settings.directory).find(({ name }) => name === known.name);
  const isSame = now !== undefined && processOf(now) === processOf(known) && now.status?.isProven === true;
  if (!isSame && limit.weight > 0) await router.limitInstance({ ...limit, weight: 0, maxConcurrent: null });
}

/** Its past failures count for a while: what comes back only to fall again waits longer each time. */
function forget(watch: Watch, record: ReturnRecord, atSeconds: number): boolean {
  if (atSeconds - record.state.sinceSeconds < forgetSeconds) return false;
  watch.returns.delete(record.name);
  return true;
}

function processOf({ status }: KnownInstance): string {
  return `${status?.processId ?? ''}/${status?.processStart ?? ''}`;
}

function keep(
  watch: Watch,
  { name, release, zone }: KnownInstance,
  rest: Omit<ReturnRecord, 'name' | 'release' | 'zone'>,
): void {
  watch.returns.set(name, { name, release, zone, ...rest });
}

function note(
  watch: Watch,
  { name, release, zone }: KnownInstance,
  event: Omit<InstanceEvent, 'instance' | 'release' | 'zone'>,
): void {
  watch.options.log(`${event.at} ${name}: ${event.weight} % (${event.message})`);
  writeEvent(watch.directory, { instance: name, release, zone, ...event });
}
