/**
 * Harm in events: procedure A (ratio-increment.ts), or A' (exceedance-increment.ts) where events are common, mixed over
 * how much worse the candidate may be, with capital that enters over time (mixture.ts). FAIL where the evidence reaches
 * log(1/alpha): a harmless candidate gets there in at most a share alpha of rollouts, however often one looks.
 *
 * The grid is in multiples of the tolerated ratio, from "hardly worse" to "everything fails". What is there from the
 * start favours the middle; what enters later favours small multiples a little, since they have longer to collect it.
 * Capital and weights were chosen by simulation for the shortest delays at any alpha (npm run bench:judge); the promise
 * does not depend on them.
 */
import { exceedanceIncrement, multiplyOdds } from './exceedance-increment.ts';
import { fixedBaselineIncrement } from './fixed-baseline.ts';
import { grow, multiply, startMixture, type Capital, type Spending } from './mixture.ts';
import { ratioFactors, type Margin, type TickCounts } from './ratio-increment.ts';

/** Alternatives in multiples of the margin, with their weights at the start (and at declared steps) and later. */
export interface FailGrid {
  multiples: readonly number[];
  logMultiples: readonly number[];
  startWeights: readonly number[];
  laterWeights: readonly number[];
}

export function failGridOf(
  multiples: readonly number[],
  startWeights: readonly number[],
  laterWeights: readonly number[],
): FailGrid {
  return { multiples, logMultiples: multiples.map(Math.log), startWeights, laterWeights };
}

export const failGrid: FailGrid = failGridOf(
  [1.05, 1.1, 1.2, 1.35, 1.6, 2, 2.7, 4, 6.5, 11, 20, 45, 130, 500],
  [0.02, 0.07, 0.04, 0.05, 0.1, 0.13, 0.14, 0.12, 0.12, 0.13, 0.04, 0.02, 0.01, 0.01],
  [0.1, 0.12, 0.11, 0.13, 0.13, 0.12, 0.09, 0.07, 0.05, 0.04, 0.02, 0.01, 0.005, 0.005],
);

/** With and without steps that were declared beforehand: harm likes to begin where the share grows. */
export const failSpending = {
  declared: { start: 0.5, steps: 0.2, background: 0.3 },
  undeclared: { start: 0.7, steps: 0, background: 0.3 },
} satisfies Record<string, Spending>;

export function startFailProcess(spending: Spending, grid: FailGrid = failGrid): number[] {
  return startMixture(grid.startWeights, spending.start);
}

/** One tick beside live stable traffic, by procedure A. */
export function advanceFailProcess(
  cells: readonly number[],
  counts: TickCounts,
  margin: Margin,
  added: Capital,
  grid: FailGrid = failGrid,
): number[] {
  // Without slack, no events are no evidence at any alternative: the usual tick of a service with few errors.
  const isQuiet = margin.slack === 0 && counts.candidateEvents === 0 && counts.baselineEvents === 0;
  if (isQuiet) return cells.map((cell, index) => cell + capitalOf(grid, index, added));
  const factors = ratioFactors(counts, margin, grid.multiples, grid.logMultiples);
  for (let index = 0; index < factors.length; index++)
    factors[index] = multiply((cells[index] ?? 0) + capitalOf(grid, index, added), factors[index] ?? 1);
  return factors;
}

/** The same by procedure A'; `baselineRate` comes from past ticks only. */
export function advanceFailProcessOfCommonEvents(
  cells: readonly number[],
  counts: TickCounts,
  margin: Margin,
  baselineRate: number,
  added: Capital,
): number[] {
  const edge = margin.ratio * baselineRate + margin.slack;
  return advance(cells, added, failGrid, (multiple) =>
    edge < 1
      ? exceedanceIncrement(counts, margin, {
          candidate: multiplyOdds(edge, multiple),
          baseline: baselineRate,
        })
      : 0,
  );
}

/** One tick of the bake: `boundary` is the highest rate that would still be harmless (fixed-baseline.ts). */
export function advanceFailProcessAlone(
  cells: readonly number[],
  events: number,
  trials: number,
  boundary: number,
  added: Capital,
): number[] {
  return advance(cells, added, failGrid, (multiple) =>
    fixedBaselineIncrement(events, trials, boundary, multiplyOdds(boundary, multiple)),
  );
}

function advance(
  cells: readonly number[],
  added: Capital,
  grid: FailGrid,
  incrementAt: (multiple: number) => number,
): number[] {
  return cells.map((cell, index) =>
    grow(cell + capitalOf(grid, index, added), incrementAt(grid.multiples[index] ?? 1)),
  );
}

function capitalOf({ startWeights, laterWeights }: FailGrid, index: number, added: Capital): number {
  return added.step * (startWeights[index] ?? 0) + added.time * (laterWeights[index] ?? 0);
}
