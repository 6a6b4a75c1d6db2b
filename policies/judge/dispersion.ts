/**
 * Do errors come one by one, as procedures A and B assume, or in bursts? Asked of the baseline only, and only of its past,
 * so that the answer chooses a statistic without having seen what that statistic will judge.
 *
 * With counts by instance, each instance of a tick is compared with the tick's mean over all of them, so that a drift all
 * of them share does not look like a burst. Without, each tick is compared with the one before it. In both cases
 *
 *   z = sum[w (X - 1)] / sqrt(sum[w^2 Var X])   index = 1 + sum[w (X - 1)] / sum[w]
 *
 * where X is Pearson's chi-square of a comparison over its degrees of freedom and w the events in it. Given a comparison's
 * K events, which fell on c cells independently with the cells' shares p of the load, X has mean one and variance
 * (2 (c - 1) + (sum[1/p] - c^2 - 2 c + 2) / K) / (c - 1)^2; for equal loads 2 (1 - 1/K) / (c - 1). z is then about normal
 * and the index one; with bursts the index is about their size, weighted by size. Dispersed: z > 3 and an index above
 * 1.25; below that the judge's room to its threshold is larger than the fault.
 *
 * A rise that everybody shares is two large comparisons of totals; so all comparisons alike, each up to a limit, have to
 * say the same.
 *
 * Whether a burst lasts from tick to tick on one instance shows in the products of an instance's successive deviations,
 * P_t = sum over instances of d_t d_(t-1), by sum[P_t] / sqrt(sum[P_t^2]); summed by tick, since an instance's deviation
 * is another's with the sign turned. No statistic here is valid then.
 *
 * Assumption: the past is like what follows. That is why it is asked again at every tick.
 * Source: variance of Pearson's statistic under a multinomial, Haldane (Biometrika 29, 1937).
 */
import type { EventSample } from './tick.ts';

/** Plain JSON; sums over the baseline's past. */
export interface Dispersion {
  /** Events in the comparisons so far, and how many comparisons with events there were. */
  expected: number;
  compared: number;
  excess: number;
  variance: number;
  /** The same with all comparisons alike, and none beyond a limit. */
  steadyExcess: number;
  steadyVariance: number;
  products: number;
  productVariance: number;
  squares: number;
  lastDeviations: number[] | null;
  lastTick: { events: number; trials: number } | null;
  /** The most events of one tick. */
  mostEvents: number;
  /** By instance, for cell-odds: cells, how many had more than each of `burstSizes`; the same for pooled pairs of cells. */
  cells: number;
  tails: number[];
  pairs: number;
  pairTails: number[];
}

/** A cell is flagged when it has more errors than this; cell-odds averages over all of them. */
export const burstSizes: readonly number[] = [0, 1, 2, 4, 8, 16, 32];

export const startDispersion: Dispersion = {
  expected: 0,
  compared: 0,
  excess: 0,
  variance: 0,
  steadyExcess: 0,
  steadyVariance: 0,
  products: 0,
  productVariance: 0,
  squares: 0,
  lastDeviations: null,
  lastTick: null,
  mostEvents: 0,
  cells: 0,
  tails: burstSizes.map(() => 0),
  pairs: 0,
  pairTails: burstSizes.map(() => 0),
};

/** The baseline's tick joins the past. */
export function learnDispersion(past: Dispersion, baseline: EventSample): Dispersion {
  const { events, trials, instances } = baseline;
  if (!(trials > 0)) return past;
  const seen = events > past.mostEvents ? { ...past, mostEvents: events } : past;
  if (instances !== undefined && instances.length >= 2) return learnFromInstances(seen, instances);
  return learnFromTotals(seen, { events, trials });
}

function learnFromInstances(
  past: Dispersion,
  instances: readonly (readonly [trials: number, events: number])[],
): Dispersion {
  let events = 0;
  let trials = 0;
  for (const [own, ownEvents] of instances) {
    trials += own;
    events += ownEvents;
  }
  if (events === 0) return { ...past, ...countTails(past, instances), lastDeviations: null };
  let chiSquare = 0;
  let cells = 0;
  let inverseShares = 0;
  const deviations: number[] = [];
  for (const [own, ownEvents] of instances) {
    const mean = (own * events) / trials;
    deviations.push(ownEvents - mean);
    if (!(own > 0)) continue;
    chiSquare += (ownEvents - mean) ** 2 / mean;
    inverseShares += trials / own;
    cells++;
  }
  return {
    ...past,
    ...correlate(past, deviations),
    ...countTails(past, instances),
    ...(cells < 2 ? {} : compare(past, { chiSquare, cells, inverseShares, events }, 1)),
  };
}

