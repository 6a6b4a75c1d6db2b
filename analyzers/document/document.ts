import type { Span } from '../finding.ts';

export type Format = 'json' | 'jsonc' | 'yaml' | 'toml' | 'env' | 'ini' | 'properties';

/** What is wrong with a text, and where. */
export interface Problem {
  message: string;
  span: Span;
}

/**
 * A text that parsed. Pointers are RFC 6901; positions count in the text without its byte order mark, and are worked
 * out when they are asked for, because most documents have no finding.
 */
export interface Document {
  ok: true;
  format: Format;
  /** The first document's value, which for all formats but YAML is the only one. */
  value: unknown;
  /** One value per document; an empty YAML file is one `null`. */
  documents: readonly unknown[];
  /** Where the value stands, or undefined when the pointer leads nowhere. */
  spanOf(pointer: string, documentIndex?: number): Span | undefined;
  /** Where the key of that value stands; array elements have none. */
  keySpanOf(pointer: string, documentIndex?: number): Span | undefined;
  /** Keys that appear twice in one object; the span is the later one's. */
  duplicateKeys: readonly Problem[];
}

export type ParsedDocument =
  | Document
  | { ok: false; reasonCode: 'unknown-format' | 'syntax' | 'too-deep'; problems: readonly Problem[] };

/** Deeper documents are refused before a recursive parser meets them. No configuration that people write is this deep. */
export const maxDepth = 200;

export function tooDeep(span: Span): ParsedDocument {
  const message = `nested deeper than ${maxDepth} levels`;
  return { ok: false, reasonCode: 'too-deep', problems: [{ message, span }] };
}

/** The unescaped reference tokens of a JSON pointer (RFC 6901). */
export function tokensOf(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Extends a JSON pointer by one token. */
export function pointerTo(parent: string, token: string | number): string {
  return `${parent}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function parentOf(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
}

/** Own enumerable entries of a plain object; nothing for anything else. */
export function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value a pointer leads to, or undefined. Only own properties count. */
export function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const token of tokensOf(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    const next: unknown = Object.getOwnPropertyDescriptor(value, token)?.value;
    value = next;
  }
  return value;
}
