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
  /** Stable over line moves and rewording: a digest over rule, path, `key` and the values at the place. */
  fingerprint: string;
  /** `unproven` asks for a second look: it is never silently compatible. */
  proof?: 'breaking' | 'unproven';
  /** A concrete input that worked before and fails now, as JSON. */
  witness?: unknown;
  /** Somebody answers for this one finding for a while. It stays visible, and only a waiver of the base counts by itself. */
  waivedBy?: FindingWaiver;
}

export interface FindingWaiver {
  owner: string;
  reason: string;
  /** The last day it holds, in UTC: `2027-01-31`. */
  expires: string;
  /** The change brings it along, so it counts once somebody has approved exactly this content. */
  isProposed: boolean;
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

/**
 * `values` are the short texts that stand at the place before and after, so that what is waived there once does not
 * cover another value at the same place later.
 */
export function fingerprintOf(
  ruleId: string,
  path: string,
  key: string,
  values: readonly (string | null)[] = [],
): string {
  return createHash('sha256')
    .update(JSON.stringify([ruleId, path, key, ...values]))
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

  /** The inverse of `position`, for a position of this text. */
  offset({ line, column }: Position): number {
    return Math.min((this.#starts[line - 1] ?? this.#length) + column - 1, this.#length);
  }

  span(startOffset: number, endOffset: number): Span {
    return { start: this.position(startOffset), end: this.position(endOffset) };
  }
}
