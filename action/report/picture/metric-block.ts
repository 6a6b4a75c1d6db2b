import type { MetricEvidence } from '../../../policies/judge/rollout-evidence.ts';
import { badge, judgementColours } from './badge.ts';
import { evidencePanel } from './evidence-panel.ts';
import { formatFigure, thresholdOf } from './figures.ts';
import { label, visibleText } from './markup.ts';
import { drawMarks, type PlacedMarks } from './marks.ts';
import { frame } from './panel.ts';
import { cutFigure, figureNames, ratesPanel } from './rates-panel.ts';
import { timeTicks, type Scale } from './scales.ts';
import { drawnPoints, type DrawnPoint } from './series.ts';
import { shorten, textWidth, wrap } from './text-width.ts';
import { judgementWords } from './words.ts';

const nameStyle = { size: 16, isBold: true };
const smallStyle = { size: 12 };
const contentWidth = frame.width - 2 * frame.margin;

export interface Block {
  markup: string;
  /** Of the whole block, in pixels. */
  height: number;
}

export interface BlockSettings {
  alpha: number;
  beta: number;
  time: Scale;
  marks: PlacedMarks;
}

/** One metric: its name and judgement, its summary, and the two panels with the steps across them. */
export function metricBlock(metric: MetricEvidence, settings: BlockSettings, top: number): Block {
  const heading = blockHeading(metric, top);
  const points = drawnPoints(metric);
  const y = top + heading.height;
  if (points.length === 0) {
    const text = 'Nothing was seen of this metric, so there is nothing to draw.';
    const at = { x: frame.margin + 24, y: y + 14, size: 13, className: 'evk-muted' };
    return { markup: heading.markup + label(text, at), height: y + 34 - top };
  }
  const marksTop = y + 22;
  const ratesTop = marksTop + settings.marks.height;
  const evidenceTop = ratesTop + frame.panelHeight + 32;
  const bottom = evidenceTop + frame.panelHeight;
  const thresholds = {
    worse: thresholdOf(settings.alpha),
    fine: thresholdOf(settings.beta),
    isCritical: metric.isCritical,
  };
  const markup = [
    heading.markup,
    ratesPanel(metric.kind, points, settings.time, ratesTop),
    evidencePanel(points, thresholds, settings.time, evidenceTop),
    drawMarks(settings.marks, marksTop, [ratesTop, evidenceTop]),
    panelTitle(`${figureNames[metric.kind]} (band: margin of error, 95 %)`, marksTop),
    rangeNote(metric.kind, points, marksTop),
    panelTitle('How strongly the data say “worse” and “fine”', evidenceTop),
    timeAxis(settings.time, bottom),
  ].join('');
  return { markup, height: bottom + 26 - top };
}

/** Above whatever begins at `y`; the marks' lines leave its line free. */
function panelTitle(text: string, y: number): string {
  return label(text, { x: frame.plotLeft, y: y - 7, ...smallStyle, className: 'evk-muted' });
}

/** Says so where a line leaves the picture. */
function rangeNote(kind: MetricEvidence['kind'], points: readonly DrawnPoint[], y: number): string {
  const cut = cutFigure(kind, points);
  if (cut === null) return '';
  const text = `cut off above: up to ${formatFigure(kind, cut)}`;
  return label(text, { x: frame.plotRight, y: y - 7, size: 11, anchor: 'end', className: 'evk-muted' });
}

function blockHeading(metric: MetricEvidence, top: number): Block {
  const colour = judgementColours[metric.judgement];
  const words = `${judgementWords[metric.judgement]}${metric.isCritical ? '' : ' · not critical'}`;
  const left = frame.margin + 24;
  const wordsWidth = textWidth(words, smallStyle);
  const name = shorten(visibleText(metric.name), contentWidth - 24 - 12 - wordsWidth, nameStyle);
  const lines = wrap(visibleText(metric.summary), contentWidth - 24, 2, smallStyle);
  const markup = [
    badge(metric.judgement, frame.margin + 8, top + 10, 0.8),
    label(name, { x: left, y: top + 16, ...nameStyle, className: 'evk-text' }),
    label(words, {
      x: frame.width - frame.margin,
      y: top + 16,
      ...smallStyle,
      anchor: 'end',
      className: `evk-${colour}`,
    }),
    ...lines.map((line, index) =>
      label(line, { x: left, y: top + 36 + index * 16, ...smallStyle, className: 'evk-text' }),
    ),
  ].join('');
  return { markup, height: 28 + lines.length * 16 };
}

function timeAxis(time: Scale, bottom: number): string {
  return timeTicks(time.from, time.to)
    .map(({ value, text }) =>
      label(text, {
        x: time.toPixels(value),
        y: bottom + 16,
        size: 11,
        anchor: 'middle',
        className: 'evk-muted',
      }),
    )
    .join('');
}