/** Pearson's chi-square of some events over at least two cells, and the sum of 1/p over the cells' shares of the load. */
interface Comparison {
  chiSquare: number;
  cells: number;
  inverseShares: number;
  events: number;
}

/** What one comparison counts at most where all count alike: a spike that everybody has is two of them, bursts are many. */
const mostOfOne = 10;

/** One comparison joins the sums. */
function compare(past: Dispersion, comparison: Comparison, overlap: number) {
  const { chiSquare, cells, inverseShares, events } = comparison;
  const freedom = cells - 1;
  const spread = 2 * freedom * events + inverseShares - cells * cells - 2 * freedom;
  const variance = Math.max(0, spread) / (events * freedom * freedom);
  return {
    steadyExcess: past.steadyExcess + Math.min(mostOfOne, chiSquare / freedom) - 1,
    steadyVariance: past.steadyVariance + overlap * variance,
    excess: past.excess + events * (chiSquare / freedom - 1),
    variance: past.variance + overlap * events * events * variance,
    expected: past.expected + events,
    compared: past.compared + 1,
  };
}

function correlate(past: Dispersion, deviations: number[]) {
  let { products, productVariance, squares } = past;
  const last = past.lastDeviations;
  const isComparable = last?.length === deviations.length;
  let product = 0;
  for (const [index, deviation] of deviations.entries()) {
    squares += deviation * deviation;
    if (isComparable) product += deviation * (last[index] ?? 0);
  }
  products += product;
  // By what was seen rather than expected, since bursts widen it.
  productVariance += product * product;
  return { products, productVariance, squares, lastDeviations: deviations };
}

function countTails(
  past: Dispersion,
  instances: readonly (readonly [trials: number, events: number])[],
): Pick<Dispersion, 'cells' | 'tails' | 'pairs' | 'pairTails'> {
  const tails = [...past.tails];
  const pairTails = [...past.pairTails];
  let pairs = past.pairs;
  for (const [index, [, events]] of instances.entries()) {
    addTail(tails, events);
    const before = index % 2 === 1 ? instances[index - 1] : undefined;
    if (before === undefined) continue;
    pairs++;
    addTail(pairTails, events + before[1]);
  }
  return { cells: past.cells + instances.length, tails, pairs, pairTails };
}

function addTail(tails: number[], events: number): void {
  for (const [index, size] of burstSizes.entries()) if (events > size) tails[index] = (tails[index] ?? 0) + 1;
}

function learnFromTotals(past: Dispersion, tick: { events: number; trials: number }): Dispersion {
  const { lastTick } = past;
  if (lastTick === null) return { ...past, lastTick: tick };
  const events = tick.events + lastTick.events;
  if (events === 0) return { ...past, lastTick: tick };
  const trials = tick.trials + lastTick.trials;
  const mean = (events * tick.trials) / trials;
  const lastMean = events - mean;
  const chiSquare = (tick.events - mean) ** 2 / mean + (lastTick.events - lastMean) ** 2 / lastMean;
  // A tick is compared twice, with the one before and the one after; that raises the variance of the sum by half.
  const comparison = {
    chiSquare,
    cells: 2,
    inverseShares: trials / tick.trials + trials / lastTick.trials,
    events,
  };
  return { ...past, lastTick: tick, ...compare(past, comparison, 1.5) };
}

/** How many events come together, weighted by size; one when they are independent or nothing is known. */
export function burstIndex({ expected, excess }: Dispersion): number {
  return expected > 0 ? Math.max(1, 1 + excess / expected) : 1;
}

/** Whether errors come in bursts, as far as the baseline's past shows. */
export function isDispersed(dispersion: Dispersion): boolean {
  const { excess, variance, steadyExcess, steadyVariance, expected, cells } = dispersion;
  return (
    expected >= 2 &&
    excess > 3 * Math.sqrt(variance) &&
    (cells > 0 || steadyExcess > 3 * Math.sqrt(steadyVariance)) &&
    burstIndex(dispersion) > 1.25
  );
}

/** Whether there was enough to see bursts in, had there been any. */
export function hasSeenEnough({ expected, compared }: Dispersion): boolean {
  return compared >= 8 && expected >= 5;
}

/** Whether bursts last from tick to tick on single instances. */
export function isCorrelated({ products, productVariance, squares }: Dispersion): boolean {
  return products > 4 * Math.sqrt(productVariance) && products > 0.1 * squares;
}
