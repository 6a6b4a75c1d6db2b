/**
 * How many times worse the candidate is: an interval for p_c / p_b that is right at every moment at once.
 *
 * A margin rho_j is refuted from below when the fail process at that margin ever reached 1/alpha, and from above when the
 * pass process did. The lower limit is the largest margin refuted from below, the upper one the smallest refuted from
 * above: an interval that agrees with the verdict, since the verdict is the same process at the tolerated ratio. The true
 * ratio may change: the lower limit speaks of the largest so far, the upper one of the smallest, hence "has been at least".
 * For slack = 0; with slack the verdict's margin is wider than these.
 *
 * At slack 0 the increment of ratio-increment.ts is k_c log(g) + (k_c + k_b) (L(rho) - L(rho g)), L(s) = log(1 + s n_c / n_b),
 * for g above one (harm) as for g below (safety). On a lattice of ratios the same L serves many pairs; sums over ticks of
 * the two parts are kept, and cells are multiplied out every `blockTicks`, with capital entering at a block's start. That
 * is exact: only the moments at which one looks, and at which capital enters, are rarer.
 */
import { grow, logEvidence, type Spending } from './mixture.ts';
import type { TickCounts } from './ratio-increment.ts';

/** Which margins and alternatives there are. Made once by `intervalGrid`; not part of the state. */
export interface IntervalGrid {
  margins: readonly number[];
  multiples: readonly number[];
  weights: readonly number[];
  spending: Spending;
  blockTicks: number;
  /** All ratios that occur, and for each margin and multiple the place of rho g and rho / g among them. */
  ratios: readonly number[];
  logMultiples: readonly number[];
  marginAt: readonly number[];
  worseAt: readonly (readonly number[])[];
  betterAt: readonly (readonly number[])[];
}

/** Plain JSON. Cells by margin; `reached` is the most that a margin's evidence ever was, as a natural logarithm. */
export interface RatioInterval {
  worse: number[][];
  better: number[][];
  worseReached: number[];
  betterReached: number[];
  /** Of the block that is under way: ticks, events of the candidate, sum of K L(s) by ratio, part of the horizon. */
  ticks: number;
  candidateEvents: number;
  sums: number[];
  horizonFraction: number;
}

/** `atLeast` and `atMost` are null where nothing is refuted on that side. */
export interface RatioLimits {
  atLeast: number | null;
  atMost: number | null;
}

export function intervalGrid(
  margins: readonly number[],
  multiples: readonly number[],
  weights: readonly number[],
  spending: Spending,
  blockTicks: number,
): IntervalGrid {
  const ratios: number[] = [];
  const placeOf = (ratio: number): number => {
    const known = ratios.findIndex((other) => Math.abs(other / ratio - 1) < 1e-12);
    return known === -1 ? ratios.push(ratio) - 1 : known;
  };
  return {
    margins,
    multiples,
    weights,
    spending,
    blockTicks,
    marginAt: margins.map(placeOf),
    worseAt: margins.map((margin) => multiples.map((multiple) => placeOf(margin * multiple))),
    betterAt: margins.map((margin) => multiples.map((multiple) => placeOf(margin / multiple))),
    ratios,
    logMultiples: multiples.map(Math.log),
  };
}

/** The judge's own: steps of a quarter around the tolerated ratio, from a quarter of it to ten times as many. */
export function intervalGridAround(toleratedRatio: number): IntervalGrid {
  const step = (exponent: number): number => 1.25 ** exponent;
  const margins = Array.from({ length: 18 }, (_, index) => toleratedRatio * step(index - 7));
  const multiples = [1, 2, 4, 7].map(step);
  return intervalGrid(
    margins,
    multiples,
    [0.2, 0.3, 0.3, 0.2],
    { start: 0.65, steps: 0, background: 0.35 },
    16,
  );
}

export function startRatioInterval(grid: IntervalGrid): RatioInterval {
  const cells = (): number[][] =>
    grid.margins.map(() => grid.weights.map((weight) => weight * grid.spending.start));
  // The least that `logEvidence` says: JSON has no minus infinity.
  const nothing = grid.margins.map(() => logEvidence([]));
  return {
    worse: cells(),
    better: cells(),
    worseReached: nothing,
    betterReached: [...nothing],
    ticks: 0,
    candidateEvents: 0,
    sums: grid.ratios.map(() => 0),
    horizonFraction: 0,
  };
}

/** One tick; `horizonFraction` is its part of the horizon. */
export function advanceRatioInterval(
  interval: RatioInterval,
  grid: IntervalGrid,
  counts: TickCounts,
  horizonFraction: number,
): RatioInterval {
  const { candidateEvents, candidateTrials, baselineEvents, baselineTrials } = counts;
  const events = candidateEvents + baselineEvents;
  const counted: RatioInterval = {
    ...interval,
    ticks: interval.ticks + 1,
    horizonFraction: interval.horizonFraction + horizonFraction,
  };
  if (events > 0 && candidateTrials > 0 && baselineTrials > 0) {
    const share = candidateTrials / baselineTrials;
    counted.candidateEvents += candidateEvents;
    counted.sums = interval.sums.map(
      (sum, index) => sum + events * Math.log1p((grid.ratios[index] ?? 0) * share),
    );
  }
  return counted.ticks >= grid.blockTicks ? closeBlock(counted, grid) : counted;
}

function closeBlock(interval: RatioInterval, grid: IntervalGrid): RatioInterval {
  const worse = multiplyOut(interval, grid, interval.worse, grid.worseAt, 1);
  const better = multiplyOut(interval, grid, interval.better, grid.betterAt, -1);
  return {
    worse,
    better,
    worseReached: highest(interval.worseReached, worse),
    betterReached: highest(interval.betterReached, better),
    ticks: 0,
    candidateEvents: 0,
    sums: grid.ratios.map(() => 0),
    horizonFraction: 0,
  };
}

function multiplyOut(
  interval: RatioInterval,
  grid: IntervalGrid,
  cells: readonly (readonly number[])[],
  placesOf: readonly (readonly number[])[],
  direction: 1 | -1,
): number[][] {
  const added = grid.spending.background * interval.horizonFraction;
  const { sums, candidateEvents } = interval;
  return cells.map((row, margin) => {
    const marginPlace = grid.marginAt[margin] ?? 0;
    const places = placesOf[margin] ?? [];
    return row.map((cell, index) => {
      const place = places[index] ?? 0;
      const ofCandidate = candidateEvents * direction * (grid.logMultiples[index] ?? 0);
      const increment = ofCandidate + (sums[marginPlace] ?? 0) - (sums[place] ?? 0);
      return grow(cell + added * (grid.weights[index] ?? 0), increment);
    });
  });
}

function highest(reached: readonly number[], cells: readonly (readonly number[])[]): number[] {
  return cells.map((row, index) => Math.max(reached[index] ?? 0, logEvidence(row)));
}

/** What is refuted so far, the block under way included. Thresholds are natural logarithms: log(1/alpha), log(1/beta). */
export function ratioLimits(
  interval: RatioInterval,
  grid: IntervalGrid,
  thresholds: { worse: number; better: number },
): RatioLimits {
  const { worseReached, betterReached } = interval.ticks === 0 ? interval : closeBlock(interval, grid);
  const below = grid.margins.filter((_, index) => (worseReached[index] ?? 0) >= thresholds.worse);
  const above = grid.margins.filter((_, index) => (betterReached[index] ?? 0) >= thresholds.better);
  return {
    atLeast: below.length === 0 ? null : Math.max(...below),
    atMost: above.length === 0 ? null : Math.min(...above),
  };
}
