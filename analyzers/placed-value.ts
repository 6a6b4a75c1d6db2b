import { LineIndex, type Span } from './finding.ts';

/** A text with its lines, for asking what stands at a span of it. */
export interface PlacedText {
  text: string;
  lines: LineIndex;
}

/** A longer part is a place, not a value: it changes with everything that stands in it. */
const maxValueLength = 200;

/** Positions count without the byte order mark. */
export function placedText(text: string): PlacedText {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return { text: plain, lines: new LineIndex(plain) };
}

/** The value that stands at a span, blanks made even; null where there is none, or it is too long to be one. */
export function valueIn(placed: PlacedText | undefined, span: Span | undefined): string | null {
  if (placed === undefined || span === undefined) return null;
  const start = placed.lines.offset(span.start);
  const end = placed.lines.offset(span.end);
  if (end <= start || end - start > maxValueLength) return null;
  return placed.text.slice(start, end).replaceAll(/\s+/g, ' ').trim();
}
