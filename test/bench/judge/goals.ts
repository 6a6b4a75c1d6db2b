/** What ours has promised against what was measured. A share is compared as it was measured; its error is printed beside. */
import { mannWhitneyHourly, mannWhitneyOften, ours } from './procedures.ts';
import { isCoarse, reachableBoundSeconds, type Scenario } from './scenario.ts';
import type { Share, Summary } from './summarize-runs.ts';

export interface GoalRow {
  scenario: string;
  goal: string;
  measured: string;
  isMet: boolean;
}

/** The promises of one scenario. */
export function judgeScenario(
  { name, goals, boundSeconds }: Scenario,
  summaries: readonly Summary[],
): GoalRow[] {
  const own = summaries.find(({ procedure }) => procedure === ours.name);
  if (own === undefined) return [];
  const rows: GoalRow[] = [];
  const shareGoal = (what: string, limit: number | undefined, share: Share | null): void => {
    if (limit === undefined || share === null) return;
    const goal = `${what} <= ${formatPercent(limit)}`;
    rows.push({ scenario: name, goal, measured: formatShare(share), isMet: share.value <= limit });
  };
  shareGoal('false rollbacks', goals.falseRollbackShare, own.falseRollbackShare);
  shareGoal('missed', goals.missedShare, own.missedShare);
  shareGoal('false passes', goals.falsePassShare, own.falsePassShare);
  const { delayOverBound: limit } = goals;
  if (limit !== undefined && boundSeconds !== null) {
    const inTicks = isCoarse(boundSeconds) ? ' in whole ticks' : '';
    const measured =
      (own.medianDelaySeconds ?? Number.POSITIVE_INFINITY) / reachableBoundSeconds(boundSeconds);
    rows.push({
      scenario: name,
      goal: `delay <= ${limit} bounds${inTicks}`,
      measured: formatRatio(measured),
      isMet: measured <= limit,
    });
  }
  return rows;
}

/**
 * How many times sooner than Mann-Whitney, as a geometric mean over all scenarios that ask for a delay and that both
 * were run in. A median that was never reached counts as the whole time from the change to the horizon's end.
 */
export function judgeSpeedup(
  results: readonly { scenario: Scenario; summaries: readonly Summary[] }[],
): GoalRow[] {
  const peers = [
    { peer: mannWhitneyOften.name, limit: 5 },
    { peer: mannWhitneyHourly.name, limit: 10 },
  ];
  return peers.flatMap(({ peer, limit }) => {
    const logs = results.flatMap(({ scenario, summaries }) => {
      if (scenario.question !== 'delay') return [];
      const own = delayOf(scenario, summaries, ours.name);
      const other = delayOf(scenario, summaries, peer);
      return own === null || other === null ? [] : [Math.log(other / own)];
    });
    if (logs.length === 0) return [];
    const speedup = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
    const scenario = `${logs.length} changes`;
    const goal = `sooner than ${peer} >= ${limit} times`;
    const alone = logs.filter((log) => log >= Math.log(limit)).length;
    const slower = logs.filter((log) => log < 0).length;
    const measured = `${formatRatio(speedup)} (so much in ${alone} of them alone, later than it in ${slower})`;
    return [{ scenario, goal, measured, isMet: speedup >= limit }];
  });
}

function delayOf(scenario: Scenario, summaries: readonly Summary[], procedure: string): number | null {
  const delay = summaries.find((summary) => summary.procedure === procedure)?.medianDelaySeconds ?? null;
  return delay === null ? null : Math.min(delay, scenario.horizonSeconds - scenario.changeAtSeconds);
}

export function formatShare({ value, standardError }: Share): string {
  return `${formatPercent(value)} ± ${formatPercent(standardError)}`;
}

export function formatPercent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

export function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : 'never';
}
