import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { effectFailure } from '../../failure.ts';
import { socketPath } from '../socket-path.ts';
import {
  colours,
  encodeShare,
  haproxyConfig,
  nowhere,
  slotsPerColour,
  type Colour,
} from './haproxy-config.ts';
import { readColourCounts, runtimeCommand, type ColourCounts } from './haproxy-runtime.ts';
import { portInUse } from './port-in-use.ts';
import {
  latencyBoundsMs,
  noShares,
  type ReleaseCounters,
  type Router,
  type RouterCounters,
  type RouterSettings,
  type RouterShares,
} from './router.ts';
import { waitUntilIdle } from './wait-until-idle.ts';

/** One colour: the release it holds, where its servers stand, and what it had counted before this release came. */
interface Slot {
  release: string | null;
  /** Port by server index; null is a free server. */
  ports: (number | null)[];
  before: ColourCounts | null;
}

/** What has to be known about a running HAProxy besides what it tells itself. */
interface HaproxyState {
  publicPort: number;
  shares: RouterShares;
  slots: Record<Colour, Slot>;
  metricsPort: number;
}

interface Paths {
  admin: string;
  fallback: string;
  knobs: string;
  releases: string;
  pins: string;
  config: string;
  state: string;
  log: string;
}

const startSeconds = 10;

function notYet(what: string): Error {
  return effectFailure(
    'not-available',
    `this router has no ${what} yet; use another version of Evenkeel`,
    false,
  );
}

export async function connectHaproxy(settings: RouterSettings): Promise<Router | null> {
  const paths = pathsOf(settings);
  const state = readState(paths);
  if (state?.publicPort !== settings.publicPort) return null;
  // The socket lies in a private directory, so whoever answers on it is the HAProxy that was started for it.
  const info = await runtimeCommand(paths.admin, 'show info').catch(() => '');
  return info.includes('Name: HAProxy') ? routerOf(settings, paths, state.metricsPort) : null;
}

export async function startHaproxy(settings: RouterSettings, program: string): Promise<Router> {
  const running = await connectHaproxy(settings);
  if (running !== null) return running;
  if (await isListening(settings.publicPort)) throw portInUse(settings.publicPort);
  const paths = pathsOf(settings);
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  const kept = readState(paths);
  const state: HaproxyState = {
    publicPort: settings.publicPort,
    shares: kept?.shares ?? noShares,
    slots: { blue: fresh(kept?.slots.blue), green: fresh(kept?.slots.green) },
    metricsPort: 0,
  };
  writeMaps(paths, state);
  const candidate = colourOf(state, state.shares.candidate?.release);
  const text = haproxyConfig({
    publicPort: settings.publicPort,
    healthPath: settings.healthPath,
    adminSocket: paths.admin,
    fallbackSocket: paths.fallback,
    knobsMap: paths.knobs,
    releasesMap: paths.releases,
    pinsMap: paths.pins,
    servers: {
      blue: state.slots.blue.ports.flatMap((port) => port ?? []),
      green: state.slots.green.ports.flatMap((port) => port ?? []),
    },
    fallbackFor: candidate,
  });
  writeWhole(paths.config, text);
  await launch(program, settings, paths);
  state.metricsPort = await launchMetrics(settings);
  writeWhole(paths.state, JSON.stringify(state));
  return routerOf(settings, paths, state.metricsPort);
}

export async function stopHaproxy(settings: RouterSettings): Promise<void> {
  const paths = pathsOf(settings);
  if ((await connectHaproxy(settings)) === null) return;
  const info = await runtimeCommand(paths.admin, 'show info');
  const processId = Number(/^Pid: (\d+)$/m.exec(info)?.[1]);
  // SIGUSR1 is HAProxy's soft stop: it ends when its last connection has.
  if (processId > 0) process.kill(processId, 'SIGUSR1');
  rmSync(paths.admin, { force: true });
}

