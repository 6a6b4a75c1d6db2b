import type { MetricEvidence, RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import { formatDuration, formatFigure, formatTimes, spokenOdds } from '../report/picture/figures.ts';
import { ratesAxis } from '../report/picture/rates-panel.ts';
import { drawnPoints, isDrawnTime, lastOf, type DrawnPoint } from '../report/picture/series.ts';
import { headlineOf, judgementWords, promiseOf } from '../report/picture/words.ts';
import { escapeMarkdown } from './escape-markdown.ts';

/** Told apart by colour-blind people, and at least 3 : 1 on GitHub's light and dark grounds (WCAG 2.2, 1.4.11). */
export const chartColours = { candidate: '#d1620a', stable: '#2f7fe0' } as const;
const chartPoints = 25;
const maxNameLength = 60;

const chartUnits = {
  ratio: { factor: 100, name: 'percent' },
  latency: { factor: 100, name: 'percent' },
  rate: { factor: 1, name: 'a second' },
  gauge: { factor: 1, name: 'mean' },
} as const;
const longest = { atMost: Infinity, seconds: 3600, name: 'hours' } as const;
const timeUnits = [
  { atMost: 240, seconds: 1, name: 'seconds' },
  { atMost: 14_400, seconds: 60, name: 'minutes' },
  longest,
] as const;

const icons = { pass: '✅', fail: '❌', inconclusive: '❔', 'no-data': '❔' } as const;

/**
 * The evidence for a step summary. GitHub takes images there only from a public address: it drops `data:` addresses and
 * inline SVG, and the files of an artifact have no address that shows them. What does show is a table and Mermaid charts,
 * so the figures over time are drawn as charts, and the whole picture is named as a file to be kept as an artifact.
 */
export function evidenceMarkdown(evidence: RolloutEvidence, files: readonly string[]): string {
  const { judgement, metrics, marks, message } = evidence;
  const steps = marks
    .filter(({ atSeconds }) => isDrawnTime(atSeconds))
    .map(({ atSeconds, label }) => `${escapeMarkdown(label)} after ${formatDuration(atSeconds)}`);
  const parts = [
    `### ${icons[judgement]} ${escapeMarkdown(headlineOf(evidence))}`,
    escapeMarkdown(message),
    metrics.length === 0
      ? 'No metric was judged.'
      : `${metricTable(metrics)}\n\n<sub>${escapeMarkdown(promiseOf(evidence))}</sub>`,
    ...(steps.length === 0 ? [] : [`Steps: ${steps.join('; ')}.`]),
    ...metrics.map((metric) => metricChart(metric)).filter((chart) => chart !== ''),
    ...(files.length === 0
      ? []
      : [
          `The whole picture: ${files.map((path) => `<code>${escapeMarkdown(path)}</code>`).join(', ')} (a summary cannot show files; keep them with \`actions/upload-artifact\`).`,
        ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function metricTable(metrics: readonly MetricEvidence[]): string {
  const rows = metrics.map((metric) => {
    const points = drawnPoints(metric);
    const candidate = lastOf(points.map((point) => point.candidate));
    const stable = lastOf(points.map((point) => point.stable));
    const times =
      candidate !== null && stable !== null && stable.rate > 0 && candidate.rate >= 0
        ? formatTimes(candidate.rate / stable.rate)
        : '';
    const odds = (side: 'worse' | 'fine'): string =>
      points.length === 0 ? '' : spokenOdds(lastOf(points.map((point) => point[side])) ?? -Infinity);
    const critical = metric.isCritical ? '' : ' (not critical)';
    return [
      `${escapeMarkdown(shortName(metric.name))}${critical}`,
      `${icons[metric.judgement]} ${judgementWords[metric.judgement]}`,
      candidate === null ? 'not seen' : formatFigure(metric.kind, candidate.rate),
      stable === null ? 'not seen' : formatFigure(metric.kind, stable.rate),
      times,
      odds('worse'),
      odds('fine'),
    ];
  });
  const head = [
    'metric',
    '',
    'candidate',
    'stable',
    'candidate / stable',
    'data say “worse”',
    'data say “fine”',
  ];
  return [head, ['---', '---', '--:', '--:', '--:', '--:', '--:'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** Both versions over time; empty where there are not two moments at which both were seen. */
function metricChart(metric: MetricEvidence): string {
  const points = drawnPoints(metric);
  const first = points.findIndex(
    (_, index) => seenUntil(points, index, 'candidate') && seenUntil(points, index, 'stable'),
  );
  const from = points[first]?.atSeconds;
  const to = points.at(-1)?.atSeconds;
  if (from === undefined || to === undefined || to <= from) return '';
  const axis = ratesAxis(metric.kind, points);
  const { factor, name: figure } = chartUnits[metric.kind];
  const unit = timeUnits.find(({ atMost }) => to <= atMost) ?? longest;
  const written = (value: number): string => {
    const largest = Math.max(Math.abs(axis.from), Math.abs(axis.to)) * factor;
    return numberText(Math.min(axis.to, Math.max(axis.from, value)) * factor, largest);
  };
  const line = (version: 'candidate' | 'stable'): string => {
    const values = sampled(points, version, from, to).map((value) => written(value));
    return `  line [${values.join(', ')}]`;
  };
  const time = (seconds: number): string => numberText(seconds / unit.seconds, to / unit.seconds);
  const palette = `${chartColours.candidate}, ${chartColours.stable}`;
  return [
    `<details${metric.isCritical ? ' open' : ''}><summary>${chartText(metric.name)} over time: 🟠 candidate, 🔵 stable</summary>`,
    '',
    '```mermaid',
    `%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "${palette}"}}, "xyChart": {"height": 380}}}%%`,
    'xychart-beta',
    `  title "${chartText(metric.name)}"`,
    `  x-axis "${unit.name}" ${time(from)} --> ${time(to)}`,
    `  y-axis "${figure}" ${written(axis.from)} --> ${written(axis.to)}`,
    line('candidate'),
    line('stable'),
    '```',
    '',
    '</details>',
  ].join('\n');
}

function seenUntil(points: readonly DrawnPoint[], index: number, version: 'candidate' | 'stable'): boolean {
  return points.slice(0, index + 1).some((point) => point[version] !== null);
}

/** Mermaid spreads a line's values evenly over its axis, so the figures are read at even times: the last one known. */
function sampled(
  points: readonly DrawnPoint[],
  version: 'candidate' | 'stable',
  from: number,
  to: number,
): number[] {
  const values: number[] = [];
  let next = 0;
  let last = 0;
  for (let index = 0; index < chartPoints; index += 1) {
    const at = from + ((to - from) * index) / (chartPoints - 1);
    for (
      let point = points[next];
      point !== undefined && point.atSeconds <= at + 1e-9;
      point = points[next]
    ) {
      last = point[version]?.rate ?? last;
      next += 1;
    }
    values.push(last);
  }
  return values;
}

/** Without an exponent, which Mermaid does not read, and with about four digits of the axis' largest value. */
function numberText(value: number, largest: number): string {
  const decimals = largest > 0 ? Math.min(12, Math.max(0, 3 - Math.floor(Math.log10(largest)))) : 0;
  const text = value.toFixed(decimals);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Text inside a chart and its HTML: what could end the string, the tag or the block, or is read by Mermaid, stays out. */
function chartText(text: string): string {
  return shortName(text).replace(/[^\p{L}\p{N} _.,:()/-]/gu, '?');
}

function shortName(text: string): string {
  const characters = Array.from(text);
  return characters.length <= maxNameLength ? text : `${characters.slice(0, maxNameLength - 1).join('')}…`;
}
