import { setTimeout as wait } from 'node:timers/promises';
import { effectFailure } from '../../../failure.ts';
import { drainFrom } from '../drain-from.ts';
import { metricsUrlOf } from '../keeper.ts';
import type { InstanceLimit, Router, RouterSettings, RouterShares } from '../router.ts';
import { assignSlots, retireSlots, type SlotChange } from './assign-slots.ts';
import { colours, type Colour } from './haproxy-config.ts';
import { countersOf, instancesOf, keepCounted, serversOf, underWayOf } from './haproxy-counters.ts';
import { processOfHaproxy } from './haproxy-process.ts';
import { obey, readHaproxyCounts, runtimeCommand } from './haproxy-runtime.ts';
import {
  colourOf,
  knobOf,
  pathsOf,
  pinsOf,
  readLimits,
  requireState,
  writeLimits,
  writeState,
  type HaproxyState,
  type Paths,
} from './haproxy-state.ts';

const pollMs = 20;

export async function connectHaproxy(settings: RouterSettings): Promise<Router | null> {
  return (await processOfHaproxy(settings)) === null ? null : routerOf(settings, pathsOf(settings));
}

function routerOf(settings: RouterSettings, paths: Paths): Router {
  const underWay = async (who: string | number): Promise<number> =>
    underWayOf(requireState(paths), await readHaproxyCounts(paths.admin), who);
  const shares = (): Promise<RouterShares> => Promise.resolve(requireState(paths).shares);
  return {
    settings,
    metricsUrl: metricsUrlOf(settings),
    apply: (wanted) => applyShares(paths, wanted),
    setShare: (candidateBasisPoints) => moveShare(paths, candidateBasisPoints),
    shares,
    async counters() {
      const state = requireState(paths);
      const counts = await readHaproxyCounts(paths.admin);
      keepCounted(paths, state, counts);
      return countersOf(state, counts);
    },
    async waitUntilIdle(release, deadlineSeconds) {
      const deadline = performance.now() + deadlineSeconds * 1000;
      while ((await underWay(release)) > 0) {
        if (performance.now() >= deadline) return false;
        await wait(pollMs);
      }
      return true;
    },
    async instances() {
      const state = requireState(paths);
      const counts = await readHaproxyCounts(paths.admin);
      keepCounted(paths, state, counts);
      return instancesOf(state, counts, readLimits(paths));
    },
    limitInstance: (limit) => limitInstance(paths, limit),
    drain: (who, deadlineSeconds = settings.streamSeconds) =>
      drainFrom(
        {
          shares,
          underWay: () => underWay(who),
          close: () => closeServers(paths, who),
          cut: () => cutServers(paths, who),
        },
        who,
        deadlineSeconds,
      ),
  };
}

/** New servers first, then the share, then what is no longer wanted: at no point does a user meet a server that is not there. */
async function applyShares(paths: Paths, wanted: RouterShares): Promise<void> {
  const state = requireState(paths);
  const added = assignSlots(state, wanted, await readHaproxyCounts(paths.admin));
  const ports = new Set(added.map(({ port }) => port));
  // A port is somebody else's now: what its last owner was held to is not for this one.
  writeLimits(
    paths,
    readLimits(paths).filter(({ port }) => !ports.has(port)),
  );
  const candidate = colourOf(state, wanted.candidate?.release);
  await obey(
    paths.admin,
    [
      ...added.flatMap(startServer),
      ...(candidate === null ? [] : [`set server be_${candidate}/fallback state ready`]),
      ...colours.map(
        (colour) => `set map ${paths.releases} ${colour} ${state.colours[colour].release ?? 'none'}`,
      ),
    ],
    paths.log,
  );
  await setPins(paths, state, wanted);
  state.shares = wanted;
  await setKnob(paths, knobOf(state));
  await retire(paths, state, wanted, candidate);
  writeState(paths, state);
}

async function retire(
  paths: Paths,
  state: HaproxyState,
  wanted: RouterShares,
  candidate: Colour | null,
): Promise<void> {
  for (const colour of colours) {
    if (colour === candidate || state.colours[colour].release === wanted.stable?.release) continue;
    // A request that is being sent again after an instance died still needs its way to stable.
    await untilSettled(paths, colour);
  }
  const retired = retireSlots(state, wanted);
  await obey(
    paths.admin,
    [
      ...colours
        .filter((colour) => colour !== candidate)
        .map((colour) => `set server be_${colour}/fallback state maint`),
      // Requests under way go on; no new one is sent there.
      ...retired.map((change) => `set server ${serverName(change)} state maint`),
    ],
    paths.log,
  );
}

