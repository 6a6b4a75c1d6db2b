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
 * Logarithms throughout: 1e9 requests neither overflow nor vanish. State is one finite number a cell.
 */

/** Shares of the capital of one: at the start, split over declared steps, and evenly over the horizon's ticks. */
export interface Spending {
  start: number;
  steps: number;
  background: number;
}

/** How far a mixture is; all of it is known before the tick that it is asked for. */
export interface Schedule {
  /** Ticks that have been before this one, and how many were planned. */
  ticksBefore: number;
  horizonTicks: number;
  /** Whether a declared step begins with this tick, how many have begun before, and how many were declared. */
  beginsStep: boolean;
  stepsBefore: number;
  steps: number;
}

/** The capital that enters at a tick. It ends with the horizon and the declared steps: no more is spent than there is. */
export function capitalToAdd(spending: Spending, schedule: Schedule): number {
  const { ticksBefore, horizonTicks, beginsStep, stepsBefore, steps } = schedule;
  const background = ticksBefore < horizonTicks ? spending.background / horizonTicks : 0;
  const step = beginsStep && stepsBefore < steps ? spending.steps / steps : 0;
  return background + step;
}

/** The cells' first logarithms. `weights` are positive and sum to one; `start` is positive. */
export function startMixture(weights: readonly number[], start: number): number[] {
  return weights.map((weight) => Math.log(start * weight));
}

/**
 * One tick. `added` is the capital that enters before the increments are applied (0: none); an increment above
 * `incrementCap` counts as the cap, which only lowers an e-value and so keeps the promise.
 */
export function advanceMixture(
  logCells: readonly number[],
  weights: readonly number[],
  added: number,
  increments: readonly number[],
  incrementCap = Number.POSITIVE_INFINITY,
): number[] {
  return logCells.map((logCell, index) => {
    const capital = added > 0 ? logAddExp(logCell, Math.log(added * (weights[index] ?? 0))) : logCell;
    return capital + Math.min(increments[index] ?? 0, incrementCap);
  });
}

/** The logarithm of a sum of exponentials, for any magnitudes. */
export function logSumExp(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  if (!Number.isFinite(largest)) return largest;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - largest);
  return largest + Math.log(sum);
}

function logAddExp(first: number, second: number): number {
  const larger = Math.max(first, second);
  const smaller = Math.min(first, second);
  return smaller === Number.NEGATIVE_INFINITY ? larger : larger + Math.log1p(Math.exp(smaller - larger));
}
