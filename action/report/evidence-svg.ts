import type { RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import { badge } from './picture/badge.ts';
import { placeMarks } from './picture/marks.ts';
import { element, label, textualElement, visibleText } from './picture/markup.ts';
import { metricBlock, type Block } from './picture/metric-block.ts';
import { frame } from './picture/panel.ts';
import { isDrawnTime } from './picture/series.ts';
import { linearScale, type Scale } from './picture/scales.ts';
import { shorten, wrap } from './picture/text-width.ts';
import { styleSheet, type Theme } from './picture/theme.ts';
import { describeEvidence, headlineOf, howToRead } from './picture/words.ts';

const contentWidth = frame.width - 2 * frame.margin;
const blockGap = 22;

/**
 * A judged rollout as one SVG document, for people who do not know statistics: for each metric what was measured, above
 * how strongly it speaks. The same evidence gives the same bytes. Without a theme it follows the viewer's preference for
 * light or dark; a theme fixes it, for renderers that know no preferences.
 */
export function evidenceSvg(evidence: RolloutEvidence, theme: Theme | null = null): string {
  const time = timeScale(evidence);
  const marks = placeMarks(evidence.marks, time);
  const settings = { alpha: evidence.alpha, beta: evidence.beta, time, marks };
  const heading = pictureHeading(evidence);
  const blocks: string[] = [];
  let y = heading.height;
  for (const metric of evidence.metrics) {
    const rule = element('path', {
      d: `M${frame.margin} ${y}H${frame.width - frame.margin}`,
      class: 'evk-line evk-grid-stroke evk-grid-line',
    });
    const block = metricBlock(metric, settings, y + blockGap - 6);
    blocks.push(rule + block.markup);
    y += block.height + blockGap;
  }
  const height = y + 8;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: frame.width,
      height,
      viewBox: `0 0 ${frame.width} ${height}`,
      role: 'img',
      class: 'evk',
    },
    textualElement('title', {}, headlineOf(evidence)),
    textualElement('desc', {}, describeEvidence(evidence)),
    element('style', {}, styleSheet(theme)),
    element('rect', { x: 0, y: 0, width: frame.width, height, class: 'evk-background' }),
    heading.markup,
    ...blocks,
  );
}

/** The same time for all panels: from the beginning to the last point or mark. */
function timeScale({ metrics, marks }: RolloutEvidence): Scale {
  const times = [...marks, ...metrics.flatMap(({ points }) => points)]
    .map(({ atSeconds }) => atSeconds)
    .filter((seconds) => isDrawnTime(seconds));
  const first = times.reduce((least, seconds) => Math.min(least, seconds), 0);
  const last = times.reduce((most, seconds) => Math.max(most, seconds), first);
  return linearScale(first, last, frame.plotLeft, frame.plotRight);
}

function pictureHeading(evidence: RolloutEvidence): Block {
  const left = frame.margin + 32;
  const headlineStyle = { size: 21, isBold: true };
  const messageStyle = { size: 14 };
  const smallStyle = { size: 12 };
  const width = contentWidth - 32;
  const versions = [
    ['candidate (new):', evidence.candidate],
    ['stable (before):', evidence.stable],
    ['rollout:', evidence.rollout],
  ].map(([what = '', name = '']) => `${what} ${shorten(visibleText(name), 220, smallStyle)}`);
  let y = 40;
  const lines = [
    badge(evidence.judgement, frame.margin + 10, y - 7),
    label(shorten(headlineOf(evidence), width, headlineStyle), {
      x: left,
      y,
      ...headlineStyle,
      className: 'evk-text',
    }),
  ];
  const add = (text: string, size: number, className: string, step: number): void => {
    y += step;
    lines.push(label(text, { x: left, y, size, className }));
  };
  for (const [index, line] of wrap(visibleText(evidence.message), width, 3, messageStyle).entries())
    add(line, messageStyle.size, 'evk-text', index === 0 ? 26 : 19);
  add(shorten(versions.join('  ·  '), width, smallStyle), 12, 'evk-muted', 23);
  for (const [index, line] of wrap(howToRead(evidence), width, 4, smallStyle).entries())
    add(line, smallStyle.size, 'evk-muted', index === 0 ? 22 : 16);
  if (evidence.metrics.length === 0) add('No metric was judged.', 14, 'evk-text', 30);
  return { markup: lines.join(''), height: y + 18 };
}