const retryPatienceMs = 1000;

/** Waits, for a moment at most, until nothing is under way in a colour that lost its traffic. */
async function untilSettled(paths: Paths, colour: Colour): Promise<void> {
  const deadline = performance.now() + retryPatienceMs;
  while (performance.now() < deadline) {
    if ((await readHaproxyCounts(paths.admin))[colour].whole.inFlight === 0) return;
    await wait(pollMs);
  }
}

/** The emergency path: one value over the socket, read back, and only then written down. */
async function moveShare(paths: Paths, candidateBasisPoints: number): Promise<void> {
  const state = requireState(paths);
  state.shares = { ...state.shares, candidateBasisPoints };
  await setKnob(paths, knobOf(state));
  writeState(paths, state);
}

async function setKnob(paths: Paths, knob: number): Promise<void> {
  const answer = await runtimeCommand(
    paths.admin,
    `set map ${paths.knobs} share ${knob};show map ${paths.knobs}`,
  );
  const live = Number(/ share (\d+)$/m.exec(answer)?.[1] ?? Number.NaN);
  if (live !== knob)
    throw effectFailure(
      'share-not-live',
      `HAProxy reports the share ${live} instead of ${knob}; see ${paths.log}`,
      true,
    );
}

async function setPins(paths: Paths, state: HaproxyState, wanted: RouterShares): Promise<void> {
  const earlier = state.shares.pins;
  const commands = [earlier.stable, earlier.candidate]
    .filter((pin) => pin !== '' && pin !== wanted.pins.stable && pin !== wanted.pins.candidate)
    .map((pin) => `del map ${paths.pins} ${pin}`);
  for (const [pin, colour] of pinsOf(state, wanted)) {
    // A key that is there already is changed; adding it again would leave two.
    const isKnown = pin === earlier.stable || pin === earlier.candidate;
    commands.push(`${isKnown ? 'set' : 'add'} map ${paths.pins} ${pin} ${colour}`);
  }
  await obey(paths.admin, commands, paths.log);
}

/** Written down first: whoever restarts HAProxy in between must not give an instance more than it may have. */
async function limitInstance(paths: Paths, limit: InstanceLimit): Promise<void> {
  const { port, weight, maxConcurrent } = limit;
  const routed = serversOf(requireState(paths), port);
  if (routed.length === 0)
    throw effectFailure('instance-not-routed', `the router has no instance at port ${port}`, true);
  writeLimits(paths, [...readLimits(paths).filter((other) => other.port !== port), limit]);
  await obey(
    paths.admin,
    routed.flatMap((server) => [
      `set weight ${serverName(server)} ${weight}`,
      `set maxconn server ${serverName(server)} ${maxConcurrent ?? 0}`,
    ]),
    paths.log,
  );
}

/** A release takes nothing new in maintenance; an instance is held to nothing, which a restart keeps up as well. */
async function closeServers(paths: Paths, who: string | number): Promise<void> {
  const state = requireState(paths);
  if (typeof who === 'number' && serversOf(state, who).length > 0) {
    await limitInstance(paths, { port: who, weight: 0, maxConcurrent: null });
    return;
  }
  await obey(
    paths.admin,
    serversOf(state, who).map((server) => `set server ${serverName(server)} state maint`),
    paths.log,
  );
}

async function cutServers(paths: Paths, who: string | number): Promise<number> {
  const state = requireState(paths);
  const left = underWayOf(state, await readHaproxyCounts(paths.admin), who);
  await obey(
    paths.admin,
    serversOf(state, who).map((server) => `shutdown sessions server ${serverName(server)}`),
    paths.log,
  );
  return left;
}

function startServer(change: SlotChange): string[] {
  const server = serverName(change);
  return [
    `set server ${server} addr 127.0.0.1 port ${change.port}`,
    `set weight ${server} 100`,
    `set maxconn server ${server} 0`,
    `set server ${server} health up`,
    `set server ${server} state ready`,
  ];
}

function serverName({ colour, index }: { colour: Colour; index: number }): string {
  return `be_${colour}/s${index + 1}`;
}
