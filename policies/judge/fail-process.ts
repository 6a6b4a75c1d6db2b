/**
 * Harm in errors: procedure A (ratio-increment.ts) mixed over how much worse the candidate may be, with capital that
 * enters over time (mixture.ts). FAIL where the evidence reaches log(1/alpha): a harmless candidate gets there in at
 * most a share alpha of rollouts, however often one looks.
 *
 * The grid is in multiples of the tolerated ratio, from "hardly worse" to "everything fails"; its weights favour the
 * middle. Capital: .4 at the start, .3 split over the steps declared beforehand, .3 evenly over the horizon, which finds
 * harm that begins at a step about a quarter sooner than capital that knows no steps.
 */
import { fixedBaselineIncrement } from './fixed-baseline.ts';
import { advanceMixture, startMixture, type Spending } from './mixture.ts';
import { ratioIncrement, type Margin, type TickCounts } from './ratio-increment.ts';
import { multiplyOdds } from './exceedance-increment.ts';

export const failGrid: readonly number[] = [1.15, 1.3, 1.5, 1.8, 2.2, 3, 4.5, 8, 16, 40, 120, 500];
export const failWeights: readonly number[] = [
  0.06, 0.08, 0.1, 0.12, 0.12, 0.12, 0.11, 0.1, 0.08, 0.05, 0.03, 0.03,
];
export const failSpending: Spending = { start: 0.4, steps: 0.3, background: 0.3 };

export function startFailProcess(start = failSpending.start): number[] {
  return startMixture(failWeights, start);
}

/** One tick beside live stable traffic. `added` is the capital that enters now. */
export function advanceFailProcess(
  logCells: readonly number[],
  counts: TickCounts,
  margin: Margin,
  added: number,
): number[] {
  const increments = failGrid.map((multiple) => ratioIncrement(counts, margin, margin.ratio * multiple));
  return advanceMixture(logCells, failWeights, added, increments);
}

/** One tick of the bake: `boundary` is the highest rate that would still be harmless (fixed-baseline.ts). */
export function advanceFailProcessAlone(
  logCells: readonly number[],
  events: number,
  trials: number,
  boundary: number,
  added: number,
): number[] {
  const increments = failGrid.map((multiple) =>
    fixedBaselineIncrement(events, trials, boundary, multiplyOdds(boundary, multiple)),
  );
  return advanceMixture(logCells, failWeights, added, increments);
}
