/**
 * How wide text is at most, without a font at hand: a picture is laid out once and shown with whatever sans-serif face a
 * viewer has. Widths are those of DejaVu Sans, the widest face that browsers commonly fall back to, so that a label that
 * fits here fits everywhere.
 */

/** The characters from space to tilde, in thousandths of the font size. */
const asciiWidths = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636,
  636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295,
  295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838,
  500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521,
  392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];
/** Wider than the letters of any living alphabet, and as wide as an ideograph. */
const otherWidth = 1100;
/** Bold letters are this much wider at most, narrow ones (which weigh little) excepted. */
const boldFactor = 1.16;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export interface TextStyle {
  /** Font size in pixels. */
  size: number;
  isBold?: boolean;
}

/** An upper estimate in pixels. */
export function textWidth(text: string, { size, isBold = false }: TextStyle): number {
  let thousandths = 0;
  for (const character of text.replaceAll('\u00a0', ' '))
    thousandths += asciiWidths[(character.codePointAt(0) ?? 0) - 32] ?? otherWidth;
  return (thousandths / 1000) * size * (isBold ? boldFactor : 1);
}

/** The text, or as much of it as fits with an ellipsis at its end. */
export function shorten(text: string, maxWidth: number, style: TextStyle): string {
  if (textWidth(text, style) <= maxWidth) return text;
  let shown = '';
  let width = textWidth('…', style);
  // A letter and its accents stay together.
  for (const { segment } of graphemes.segment(text)) {
    width += textWidth(segment, style);
    if (width > maxWidth) break;
    shown += segment;
  }
  return `${shown.trimEnd()}…`;
}

/** The text in at most `maxLines` lines, broken at spaces; what does not fit is cut with an ellipsis. */
export function wrap(text: string, maxWidth: number, maxLines: number, style: TextStyle): string[] {
  const words = text.split(' ').filter((word) => word !== '');
  const lines: string[] = [];
  let line = '';
  for (const [index, word] of words.entries()) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || textWidth(longer, style) <= maxWidth) {
      line = longer;
      continue;
    }
    if (lines.length === maxLines - 1)
      return [...lines, shorten([line, ...words.slice(index)].join(' '), maxWidth, style)];
    lines.push(shorten(line, maxWidth, style));
    line = word;
  }
  return line === '' ? lines : [...lines, shorten(line, maxWidth, style)];
}
