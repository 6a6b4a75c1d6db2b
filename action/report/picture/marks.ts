import type { RolloutEvidence } from '../../../policies/judge/rollout-evidence.ts';
import { element, label, visibleText } from './markup.ts';
import { frame } from './panel.ts';
import type { Scale } from './scales.ts';
import { isDrawnTime } from './series.ts';
import { shorten, textWidth } from './text-width.ts';
import { lineClass } from './theme.ts';

const style = { size: 11 };
const rowHeight = 15;
const maxRows = 8;
const maxLabelWidth = 170;

export interface PlacedMark {
  x: number;
  text: string;
  /** From the top; null where no row has room: the line stands without a name. */
  row: number | null;
}

export interface PlacedMarks {
  marks: PlacedMark[];
  /** Of the rows that are used, with some room below. */
  height: number;
}

/**
 * Gives each mark a row for its label, so that no label covers another and no line runs through one: a line goes down
 * from its label, so every row from its own down has to be free where it stands.
 */
export function placeMarks(marks: RolloutEvidence['marks'], time: Scale): PlacedMarks {
  const ends = Array.from({ length: maxRows }, () => -Infinity);
  const placed = marks
    .filter(({ atSeconds }) => isDrawnTime(atSeconds))
    .toSorted((a, b) => a.atSeconds - b.atSeconds)
    .map(({ atSeconds, label: text }): PlacedMark => {
      const x = time.toPixels(atSeconds);
      const room = Math.min(maxLabelWidth, frame.width - frame.margin - x - 4);
      const shown = shorten(visibleText(text), room, style);
      const row = ends.findIndex((_, index) => ends.slice(index).every((end) => end < x - 6));
      if (row === -1) return { x, text: shown, row: null };
      ends[row] = x + 4 + textWidth(shown, style);
      return { x, text: shown, row };
    });
  const rows = Math.max(0, ...placed.map(({ row }) => (row ?? -1) + 1));
  return { marks: placed, height: rows === 0 ? 0 : rows * rowHeight + 3 };
}

/**
 * The marks' labels from `top` on, each with a line down through the panels that begin at `panelTops`. The lines leave
 * out what lies between the panels, where the next one's title stands.
 */
export function drawMarks({ marks, height }: PlacedMarks, top: number, panelTops: readonly number[]): string {
  return marks
    .map(({ x, text, row }) => {
      const from = row === null ? top + height : top + row * rowHeight;
      const at = Math.round(x * 10) / 10;
      const strokes = panelTops.map(
        (panelTop, index) => `M${at} ${index === 0 ? from : panelTop}V${panelTop + frame.panelHeight}`,
      );
      const line = element('path', { d: strokes.join(''), class: lineClass('muted') });
      if (row === null) return line;
      return line + label(text, { x: x + 4, y: from + 11, ...style, className: 'evk-text' });
    })
    .join('');
}
