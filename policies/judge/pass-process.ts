/**
 * Harmlessness in errors: procedure B (ratio-increment.ts), the same expression with the alternative below the margin.
 * PASS where the evidence reaches log(1/beta): a candidate that is worse than the margin at every tick of a step gets
 * there in at most a share beta of such steps. It starts afresh at every step, so each step earns its own pass.
 *
 * The margin is wider than the one that fails: between the two, both verdicts are possible and neither is an error. Its
 * absolute slack is what lets a service with almost no errors pass: without it, nothing can be shown from no events.
 * Silence never passes: no trials, no evidence.
 */
import { fixedBaselineIncrement } from './fixed-baseline.ts';
import { multiplyOdds } from './exceedance-increment.ts';
import { advanceMixture, startMixture, type Spending } from './mixture.ts';
import { ratioIncrement, type Margin, type TickCounts } from './ratio-increment.ts';

/** How many times below the margin the candidate may be; the largest stands for "no errors at all". */
export const passGrid: readonly number[] = [2, 5, 25];
const passWeights: readonly number[] = [0.25, 0.35, 0.4];
/** The late part serves a candidate that starts badly and recovers. */
export const passSpending: Spending = { start: 0.9, steps: 0, background: 0.1 };

export function startPassProcess(): number[] {
  return startMixture(passWeights, passSpending.start);
}

/** One tick beside live stable traffic. */
export function advancePassProcess(
  logCells: readonly number[],
  counts: TickCounts,
  margin: Margin,
  added: number,
): number[] {
  const increments = passGrid.map((multiple) => ratioIncrement(counts, margin, margin.ratio / multiple));
  return advanceMixture(logCells, passWeights, added, increments);
}

/** One tick of the bake: `boundary` is the lowest rate that would be harmful (fixed-baseline.ts). */
export function advancePassProcessAlone(
  logCells: readonly number[],
  events: number,
  trials: number,
  boundary: number,
  added: number,
): number[] {
  const increments = passGrid.map((multiple) =>
    fixedBaselineIncrement(events, trials, boundary, multiplyOdds(boundary, 1 / multiple)),
  );
  return advanceMixture(logCells, passWeights, added, increments);
}
