import { formatRatio, formatShare, type GoalRow } from './goals.ts';
import { proceduresFor } from './run-worker.ts';
import type { Scenario } from './scenario.ts';
import type { Share, Summary } from './summarize-runs.ts';

const widths = [40, 22, 18, 9, 8, 18, 18];

/** Scenario by procedure; ours with the verdict on its goals. */
export function formatTable(
  results: readonly { scenario: Scenario; summaries: readonly Summary[]; goals: readonly GoalRow[] }[],
): string {
  const heading = [
    'scenario',
    'procedure',
    'false rollbacks',
    'median s',
    '/ bound',
    'missed',
    'false passes',
  ];
  const lines = [formatLine(heading)];
  for (const { scenario, summaries, goals } of results) {
    const bound = scenario.boundSeconds === null ? '' : ` (bound ${scenario.boundSeconds.toFixed(0)} s)`;
    const ours = proceduresFor(scenario)[0]?.name;
    for (const [index, summary] of summaries.entries()) {
      const verdicts = summary.procedure === ours ? goals.map(formatGoal).join('; ') : '';
      lines.push(
        `${formatLine([index === 0 ? scenario.name + bound : '', ...cellsOf(summary)])} ${verdicts}`.trimEnd(),
      );
    }
  }
  return lines.join('\n');
}

/** The goals alone, those that were not met last, where they are read first. */
export function formatGoals(rows: readonly GoalRow[]): string {
  const ordered = [...rows.filter(({ isMet }) => isMet), ...rows.filter(({ isMet }) => !isMet)];
  return ordered
    .map((row) => `${row.scenario.padEnd(widths[0] ?? 0)} ${formatGoal(row)}: ${row.measured}`)
    .join('\n');
}

function formatGoal({ goal, isMet }: GoalRow): string {
  return `${isMet ? 'met' : 'NOT MET'} ${goal}`;
}

function cellsOf(summary: Summary): string[] {
  const { procedure, falseRollbackShare, medianDelaySeconds, delayOverBound, missedShare, falsePassShare } =
    summary;
  return [
    procedure,
    shareCell(falseRollbackShare),
    medianDelaySeconds === null
      ? ''
      : Number.isFinite(medianDelaySeconds)
        ? String(medianDelaySeconds)
        : 'never',
    delayOverBound === null ? '' : formatRatio(delayOverBound),
    shareCell(missedShare),
    shareCell(falsePassShare),
  ];
}

function shareCell(share: Share | null): string {
  return share === null ? '' : formatShare(share);
}

function formatLine(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join(' ')
    .trimEnd();
}