function routerOf(settings: RouterSettings, paths: Paths, metricsPort: number): Router {
  const counters = async (): Promise<RouterCounters> => {
    const state = requireState(paths);
    const counts = await readColourCounts(paths.admin);
    const versions: Record<string, ReleaseCounters> = {};
    for (const colour of colours) {
      const { release, before } = state.slots[colour];
      if (release !== null) versions[release] = since(counts[colour], before);
    }
    return { versions };
  };
  return {
    settings,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    apply: (shares) => applyShares(paths, shares),
    setShare: (candidateBasisPoints) => moveShare(paths, candidateBasisPoints),
    shares: () => Promise.resolve(requireState(paths).shares),
    counters,
    waitUntilIdle: (release, deadlineSeconds) => waitUntilIdle(counters, release, deadlineSeconds),
    instances: () => Promise.reject(notYet('instances')),
    limitInstance: () => Promise.reject(notYet('limits')),
    drain: () => Promise.reject(notYet('drain')),
  };
}

/** New servers first, then the share, then what is no longer wanted: at no point does a user meet a server that is not there. */
async function applyShares(paths: Paths, wanted: RouterShares): Promise<void> {
  const state = requireState(paths);
  const counts = await readColourCounts(paths.admin);
  assignSlots(state, wanted, counts);
  const commands: string[] = [];
  for (const routed of [wanted.stable, wanted.candidate]) {
    if (routed === null) continue;
    const colour = requireColour(state, routed.release);
    const slot = state.slots[colour];
    for (const port of routed.ports) {
      if (slot.ports.includes(port)) continue;
      const free = slot.ports.findIndex((used) => used === null);
      if (free === -1) {
        throw effectFailure(
          'router-full',
          `the router has room for ${slotsPerColour} instances of a version at a time; deploy fewer under \`run.instances\``,
          false,
        );
      }
      slot.ports[free] = port;
      const server = `be_${colour}/s${free + 1}`;
      commands.push(
        `set server ${server} addr 127.0.0.1 port ${port}`,
        `set server ${server} health up`,
        `set server ${server} state ready`,
      );
    }
  }
  const candidate = colourOf(state, wanted.candidate?.release);
  if (candidate !== null) commands.push(`set server be_${candidate}/fallback state ready`);
  for (const colour of colours) {
    commands.push(`set map ${paths.releases} ${colour} ${state.slots[colour].release ?? 'none'}`);
  }
  await run(paths, commands);
  await setPins(paths, state, wanted);
  state.shares = wanted;
  await setKnob(paths, knobOf(state));

  const retired: string[] = [];
  for (const colour of colours) {
    if (colour === candidate) continue;
    // A request that is being sent again after an instance died still needs its way to stable.
    await untilIdle(paths, colour, state.slots[colour].release === wanted.stable?.release);
    retired.push(`set server be_${colour}/fallback state maint`);
  }
  for (const colour of colours) {
    const slot = state.slots[colour];
    const routed = [wanted.stable, wanted.candidate].find((version) => version?.release === slot.release);
    slot.ports.forEach((port, index) => {
      if (port === null || routed?.ports.includes(port) === true) return;
      slot.ports[index] = null;
      // Requests under way go on; no new one is sent there.
      retired.push(`set server be_${colour}/s${index + 1} state maint`);
    });
  }
  await run(paths, retired);
  writeMaps(paths, state);
  writeWhole(paths.state, JSON.stringify(state));
}

const retryPatienceMs = 1000;

/** Waits, for a moment at most, until nothing is under way in a colour that lost its traffic. */
async function untilIdle(paths: Paths, colour: Colour, hasTraffic: boolean): Promise<void> {
  const deadline = performance.now() + retryPatienceMs;
  while (!hasTraffic && performance.now() < deadline) {
    if ((await readColourCounts(paths.admin))[colour].inFlight === 0) return;
    await wait(10);
  }
}

