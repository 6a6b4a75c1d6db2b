/**
 * The error budget's arithmetic. An objective S lets 1 - S of all events be bad over its window; the burn rate is how many
 * times faster than that bad events come. Both are ratios of counts, so a busy hour weighs more than a quiet one.
 * Assumption: the traffic of the window is what the budget is for; nothing is foreseen.
 * Source: The Site Reliability Workbook (2018), chapters 2 and 5.
 */
import type { EventCounts } from './slo.ts';

/**
 * Bad events as a multiple of what the objective lets be bad: 1 spends the budget exactly in its window. Null when the
 * counts cannot be right or nothing happened, which is not the same as nothing bad.
 */
export function burnRate(counts: EventCounts, objective: number): number | null {
  const { bad, total } = counts;
  const isRight = Number.isFinite(total) && total > 0 && bad >= 0 && bad <= total;
  return isRight && objective > 0 && objective < 1 ? bad / total / (1 - objective) : null;
}

/**
 * The fraction of the budget that is left after the events of its window: 1 is all, 0 none, below 0 is overspent. Null as
 * for `burnRate`.
 */
export function remainingBudget(counts: EventCounts, objective: number): number | null {
  const spent = burnRate(counts, objective);
  return spent === null ? null : 1 - spent;
}

/** How long a fraction of the budget lasts at a burn rate, in seconds; infinite at a rate of 0. */
export function secondsUntilSpent(remaining: number, rate: number, windowSeconds: number): number {
  if (remaining <= 0) return 0;
  return rate > 0 ? (remaining * windowSeconds) / rate : Number.POSITIVE_INFINITY;
}

/**
 * How long the share `errorRatio` of events must have been bad until the burn rate over a window exceeds the threshold,
 * when there was none before and traffic is even, in seconds; null when the whole window would not be enough.
 */
export function secondsUntilExceeded(
  threshold: number,
  windowSeconds: number,
  errorRatio: number,
  objective: number,
): number | null {
  const seconds = (threshold * (1 - objective) * windowSeconds) / errorRatio;
  return seconds <= windowSeconds ? seconds : null;
}
