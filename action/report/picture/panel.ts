import { element, label, pathThrough, type Place } from './markup.ts';
import type { Scale } from './scales.ts';
import { shorten, textWidth } from './text-width.ts';
import { lineClass, type Colour, type LineStyle } from './theme.ts';

/** What every panel shares, in pixels. Left of the plot stand the ticks' labels, right of it what the lines are called. */
export const frame = {
  width: 960,
  margin: 24,
  plotLeft: 118,
  plotRight: 712,
  keyLeft: 722,
  panelHeight: 118,
} as const;
const labelSize = 12;
const labelGap = 16;

export const keyWidth = frame.width - frame.margin - frame.keyLeft - 26;

/** The ground, the grid and the labels of the ticks. `top` and the scale's pixels are the picture's. */
export function panelGround(
  top: number,
  scale: Scale,
  ticks: readonly { value: number; text: string }[],
): string {
  const { plotLeft, plotRight, panelHeight } = frame;
  const ground = element('rect', {
    x: plotLeft,
    y: top,
    width: plotRight - plotLeft,
    height: panelHeight,
    class: 'evk-panel',
  });
  const shown = ticks.filter((_, index) => index % Math.ceil(ticks.length / 7) === 0);
  return [
    ground,
    ...shown.map(({ value, text }) => {
      const y = scale.toPixels(value);
      const grid = element('path', { d: `M${plotLeft} ${tenth(y)}H${plotRight}`, class: lineClass('grid') });
      const size = fitting(text, plotLeft - 8 - 4);
      const x = plotLeft - 8;
      return grid + label(text, { x, y: y + 4, size, anchor: 'end', className: 'evk-muted' });
    }),
  ].join('');
}

/** Eleven pixels, or less where a tick's text is long. */
function fitting(text: string, width: number): number {
  return Math.min(11, Math.floor(width / textWidth(text, { size: 1 })));
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A line through places; a single place is a dot, which a line of no length would hide. */
export function drawnLine(places: readonly Place[], style: Exclude<LineStyle, 'grid' | 'muted'>): string {
  const [first, ...rest] = places;
  if (first === undefined) return '';
  if (rest.length === 0) return element('circle', { cx: first.x, cy: first.y, r: 3, class: `evk-${style}` });
  return element('path', { d: pathThrough(places), class: lineClass(style) });
}

export function thresholdClass(style: Colour): string {
  return `evk-line evk-${style}-stroke evk-threshold`;
}

export interface KeyEntry {
  text: string;
  /** Where the line ends. */
  y: number;
  style: Exclude<LineStyle, 'grid' | 'muted'>;
  /** Not a line of values but one that they are held against. */
  isThreshold?: boolean;
}

/** The names of the lines beside their ends, with a piece of each line, moved apart so that none covers another. */
export function panelKey(entries: readonly KeyEntry[], top: number): string {
  const ys = spread(
    entries.map(({ y }) => y),
    top + 8,
    top + frame.panelHeight - 4,
  );
  return entries
    .map((entry, index) => {
      const y = ys[index] ?? entry.y;
      const x = frame.keyLeft;
      const isThreshold = entry.isThreshold === true;
      const line = element('path', {
        d: `M${x} ${tenth(y)}h20`,
        class: isThreshold ? thresholdClass(entry.style) : lineClass(entry.style),
      });
      const text = shorten(entry.text, keyWidth, { size: labelSize });
      const className = `evk-${entry.style satisfies Colour}`;
      return line + label(text, { x: x + 26, y: y + 4, size: labelSize, className });
    })
    .join('');
}

/** The same places at least a line apart and within the limits, moved no more than needed from the top down. */
export function spread(ys: readonly number[], low: number, high: number): number[] {
  const order = ys.map((_, index) => index).sort((a, b) => (ys[a] ?? 0) - (ys[b] ?? 0) || a - b);
  const placed = [...ys];
  let free = low;
  for (const index of order) {
    placed[index] = Math.max(free, ys[index] ?? low);
    free = (placed[index] ?? low) + labelGap;
  }
  let limit = high;
  for (const index of order.toReversed()) {
    placed[index] = Math.min(limit, placed[index] ?? high);
    limit = (placed[index] ?? high) - labelGap;
  }
  return placed;
}