/** The emergency path: one value over the socket, read back, and only then written down. */
async function moveShare(paths: Paths, candidateBasisPoints: number): Promise<void> {
  const state = requireState(paths);
  state.shares = { ...state.shares, candidateBasisPoints };
  await setKnob(paths, knobOf(state));
  writeMaps(paths, state);
  writeWhole(paths.state, JSON.stringify(state));
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

function knobOf(state: HaproxyState): number {
  const { candidate, stable, candidateBasisPoints } = state.shares;
  const candidateColour = colourOf(state, candidate?.release);
  if (candidateColour !== null) return encodeShare(candidateColour, candidateBasisPoints);
  return encodeShare(other(colourOf(state, stable?.release) ?? 'blue'), 0);
}

/** A release keeps its colour; a new one takes a colour that nobody wants, and its counting starts at what stands there. */
function assignSlots(state: HaproxyState, wanted: RouterShares, counts: Record<Colour, ColourCounts>): void {
  const releases = [wanted.stable?.release, wanted.candidate?.release];
  for (const release of releases) {
    if (release === undefined || colourOf(state, release) !== null) continue;
    const free = colours.find((colour) => !releases.includes(state.slots[colour].release ?? ''));
    if (free === undefined)
      throw effectFailure('router-full', 'both colours hold a release that is still wanted', false);
    state.slots[free] = { release, ports: state.slots[free].ports, before: counts[free] };
  }
}

async function setPins(paths: Paths, state: HaproxyState, wanted: RouterShares): Promise<void> {
  const old = state.shares.pins;
  const commands = [old.stable, old.candidate]
    .filter((pin) => pin !== '' && pin !== wanted.pins.stable && pin !== wanted.pins.candidate)
    .map((pin) => `del map ${paths.pins} ${pin}`);
  for (const [pin, colour] of pinsOf(state, wanted)) {
    // A key that is there already is changed; adding it again would leave two.
    const isKnown = pin === old.stable || pin === old.candidate;
    commands.push(`${isKnown ? 'set' : 'add'} map ${paths.pins} ${pin} ${colour}`);
  }
  await run(paths, commands);
}

function pinsOf(state: HaproxyState, shares: RouterShares): [string, string][] {
  const pairs: [string, string][] = [
    [shares.pins.stable, colourOf(state, shares.stable?.release) ?? nowhere],
    [shares.pins.candidate, colourOf(state, shares.candidate?.release) ?? nowhere],
  ];
  return pairs.filter(([pin]) => /^[\w-]+$/.test(pin));
}

async function run(paths: Paths, commands: string[]): Promise<void> {
  if (commands.length === 0) return;
  const answer = await runtimeCommand(paths.admin, commands.join(';'));
  const complaint = answer
    .split('\n')
    .find((line) => /not found|No such|Unknown|invalid|required|denied/i.test(line));
  if (complaint !== undefined) {
    throw effectFailure(
      'router-refused',
      `HAProxy refused a change: ${complaint.trim()}; see ${paths.log}`,
      true,
    );
  }
}

function colourOf(state: HaproxyState, release: string | undefined): Colour | null {
  return colours.find((colour) => release !== undefined && state.slots[colour].release === release) ?? null;
}

function requireColour(state: HaproxyState, release: string): Colour {
  const colour = colourOf(state, release);
  if (colour === null) throw new Error(`no colour for ${release}`);
  return colour;
}

function other(colour: Colour): Colour {
  return colour === 'blue' ? 'green' : 'blue';
}

/** Counts of a restarted HAProxy begin at zero; its servers are packed to the front, where the configuration puts them. */
function fresh(slot: Slot | undefined): Slot {
  const ports = slot?.ports.filter((port) => port !== null) ?? [];
  const free = Array.from({ length: slotsPerColour - ports.length }, () => null);
  return { release: slot?.release ?? null, ports: [...ports, ...free], before: null };
}

function since(now: ColourCounts, before: ColourCounts | null): ReleaseCounters {
  const less = (value: number, base: number | undefined): number => Math.max(0, value - (base ?? 0));
  return {
    requests: less(now.requests, before?.requests),
    errors: less(now.errors, before?.errors),
    inFlight: now.inFlight,
    latency: {
      boundsMs: latencyBoundsMs,
      counts: now.latency.map((value, index) => less(value, before?.latency[index])),
      answered: less(now.answered, before?.answered),
    },
  };
}

async function launch(program: string, settings: RouterSettings, paths: Paths): Promise<void> {
  const log = openSync(paths.log, 'a', 0o600);
  rmSync(paths.admin, { force: true });
  const child = spawn(program, ['-db', '-f', paths.config], { detached: true, stdio: ['ignore', log, log] });
  const startErrors: Error[] = [];
  child.once('error', (error) => startErrors.push(error));
  child.unref();
  const deadline = performance.now() + startSeconds * 1000;
  while (performance.now() < deadline) {
    const info = await runtimeCommand(paths.admin, 'show info').catch(() => '');
    if (info.includes('Name: HAProxy')) return;
    if (child.exitCode !== null || startErrors.length > 0) {
      if (readFileSync(paths.log, 'utf8').includes('Address already in use'))
        throw portInUse(settings.publicPort);
      break;
    }
    await wait(20);
  }
  throw effectFailure('router-not-started', `HAProxy did not start; see ${paths.log}`, false);
}

/** HAProxy cannot serve its counts by release, so a small process beside it does. */
async function launchMetrics(settings: RouterSettings): Promise<number> {
  const name = import.meta.url.endsWith('.ts') ? './metrics-main.ts' : './router-metrics.js';
  const portFile = join(settings.directory, 'metrics-port');
  rmSync(portFile, { force: true });
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL(name, import.meta.url)), JSON.stringify(settings)],
    {
      detached: true,
      stdio: 'ignore',
    },
  );
  child.unref();
  const deadline = performance.now() + startSeconds * 1000;
  while (performance.now() < deadline && child.exitCode === null) {
    if (existsSync(portFile)) return Number(readFileSync(portFile, 'utf8'));
    await wait(20);
  }
  throw effectFailure(
    'metrics-not-started',
    `the router's metrics server did not start; see ${settings.directory}`,
    true,
  );
}

