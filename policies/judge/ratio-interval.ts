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
 * for g above one (harm) as for g below (safety). On a lattice of ratios the same L serves many pairs. Looked at every
 * `blockTicks`, whose counts are summed up and judged as one longer tick; capital enters at its end. Like a tick, a block
 * should have one share of the traffic throughout, so a new step begins a new one.
 */
import { grow, type Spending } from './mixture.ts';
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
  worseAt: readonly number[];
  betterAt: readonly number[];
}

/** Plain JSON. Cells by margin and multiple; `reached` is the most that a margin's evidence ever was. */
export interface RatioInterval {
  worse: number[];
  better: number[];
  worseReached: number[];
  betterReached: number[];
  /** The block that is under way: its ticks, what was counted, its part of the horizon. */
  ticks: number;
  counts: TickCounts;
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
    worseAt: margins.flatMap((margin) => multiples.map((multiple) => placeOf(margin * multiple))),
    betterAt: margins.flatMap((margin) => multiples.map((multiple) => placeOf(margin / multiple))),
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
    128,
  );
}

export function startRatioInterval(grid: IntervalGrid): RatioInterval {
  const cells = grid.margins.flatMap(() => grid.weights.map((weight) => weight * grid.spending.start));
  const nothing = grid.margins.map(() => 0);
  return {
    worse: cells,
    better: cells,
    worseReached: nothing,
    betterReached: nothing,
    ...emptyBlock,
  };
}

/** One tick; `horizonFraction` is its part of the horizon. */
export function advanceRatioInterval(
  interval: RatioInterval,
  grid: IntervalGrid,
  counts: TickCounts,
  horizonFraction: number,
): RatioInterval {
  const { worse, better, worseReached, betterReached, ticks } = interval;
  const sums = interval.counts;
  const counted: RatioInterval = {
    worse,
    better,
    worseReached,
    betterReached,
    ticks: ticks + 1,
    counts: {
      candidateEvents: sums.candidateEvents + counts.candidateEvents,
      candidateTrials: sums.candidateTrials + counts.candidateTrials,
      baselineEvents: sums.baselineEvents + counts.baselineEvents,
      baselineTrials: sums.baselineTrials + counts.baselineTrials,
    },
    horizonFraction: interval.horizonFraction + horizonFraction,
  };
  return counted.ticks >= grid.blockTicks ? closeBlock(counted, grid) : counted;
}

const emptyBlock = {
  ticks: 0,
  counts: { candidateEvents: 0, candidateTrials: 0, baselineEvents: 0, baselineTrials: 0 },
  horizonFraction: 0,
};

/** Judges the block that is under way, for instance since a step begins. */
export function closeBlock(interval: RatioInterval, grid: IntervalGrid): RatioInterval {
  if (interval.ticks === 0) return interval;
  const { candidateEvents, candidateTrials, baselineEvents, baselineTrials } = interval.counts;
  const events = candidateEvents + baselineEvents;
  const isJudged = candidateTrials > 0 && baselineTrials > 0;
  const logs = grid.ratios.map((ratio) =>
    isJudged ? events * Math.log1p((ratio * candidateTrials) / baselineTrials) : 0,
  );
  const added = grid.spending.background * interval.horizonFraction;
  const worse = [...interval.worse];
  const better = [...interval.better];
  const worseReached = [...interval.worseReached];
  const betterReached = [...interval.betterReached];
  const width = grid.multiples.length;
  for (const [margin, place] of grid.marginAt.entries()) {
    let worseSum = 0;
    let betterSum = 0;
    for (let index = 0; index < width; index++) {
      const at = margin * width + index;
      const capital = added * (grid.weights[index] ?? 0);
      const ofCandidate = candidateEvents * (grid.logMultiples[index] ?? 0);
      const ofMargin = logs[place] ?? 0;
      const worseIncrement = ofCandidate + ofMargin - (logs[grid.worseAt[at] ?? 0] ?? 0);
      const betterIncrement = ofMargin - ofCandidate - (logs[grid.betterAt[at] ?? 0] ?? 0);
      worseSum += worse[at] = grow((worse[at] ?? 0) + capital, isJudged ? worseIncrement : 0);
      betterSum += better[at] = grow((better[at] ?? 0) + capital, isJudged ? betterIncrement : 0);
    }
    worseReached[margin] = Math.max(worseReached[margin] ?? 0, worseSum);
    betterReached[margin] = Math.max(betterReached[margin] ?? 0, betterSum);
  }
  return { worse, better, worseReached, betterReached, ...emptyBlock };
}

/** What is refuted so far, the block under way included. Thresholds are natural logarithms: log(1/alpha), log(1/beta). */
export function ratioLimits(
  interval: RatioInterval,
  grid: IntervalGrid,
  thresholds: { worse: number; better: number },
): RatioLimits {
  const { worseReached, betterReached } = closeBlock(interval, grid);
  const below = grid.margins.filter((_, index) => Math.log(worseReached[index] ?? 0) >= thresholds.worse);
  const above = grid.margins.filter((_, index) => Math.log(betterReached[index] ?? 0) >= thresholds.better);
  return {
    atLeast: below.length === 0 ? null : Math.max(...below),
    atMost: above.length === 0 ? null : Math.min(...above),
  };
}
