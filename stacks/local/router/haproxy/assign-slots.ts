/** Which of HAProxy's servers stands for which instance, as pure data. */
import { effectFailure } from '../../../failure.ts';
import type { RouterShares } from '../router.ts';
import { colours, slotsPerColour, type Colour } from './haproxy-config.ts';
import type { HaproxyCounts } from './haproxy-runtime.ts';
import { colourOf, type ColourState, type HaproxyState } from './haproxy-state.ts';

export interface SlotChange {
  colour: Colour;
  index: number;
  port: number;
}

export function emptyColours(): Record<Colour, ColourState> {
  const empty = (): ColourState => ({
    release: null,
    before: null,
    kept: null,
    slots: Array.from({ length: slotsPerColour }, () => null),
  });
  return { blue: empty(), green: empty() };
}

/**
 * A release keeps its colour, so that a promotion moves no connection; a new one takes a colour that nobody wants, and
 * its counting starts at what stands there. Changes `state` and returns the servers that have to be pointed at somebody.
 */
export function assignSlots(state: HaproxyState, wanted: RouterShares, counts: HaproxyCounts): SlotChange[] {
  const releases = [wanted.stable?.release, wanted.candidate?.release];
  for (const release of releases) {
    if (release === undefined || colourOf(state, release) !== null) continue;
    const free = colours.find((colour) => !releases.includes(state.colours[colour].release ?? ''));
    if (free === undefined)
      throw effectFailure('router-full', 'both colours hold a release that is still wanted', false);
    state.colours[free] = { ...state.colours[free], release, before: counts[free].whole, kept: null };
  }
  return [wanted.stable, wanted.candidate].flatMap((routed) => {
    const colour = colourOf(state, routed?.release);
    if (routed === null || colour === null) return [];
    return routed.ports.flatMap((port) => placeOne(state, colour, port, counts) ?? []);
  });
}

/** Servers whose instance is no longer wanted; `state` has them as not routed from now on. */
export function retireSlots(state: HaproxyState, wanted: RouterShares): SlotChange[] {
  return colours.flatMap((colour) =>
    state.colours[colour].slots.flatMap((slot, index) => {
      if (slot === null || !slot.isRouted) return [];
      const routed = [wanted.stable, wanted.candidate].find((version) => version?.release === slot.release);
      if (routed?.ports.includes(slot.port) === true) return [];
      slot.isRouted = false;
      return [{ colour, index, port: slot.port }];
    }),
  );
}

function placeOne(
  state: HaproxyState,
  colour: Colour,
  port: number,
  counts: HaproxyCounts,
): SlotChange | null {
  const { slots, release } = state.colours[colour];
  if (release === null) return null;
  if (slots.some((slot) => slot?.isRouted === true && slot.port === port && slot.release === release))
    return null;
  const index = freeSlot(state.colours[colour], colour, counts);
  slots[index] = {
    release,
    port,
    isRouted: true,
    before: counts[colour].servers[index] ?? null,
    kept: null,
  };
  return { colour, index, port };
}

/** A server that nobody uses; one that only streams of a retired instance still use is not free. */
function freeSlot(state: ColourState, colour: Colour, counts: HaproxyCounts): number {
  const unused = state.slots.findIndex((slot) => slot === null);
  if (unused !== -1) return unused;
  const left = state.slots.findIndex(
    (slot, index) => slot?.isRouted === false && (counts[colour].servers[index]?.inFlight ?? 0) === 0,
  );
  if (left !== -1) return left;
  throw effectFailure(
    'router-full',
    `the router has room for ${slotsPerColour} instances of a version at a time; deploy fewer under \`run.instances\`, or let the streams of the version before end`,
    false,
  );
}