/** Whether anybody accepts connections there: asked before HAProxy starts, which would share the port with another HAProxy. */
function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(port, '127.0.0.1');
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}

function pathsOf(settings: RouterSettings): Paths {
  const file = (name: string): string => join(settings.directory, name);
  return {
    admin: socketPath(file('admin.sock')),
    fallback: socketPath(file('fallback.sock')),
    knobs: file('knobs.map'),
    releases: file('releases.map'),
    pins: file('pins.map'),
    config: file('haproxy.cfg'),
    state: file('haproxy-state.json'),
    log: file('router.log'),
  };
}

/** The maps as files, so that a restarted HAProxy begins with what was live. */
function writeMaps(paths: Paths, state: HaproxyState): void {
  writeWhole(paths.knobs, `share ${knobOf(state)}\n`);
  writeWhole(
    paths.releases,
    colours.map((colour) => `${colour} ${state.slots[colour].release ?? 'none'}\n`).join(''),
  );
  writeWhole(
    paths.pins,
    pinsOf(state, state.shares)
      .map(([pin, colour]) => `${pin} ${colour}\n`)
      .join(''),
  );
}

function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

function readState(paths: Paths): HaproxyState | null {
  if (!existsSync(paths.state)) return null;
  // Written by this module only, in a private directory.
  return JSON.parse(readFileSync(paths.state, 'utf8')) as HaproxyState;
}

function requireState(paths: Paths): HaproxyState {
  const state = readState(paths);
  if (state === null)
    throw effectFailure(
      'router-unreachable',
      `${paths.state} is missing; start the router with \`evenkeel deploy --resume\``,
      true,
    );
  return state;
}
