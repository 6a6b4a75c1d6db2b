/**
 * A mixture of evidence over cells (alternatives, and for latency bounds), with capital that enters over time.
 *
 *   E_i <- (E_i + added w_i) exp(increment_i)       E_i(0) = start w_i       decide when the sum reaches 1/error
 *
 * Why it keeps its promise: let M be the sum of all E_i plus the capital not yet added. M starts at one, is never
 * negative, and its expectation never rises under the null, since every exp(increment) has an expectation of at most
 * one given the past, and when capital enters was decided beforehand. By Ville's inequality M ever reaches 1/error with
 * probability at most `error`, and the sum is at most M. Looking as often as one likes costs nothing.
 *
 * What enters late (a share at every declared step, the rest evenly over the horizon) is what finds harm that begins
 * late: capital that was there from the start has by then been lost on harmless ticks.
 *
 * State is one number a cell, between 0 and 1e300: a cell that vanishes is revived by what enters next, and one that
 * has reached 1e300 convicted long ago. Both roundings only lower e-values.
 */

/** Shares of the capital of one: at the start, split over declared steps, and evenly over the horizon. */
export interface Spending {
  start: number;
  steps: number;
  background: number;
}

/** What enters at one tick: at a declared step, and for the time that has passed. */
export interface Capital {
  step: number;
  time: number;
}

export const noCapital: Capital = { step: 0, time: 0 };

/**
 * The capital that enters at a tick. `horizonFraction` is the tick's part of the horizon; the caller stops at a whole one
 * and at the declared number of steps, so that no more is spent than there is.
 */
export function capitalToAdd(
  spending: Spending,
  horizonFraction: number,
  beginsStep: boolean,
  steps: number,
): Capital {
  return {
    step: beginsStep ? spending.steps / steps : 0,
    time: spending.background * horizonFraction,
  };
}

/** The cells' first values. `weights` are positive and sum to one. */
export function startMixture(weights: readonly number[], start: number): number[] {
  return weights.map((weight) => start * weight);
}

/**
 * One tick. `added` is the capital that enters before the increments are applied (0: none); an increment above
 * `incrementCap` counts as the cap, which only lowers an e-value and so keeps the promise.
 */
export function advanceMixture(
  cells: readonly number[],
  weights: readonly number[],
  added: number,
  increments: readonly number[],
  incrementCap = Number.POSITIVE_INFINITY,
): number[] {
  return cells.map((cell, index) =>
    grow(cell + added * (weights[index] ?? 0), Math.min(increments[index] ?? 0, incrementCap)),
  );
}

const largestCell = 1e300;
/** exp of more than this is no number any more. */
const largestIncrement = 700;

/** A cell after one increment. */
export function grow(cell: number, increment: number): number {
  return Math.min(largestCell, cell * Math.exp(Math.min(largestIncrement, increment)));
}

/** Whether the cells' sum has reached 1/errorRate. */
export function reaches(cells: readonly number[], errorRate: number): boolean {
  let sum = 0;
  for (let index = 0; index < cells.length; index++) sum += cells[index] ?? 0;
  return sum * errorRate >= 1;
}

/** A cell after one e-value that is at hand itself. */
export function multiply(cell: number, factor: number): number {
  const grown = cell * factor;
  return grown < largestCell ? grown : largestCell;
}

/** The natural logarithm of the cells' sum: the evidence. Finite, so that it can be written as JSON. */
export function logEvidence(cells: readonly number[]): number {
  let sum = 0;
  for (const cell of cells) sum += cell;
  return Math.log(Math.max(sum, Number.MIN_VALUE));
}
