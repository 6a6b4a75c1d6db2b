/** From what HAProxy has counted to what each release and instance did, through restarts of HAProxy and promotions. */
import { existsSync, readFileSync } from 'node:fs';
import {
  latencyBoundsMs,
  type InstanceLimit,
  type ReleaseCounters,
  type RoutedInstance,
  type RouterCounters,
} from '../router.ts';
import { writeWhole } from '../write-whole.ts';
import { colours, slotsPerColour } from './haproxy-config.ts';
import type { HaproxyCounts, ServerTotals, Totals } from './haproxy-runtime.ts';
import type { Base, HaproxyState, Paths } from './haproxy-state.ts';

/** What was reported last; a restarted HAProxy goes on from here. */
export interface Counted {
  versions: Record<string, ReleaseCounters>;
  instances: { release: string; port: number; counters: ReleaseCounters }[];
}

export function countersOf(state: HaproxyState, counts: HaproxyCounts): RouterCounters {
  const versions: Record<string, ReleaseCounters> = {};
  for (const colour of colours) {
    const { release } = state.colours[colour];
    if (release === null) continue;
    // Streams of the release that had this colour before are not this one's.
    const others = state.colours[colour].slots.reduce(
      (sum, slot, index) =>
        slot === null || slot.release === release
          ? sum
          : sum + (counts[colour].servers[index]?.inFlight ?? 0),
      0,
    );
    const whole = since(counts[colour].whole, state.colours[colour]);
    versions[release] = { ...whole, inFlight: Math.max(0, whole.inFlight - others) };
  }
  return { versions };
}

export function instancesOf(
  state: HaproxyState,
  counts: HaproxyCounts,
  limits: readonly InstanceLimit[],
): RoutedInstance[] {
  return routedSlots(state).flatMap(({ colour, index, slot }) => {
    const server = counts[colour].servers[index];
    if (server === undefined) return [];
    const { release, port } = slot;
    const limit = limitOf(port, server, limits);
    return [{ release, port, isUp: server.isUp, limit, counters: since(server, slot) }];
  });
}

/** Requests, streams and WebSockets on a release's servers, or on an instance's, routed or not. */
export function underWayOf(state: HaproxyState, counts: HaproxyCounts, who: string | number): number {
  return serversOf(state, who).reduce(
    (sum, { colour, index }) => sum + (counts[colour].servers[index]?.inFlight ?? 0),
    0,
  );
}

export function serversOf(
  state: HaproxyState,
  who: string | number,
): { colour: (typeof colours)[number]; index: number }[] {
  return slotsOf(state).filter(({ slot }) => slot.release === who || slot.port === who);
}

/** Writes down what is about to be reported, so that a restart never takes it back. */
export function keepCounted(paths: Paths, state: HaproxyState, counts: HaproxyCounts): void {
  const counted: Counted = {
    ...countersOf(state, counts),
    instances: routedSlots(state).flatMap(({ colour, index, slot }) => {
      const server = counts[colour].servers[index];
      if (server === undefined) return [];
      return [{ release: slot.release, port: slot.port, counters: since(server, slot) }];
    }),
  };
  const last = readCounted(paths);
  // Two may read at once, and the one that read first may write last.
  const isBehind = Object.entries(counted.versions).some(
    ([release, { requests }]) => requests < (last.versions[release]?.requests ?? 0),
  );
  if (!isBehind) writeWhole(paths.counted, JSON.stringify(counted));
}

export function readCounted(paths: Paths): Counted {
  if (!existsSync(paths.counted)) return { versions: {}, instances: [] };
  // Written by `keepCounted` only.
  return JSON.parse(readFileSync(paths.counted, 'utf8')) as Counted;
}

/** A new HAProxy counts from zero: what was counted last is the base from now on. Changes `state`. */
export function rebase(state: HaproxyState, counted: Counted): void {
  for (const colour of colours) {
    const held = state.colours[colour];
    held.before = null;
    held.kept = held.release === null ? null : (counted.versions[held.release] ?? held.kept);
    // Nothing outlives a router: what was not routed any more is free again.
    held.slots = Array.from({ length: slotsPerColour }, (_, index) => {
      const slot = held.slots[index] ?? null;
      if (slot === null || !slot.isRouted) return null;
      const last = counted.instances.find(
        ({ release, port }) => release === slot.release && port === slot.port,
      );
      return { ...slot, before: null, kept: last?.counters ?? slot.kept };
    });
  }
}

function routedSlots(state: HaproxyState): ReturnType<typeof slotsOf> {
  return slotsOf(state).filter(({ slot }) => slot.isRouted);
}

function slotsOf(state: HaproxyState): {
  colour: (typeof colours)[number];
  index: number;
  slot: NonNullable<HaproxyState['colours']['blue']['slots'][number]>;
}[] {
  return colours.flatMap((colour) =>
    state.colours[colour].slots.flatMap((slot, index) => (slot === null ? [] : [{ colour, index, slot }])),
  );
}

/** What was asked for, as long as HAProxy says the same; otherwise what HAProxy says. */
function limitOf(port: number, server: ServerTotals, limits: readonly InstanceLimit[]): InstanceLimit {
  const { weight, maxConcurrent } = server;
  return (
    limits.find((limit) => limit.port === port && limit.weight === weight) ?? { port, weight, maxConcurrent }
  );
}

function since(now: Totals, { before, kept }: Base): ReleaseCounters {
  const count = (value: number, base = 0, earlier = 0): number => Math.max(0, value - base) + earlier;
  return {
    requests: count(now.requests, before?.requests, kept?.requests),
    errors: count(now.errors, before?.errors, kept?.errors),
    inFlight: now.inFlight,
    latency: {
      boundsMs: latencyBoundsMs,
      counts: now.latency.map((value, index) =>
        count(value, before?.latency[index], kept?.latency.counts[index]),
      ),
      answered: count(now.answered, before?.answered, kept?.latency.answered),
    },
  };
}
