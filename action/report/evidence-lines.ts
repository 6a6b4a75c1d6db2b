import type { MetricEvidence, RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import { printable } from './describe-finding.ts';
import { formatFigure, formatOdds, spokenOdds, thresholdOf } from './picture/figures.ts';
import { drawnPoints, lastOf, type DrawnPoint } from './picture/series.ts';
import { judgementWords } from './picture/words.ts';

const columns = 24;
const maxNameLength = 24;
const bars = '▁▂▃▄▅▆▇█';

/**
 * The evidence for a terminal: one line a metric, then one that says how to read the bars. A bar is as high as the data
 * say "worse" at that time: from 1 : 1 (lowest) to the odds that decide (full), each factor of ten as high as the next.
 */
export function evidenceLines({ alpha, metrics }: RolloutEvidence): string[] {
  if (metrics.length === 0) return [];
  const threshold = thresholdOf(alpha);
  const names = metrics.map(({ name }) => shortName(name));
  const width = Math.max(...names.map((name) => name.length));
  const judged = metrics.map(({ judgement }) => judgementWords[judgement]);
  const judgedWidth = Math.max(...judged.map((words) => words.length));
  const lines = metrics.map((metric, index) => {
    const points = drawnPoints(metric);
    const head = `${(names[index] ?? '').padEnd(width)}  ${(judged[index] ?? '').padEnd(judgedWidth)}`;
    return points.length === 0
      ? `${head}  nothing was seen`
      : `${head}  ${sparkline(points, threshold)}  ${figures(metric, points)}`;
  });
  return [
    ...lines,
    `bars: how strongly the data say “worse”; a full one decides, at ${formatOdds(threshold)}`,
  ];
}

function shortName(name: string): string {
  const shown = Array.from(printable(name));
  return shown.length <= maxNameLength ? shown.join('') : `${shown.slice(0, maxNameLength - 1).join('')}…`;
}

function figures({ kind }: MetricEvidence, points: readonly DrawnPoint[]): string {
  const figure = (version: 'candidate' | 'stable'): string => {
    const last = lastOf(points.map((point) => point[version]));
    return last === null ? 'not seen' : formatFigure(kind, last.rate);
  };
  const worse = lastOf(points.map((point) => point.worse)) ?? -Infinity;
  const fine = lastOf(points.map((point) => point.fine)) ?? -Infinity;
  return `candidate ${figure('candidate')}, stable ${figure('stable')}; “worse” ${spokenOdds(worse)}, “fine” ${spokenOdds(fine)}`;
}

/** The strongest evidence in each of at most so many equal parts of the time; a part without any is a gap. */
function sparkline(points: readonly DrawnPoint[], threshold: number): string {
  const first = points[0]?.atSeconds ?? 0;
  const span = (points.at(-1)?.atSeconds ?? first) - first;
  const count = Math.min(columns, points.length);
  const strongest = Array.from({ length: count }, (): number | null => null);
  for (const { atSeconds, worse } of points) {
    if (worse === null) continue;
    const share = span === 0 ? 0 : (atSeconds - first) / span;
    const index = Math.min(count - 1, Math.floor(share * count));
    strongest[index] = Math.max(strongest[index] ?? -Infinity, worse);
  }
  return strongest.map((worse) => (worse === null ? ' ' : barOf(worse, threshold))).join('');
}

/** The full bar is kept for evidence that decides. */
function barOf(worse: number, threshold: number): string {
  const full = bars.length - 1;
  if (worse >= threshold) return bars.charAt(full);
  return bars.charAt(Math.max(0, Math.min(full - 1, Math.floor((worse / threshold) * full))));
}
