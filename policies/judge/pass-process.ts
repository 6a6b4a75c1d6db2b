/**
 * Harmlessness in events: procedure B (ratio-increment.ts), the same expression with the alternative below the margin; A'
 * where events are common. PASS where the evidence reaches log(1/beta): a candidate that is worse than the margin at
 * every tick of a step gets there in at most a share beta of such steps. It starts afresh at every step, so each step
 * earns its own pass.
 *
 * The margin is wider than the one that fails: between the two, both verdicts are possible and neither is an error. Its
 * absolute slack is what lets a service with almost no errors pass: without it, nothing can be shown from no events.
 * Silence never passes: no trials, no evidence.
 */
import { exceedanceIncrement, multiplyOdds } from './exceedance-increment.ts';
import { fixedBaselineIncrement } from './fixed-baseline.ts';
import { advanceMixture, grow, startMixture, type Capital, type Spending } from './mixture.ts';
import { ratioIncrement, type Margin, type TickCounts } from './ratio-increment.ts';

/** How many times below the margin the candidate may be; the largest stands for "no errors at all". */
export const passGrid: readonly number[] = [1.3, 1.6, 2.3, 5, 25];
const logPassGrid: readonly number[] = passGrid.map(Math.log);
const passWeights: readonly number[] = [0.2, 0.25, 0.2, 0.15, 0.2];
/** The late part serves a candidate that starts badly and recovers. */
export const passSpending: Spending = { start: 0.9, steps: 0, background: 0.1 };

export function startPassProcess(): number[] {
  return startMixture(passWeights, passSpending.start);
}

/** One tick beside live stable traffic, by procedure B. */
export function advancePassProcess(
  cells: readonly number[],
  counts: TickCounts,
  margin: Margin,
  added: Capital,
): number[] {
  const next: number[] = [];
  for (let index = 0; index < cells.length; index++) {
    const cell = (cells[index] ?? 0) + added.time * (passWeights[index] ?? 0);
    const ratio = margin.ratio / (passGrid[index] ?? 1);
    next.push(grow(cell, ratioIncrement(counts, margin, ratio, -(logPassGrid[index] ?? 0))));
  }
  return next;
}

/** The same by procedure A'; `baselineRate` comes from past ticks only. */
export function advancePassProcessOfCommonEvents(
  cells: readonly number[],
  counts: TickCounts,
  margin: Margin,
  baselineRate: number,
  added: Capital,
): number[] {
  const edge = margin.ratio * baselineRate + margin.slack;
  return advance(cells, added, (multiple) =>
    edge < 1
      ? exceedanceIncrement(counts, margin, {
          candidate: multiplyOdds(edge, 1 / multiple),
          baseline: baselineRate,
        })
      : 0,
  );
}

/** One tick of the bake: `boundary` is the lowest rate that would be harmful (fixed-baseline.ts). */
export function advancePassProcessAlone(
  cells: readonly number[],
  events: number,
  trials: number,
  boundary: number,
  added: Capital,
): number[] {
  return advance(cells, added, (multiple) =>
    fixedBaselineIncrement(events, trials, boundary, multiplyOdds(boundary, 1 / multiple)),
  );
}

function advance(
  cells: readonly number[],
  added: Capital,
  incrementAt: (multiple: number) => number,
): number[] {
  return advanceMixture(cells, passWeights, added.time, passGrid.map(incrementAt));
}
