import { burnAlerts, burnRateOver, windowsToRead, type BurnAlert } from './burn-alerts.ts';
import type { CanaryCost } from './canary-cost.ts';
import { describeFraction, describeNumber, describeSeconds } from './describe-figures.ts';
import { remainingBudget, secondsUntilSpent } from './error-budget.ts';
import type { Slo, SloReading } from './slo.ts';

/** An objective, and the fraction of its budget below which no rollout starts. */
export interface StartRule extends Pick<Slo, 'name' | 'objective' | 'windowSeconds'> {
  minimumRemaining: number;
}

export type HoldReason = 'no-slo-data' | 'budget-spent' | 'burning' | 'cost-exceeds-budget';

/** Plain JSON: kept in the audit log and shown with `--json`. */
export interface StartDecision {
  decision: 'start' | 'held';
  reasonCode: 'within-budget' | HoldReason;
  message: string;
  slo: StartRule;
  /** Fraction of the budget; null when it is not known. */
  remaining: number | null;
  /** What the canary may cost, as a fraction of the budget; null when it is not known. */
  costFraction: number | null;
  cost: CanaryCost;
  windows: (SloReading & { burnRate: number | null })[];
  alerts: BurnAlert[];
}

/**
 * Whether a rollout may start: the budget that is left is at least the minimum, no page is firing, and what the canary
 * may cost (see `canary-cost.ts`) fits into what is left. Whatever is not known holds the rollout. A ticket is shown and
 * holds nothing. Only the start of a rollout is asked about here: nothing that goes back is.
 */
export function decideStart(
  slo: StartRule,
  readings: readonly SloReading[],
  plannedCost: CanaryCost,
): StartDecision {
  const alerts = burnAlerts(slo.objective, readings);
  const budget = readings.find(({ windowSeconds }) => windowSeconds === slo.windowSeconds);
  const counts = budget !== undefined && 'counts' in budget ? budget.counts : null;
  const remaining = counts === null ? null : remainingBudget(counts, slo.objective);
  const allowedBad = counts === null ? 0 : counts.total * (1 - slo.objective);
  const costFraction =
    remaining === null || plannedCost.badEvents === null ? null : plannedCost.badEvents / allowedBad;
  const hold = findHold(slo, readings, alerts, remaining, costFraction, plannedCost);
  return {
    decision: hold === null ? 'start' : 'held',
    reasonCode: hold?.reasonCode ?? 'within-budget',
    message: hold?.message ?? describeStart(slo, readings, remaining ?? 0, costFraction ?? 0),
    slo: {
      name: slo.name,
      objective: slo.objective,
      windowSeconds: slo.windowSeconds,
      minimumRemaining: slo.minimumRemaining,
    },
    remaining,
    costFraction,
    cost: plannedCost,
    windows: windowsToRead(slo).map((windowSeconds) => ({
      ...readingOf(windowSeconds, readings),
      burnRate: burnRateOver(windowSeconds, slo.objective, readings),
    })),
    alerts,
  };
}

interface Hold {
  reasonCode: HoldReason;
  message: string;
}

/** A fire is named first, then what is not known: somebody may have to be called for the one and not for the other. */
function findHold(
  slo: StartRule,
  readings: readonly SloReading[],
  alerts: readonly BurnAlert[],
  remaining: number | null,
  costFraction: number | null,
  cost: CanaryCost,
): Hold | null {
  const pages = alerts.filter(({ severity }) => severity === 'page');
  const firing = pages.find(({ isFiring }) => isFiring === true);
  if (firing !== undefined)
    return { reasonCode: 'burning', message: describeBurning(slo, firing, remaining) };
  const unknown = describeUnknown(slo, readings, pages);
  if (remaining === null || unknown !== null) {
    return { reasonCode: 'no-slo-data', message: `${slo.name}: ${unknown ?? 'the budget is not known'}` };
  }
  if (!(remaining >= slo.minimumRemaining)) {
    return { reasonCode: 'budget-spent', message: describeSpent(slo, readings, remaining) };
  }
  if (costFraction === null || !(costFraction <= remaining)) {
    return { reasonCode: 'cost-exceeds-budget', message: describeCost(slo, remaining, costFraction, cost) };
  }
  return null;
}

