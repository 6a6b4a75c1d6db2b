import { createHash } from 'node:crypto';

/** A 1-based position; `column` counts UTF-16 code units, as SARIF's default does. */
export interface Position {
  line: number;
  column: number;
}

/** A half-open range: `end` is the position just after the last character. */
export interface Span {
  start: Position;
  end: Position;
}

export type Level = 'error' | 'warning' | 'note';

/**
 * What a rule says about one place. Shaped so that SARIF 2.1.0, annotations, text and JSON all come from it.
 * `span` is in the head's text, `beforeSpan` in the base's.
 */
export interface Finding {
  ruleId: string;
  level: Level;
  message: string;
  remedy: string;
  path: string;
  span?: Span;
  beforeSpan?: Span;
  /** Stable over line moves and rewording: a digest over rule, path and `key`. */
  fingerprint: string;
  /** `unproven` asks for a second look: it is never silently compatible. */
  proof?: 'breaking' | 'unproven';
  /** A concrete input that worked before and fails now, as JSON. */
  witness?: unknown;
}

/** What a rule yields; the engine adds ids and the fingerprint. `key` names the place by structure, never by line. */
export interface Report {
  path: string;
  message: string;
  key: string;
  level?: Level;
  span?: Span;
  beforeSpan?: Span;
  proof?: 'breaking' | 'unproven';
  witness?: unknown;
}

export function fingerprintOf(ruleId: string, path: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([ruleId, path, key]))
    .digest('hex')
    .slice(0, 32);
}

/** Line starts of one text, for turning character offsets (UTF-16) into positions. */
export class LineIndex {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  position(offset: number): Position {
    const bounded = Math.max(0, Math.min(offset, this.#length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= bounded) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: bounded - (this.#starts[low] ?? 0) + 1 };
  }

  span(startOffset: number, endOffset: number): Span {
    return { start: this.position(startOffset), end: this.position(endOffset) };
  }
}
