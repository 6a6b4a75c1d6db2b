import type { StartDecision } from '../../policies/slo/decide-start.ts';
import { describeFraction, describeNumber, describeSeconds } from '../../policies/slo/describe-figures.ts';

/** What a person reads of a decision: the sentence, the budget, every window, every alert. One line each. */
export function describeDecision(decision: StartDecision): string[] {
  const { slo, remaining, costFraction, cost, windows, alerts } = decision;
  const orUnknown = (value: number | null, describe: (value: number) => string): string =>
    value === null ? 'not known' : describe(value);
  const width = Math.max(...windows.map(({ windowSeconds }) => describeSeconds(windowSeconds).length));
  return [
    `  ${decision.message}`,
    `  objective ${Number((slo.objective * 100).toPrecision(12))} % over ${describeSeconds(slo.windowSeconds)}; budget left ${orUnknown(remaining, describeFraction)} (at least ${describeFraction(slo.minimumRemaining)})`,
    `  a canary that fails may cost ${orUnknown(costFraction, describeFraction)} of the budget (${orUnknown(cost.badEvents, describeNumber)} requests)`,
    ...windows.map((reading) => {
      const window = describeSeconds(reading.windowSeconds).padStart(width);
      if ('problem' in reading) return `  ${window}  not known: ${reading.problem}`;
      const { bad, total } = reading.counts;
      const counts = `${describeNumber(bad)} bad of ${describeNumber(total)}`;
      return `  ${window}  burn rate ${orUnknown(reading.burnRate, describeNumber)} (${counts})${knownFor(reading)}`;
    }),
    ...alerts
      .filter(({ isFiring }) => isFiring === true)
      .map(
        (alert) =>
          `  ${alert.severity}: above ${alert.threshold} over ${describeSeconds(alert.longSeconds)} and ${describeSeconds(alert.shortSeconds)}`,
      ),
  ];
}

function knownFor({
  windowSeconds,
  coveredSeconds,
}: {
  windowSeconds: number;
  coveredSeconds?: number;
}): string {
  if (coveredSeconds === undefined || coveredSeconds >= windowSeconds) return '';
  return `, known for ${describeSeconds(coveredSeconds)}`;
}