/** The first window that is needed and not known; a page is off only when both of its windows say so. */
function describeUnknown(
  slo: StartRule,
  readings: readonly SloReading[],
  pages: readonly BurnAlert[],
): string | null {
  const needed = [slo.windowSeconds, ...pages.flatMap((page) => [page.longSeconds, page.shortSeconds])];
  const missing = needed.find(
    (windowSeconds) => burnRateOver(windowSeconds, slo.objective, readings) === null,
  );
  if (missing === undefined) return null;
  const reading = readingOf(missing, readings);
  const why =
    'problem' in reading
      ? reading.problem
      : reading.counts.total === 0
        ? 'nothing was counted'
        : `${describeNumber(reading.counts.bad)} bad of ${describeNumber(reading.counts.total)} events cannot be right`;
  return `the last ${describeSeconds(missing)} are not known (${why}), so no rollout starts; see that its counters can be read`;
}

function readingOf(windowSeconds: number, readings: readonly SloReading[]): SloReading {
  const found = readings.find((reading) => reading.windowSeconds === windowSeconds);
  return found ?? { windowSeconds, problem: 'it was not read' };
}

function describeBurning(slo: StartRule, alert: BurnAlert, remaining: number | null): string {
  const rate = alert.longBurnRate ?? 0;
  const last =
    remaining === null
      ? ''
      : `; at this rate what is left (${describeFraction(remaining)}) lasts ${describeSeconds(secondsUntilSpent(remaining, rate, slo.windowSeconds))}`;
  return (
    `${slo.name} is burning its error budget ${describeNumber(rate)} times too fast over ${describeSeconds(alert.longSeconds)} and ` +
    `${describeNumber(alert.shortBurnRate ?? 0)} times over ${describeSeconds(alert.shortSeconds)} (a page is due above ${alert.threshold})${last}; mend what is failing first`
  );
}

function describeSpent(slo: StartRule, readings: readonly SloReading[], remaining: number): string {
  return `${slo.name} has ${describeFraction(remaining)} of its error budget of ${describeWindow(slo, readings)} left, and a rollout starts with at least ${describeFraction(slo.minimumRemaining)}; wait until bad events leave the window`;
}

function describeCost(
  slo: StartRule,
  remaining: number,
  costFraction: number | null,
  cost: CanaryCost,
): string {
  if (costFraction === null) {
    return `${slo.name}: what a failing canary may cost cannot be told, because the judge could not tell it from what the policy tolerates; lower \`slack\` of the errors metric`;
  }
  return `a canary that fails may cost ${describeFraction(costFraction)} of ${slo.name}'s error budget (${describeNumber(cost.badEvents ?? 0)} requests at ${describeFraction(cost.basisPoints / 10_000)}), and ${describeFraction(remaining)} is left; make the widest step smaller, or wait`;
}

function describeStart(
  slo: StartRule,
  readings: readonly SloReading[],
  remaining: number,
  costFraction: number,
): string {
  return `${slo.name} has ${describeFraction(remaining)} of its error budget of ${describeWindow(slo, readings)} left, no page is firing, and a canary that fails may cost ${describeFraction(costFraction)} of it`;
}

/** The budget's window, and for how much of it there is a history where that is less. */
function describeWindow({ windowSeconds }: StartRule, readings: readonly SloReading[]): string {
  const reading = readingOf(windowSeconds, readings);
  const covered = 'counts' in reading ? (reading.coveredSeconds ?? windowSeconds) : windowSeconds;
  const known = covered < windowSeconds ? ` (known for ${describeSeconds(covered)})` : '';
  return `${describeSeconds(windowSeconds)}${known}`;
}
