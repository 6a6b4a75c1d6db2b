import { LineIndex, type Span } from '../finding.ts';

/** A range of character offsets: from, and just after. */
export type Range = readonly [number, number];

export interface Place {
  key: Range | undefined;
  value: Range;
}

/** The position part of a document whose parser keeps a place for each pointer. `''` is the whole text. */
export function positionsOf(
  text: string,
  places: () => ReadonlyMap<string, Place>,
): {
  spanOf(pointer: string, documentIndex?: number): Span | undefined;
  keySpanOf(pointer: string, documentIndex?: number): Span | undefined;
} {
  let lines: LineIndex | undefined;
  const toSpan = (range: Range | undefined): Span | undefined => {
    if (range === undefined) return undefined;
    lines ??= new LineIndex(text);
    return lines.span(range[0], range[1]);
  };
  return {
    spanOf: (pointer) => toSpan(pointer === '' ? [0, text.length] : places().get(pointer)?.value),
    keySpanOf: (pointer) => toSpan(places().get(pointer)?.key),
  };
}

/** Defines a property as data, whatever its name means to JavaScript. */
export function defineValue(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
