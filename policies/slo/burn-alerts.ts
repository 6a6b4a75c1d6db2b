/**
 * Alerts on burn rates over two windows each: the long one says that it matters, the short one that it is still going on.
 * 14.4 for an hour is 2 % of a budget of 30 days, 6 for six hours 5 %, 1 for three days 10 %.
 * Source: The Site Reliability Workbook (2018), chapter 5.
 */
import { burnRate } from './error-budget.ts';
import type { Slo, SloReading } from './slo.ts';

interface BurnAlertRule {
  severity: 'page' | 'ticket';
  longSeconds: number;
  shortSeconds: number;
  /** Both windows must exceed it. */
  threshold: number;
}

const minute = 60;
const hour = 60 * minute;

export const burnAlertRules: readonly BurnAlertRule[] = [
  { severity: 'page', longSeconds: hour, shortSeconds: 5 * minute, threshold: 14.4 },
  { severity: 'page', longSeconds: 6 * hour, shortSeconds: 30 * minute, threshold: 6 },
  { severity: 'ticket', longSeconds: 72 * hour, shortSeconds: 6 * hour, threshold: 1 },
];

export interface BurnAlert extends BurnAlertRule {
  /** Null where nothing is known. */
  longBurnRate: number | null;
  shortBurnRate: number | null;
  /** Null when a window is not known, and the other one does not settle it. */
  isFiring: boolean | null;
}

/** Every window that has to be read for an objective, shortest first, in seconds. */
export function windowsToRead(slo: Pick<Slo, 'windowSeconds'>): number[] {
  const alertWindows = burnAlertRules.flatMap(({ longSeconds, shortSeconds }) => [longSeconds, shortSeconds]);
  return [...new Set([...alertWindows, slo.windowSeconds])].sort((a, b) => a - b);
}

/** All alerts, with their burn rates. */
export function burnAlerts(objective: number, readings: readonly SloReading[]): BurnAlert[] {
  return burnAlertRules.map((rule) => {
    const longBurnRate = burnRateOver(rule.longSeconds, objective, readings);
    const shortBurnRate = burnRateOver(rule.shortSeconds, objective, readings);
    const exceeds = [longBurnRate, shortBurnRate].map((rate) =>
      rate === null ? null : rate > rule.threshold,
    );
    const isFiring = exceeds.includes(false) ? false : exceeds.includes(null) ? null : true;
    return { ...rule, longBurnRate, shortBurnRate, isFiring };
  });
}

/** Null when the window was not read, or nothing happened in it. */
export function burnRateOver(
  windowSeconds: number,
  objective: number,
  readings: readonly SloReading[],
): number | null {
  const reading = readings.find((candidate) => candidate.windowSeconds === windowSeconds);
  return reading === undefined || !('counts' in reading) ? null : burnRate(reading.counts, objective);
}
