import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { effectFailure } from '../../../failure.ts';
import { socketPath } from '../../socket-path.ts';
import type { InstanceLimit, ReleaseCounters, RouterSettings, RouterShares } from '../router.ts';
import { writeWhole } from '../write-whole.ts';
import { colours, encodeShare, nowhere, type Colour } from './haproxy-config.ts';
import type { Totals } from './haproxy-runtime.ts';

/** Where counting begins: at what HAProxy had counted before, and with what an earlier HAProxy had counted for the same. */
export interface Base {
  before: Totals | null;
  kept: ReleaseCounters | null;
}

/** One server of HAProxy's and the instance it stands for. */
export interface Slot extends Base {
  release: string;
  port: number;
  /** False: requests under way go on, and no new one comes. */
  isRouted: boolean;
}

/** One colour: the release it holds, and its servers, by index; null is a free one. */
export interface ColourState extends Base {
  release: string | null;
  slots: (Slot | null)[];
}

/** What has to be known about a running HAProxy besides what it tells itself. */
export interface HaproxyState {
  publicPort: number;
  shares: RouterShares;
  colours: Record<Colour, ColourState>;
}

export interface Paths {
  admin: string;
  fallback: string;
  knobs: string;
  releases: string;
  pins: string;
  config: string;
  state: string;
  /** Written by whoever limits instances, so that it is never lost to a change of shares at the same time. */
  limits: string;
  /** What was reported last. */
  counted: string;
  log: string;
}

export function pathsOf(settings: RouterSettings): Paths {
  const file = (name: string): string => join(settings.directory, name);
  return {
    admin: socketPath(file('admin.sock')),
    fallback: socketPath(file('fallback.sock')),
    knobs: file('knobs.map'),
    releases: file('releases.map'),
    pins: file('pins.map'),
    config: file('haproxy.cfg'),
    state: file('haproxy-state.json'),
    limits: file('limits.json'),
    counted: file('counted.json'),
    log: file('router.log'),
  };
}

/** All of it on disk, maps included, so that a restarted HAProxy begins with what was live. */
export function writeState(paths: Paths, state: HaproxyState): void {
  writeMaps(paths, state);
  writeWhole(paths.state, JSON.stringify(state));
}

export function readState(paths: Paths): HaproxyState | null {
  if (!existsSync(paths.state)) return null;
  // Written by `writeState` only, in a private directory.
  return JSON.parse(readFileSync(paths.state, 'utf8')) as HaproxyState;
}

export function requireState(paths: Paths): HaproxyState {
  const state = readState(paths);
  if (state !== null) return state;
  throw effectFailure(
    'router-unreachable',
    `${paths.state} is missing; start the router with \`evenkeel deploy --resume\``,
    true,
  );
}

/** Limits of instances that have one, by port. */
export function readLimits(paths: Paths): InstanceLimit[] {
  if (!existsSync(paths.limits)) return [];
  // Written by `writeLimits` only.
  return JSON.parse(readFileSync(paths.limits, 'utf8')) as InstanceLimit[];
}

export function writeLimits(paths: Paths, limits: readonly InstanceLimit[]): void {
  writeWhole(paths.limits, JSON.stringify(limits));
}

export function colourOf(state: HaproxyState, release: string | undefined): Colour | null {
  return colours.find((colour) => release !== undefined && state.colours[colour].release === release) ?? null;
}

export function knobOf(state: HaproxyState): number {
  const { candidate, stable, candidateBasisPoints } = state.shares;
  const candidateColour = colourOf(state, candidate?.release);
  if (candidateColour !== null) return encodeShare(candidateColour, candidateBasisPoints);
  return encodeShare(colourOf(state, stable?.release) === 'green' ? 'blue' : 'green', 0);
}

/** Pin to colour; a version that is not routed leads nowhere. */
export function pinsOf(state: HaproxyState, shares: RouterShares): [string, string][] {
  const pairs: [string, string][] = [
    [shares.pins.stable, colourOf(state, shares.stable?.release) ?? nowhere],
    [shares.pins.candidate, colourOf(state, shares.candidate?.release) ?? nowhere],
  ];
  return pairs.filter(([pin]) => /^[\w-]+$/.test(pin));
}

function writeMaps(paths: Paths, state: HaproxyState): void {
  const lines = (pairs: readonly (readonly [string, string | number])[]): string =>
    pairs.map(([key, value]) => `${key} ${value}\n`).join('');
  writeWhole(paths.knobs, lines([['share', knobOf(state)]]));
  writeWhole(
    paths.releases,
    lines(colours.map((colour) => [colour, state.colours[colour].release ?? 'none'] as const)),
  );
  writeWhole(paths.pins, lines(pinsOf(state, state.shares)));
}
