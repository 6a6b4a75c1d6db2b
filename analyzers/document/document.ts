import type { Span } from '../finding.ts';

export type Format =
  'json' | 'jsonc' | 'json5' | 'yaml' | 'toml' | 'env' | 'ini' | 'properties' | 'hcl' | 'xml';

/** Formats whose values are all text: what they mean, only the reader knows. */
export const textOnlyFormats: readonly Format[] = ['env', 'ini', 'properties', 'xml'];

/** What is wrong with a text, and where. */
export interface Problem {
  message: string;
  span: Span;
}

/** A scalar that one reader of the format takes for something else than the next one does. */
export interface AmbiguousScalar extends Problem {
  pointer: string;
  documentIndex: number;
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
  /** Worked out when asked for; at most `maxProblems`. */
  ambiguousScalars(): readonly AmbiguousScalar[];
  /** The YAML tag that stands at the value, such as `!Ref`; the value itself is read as if it had none. */
  tagOf?(pointer: string, documentIndex?: number): string | undefined;
}

export type ParsedDocument =
  | Document
  | {
      ok: false;
      reasonCode: 'unknown-format' | 'foreign-content' | 'syntax' | 'too-deep' | 'too-large';
      problems: readonly Problem[];
    };

/** Deeper documents are refused before a recursive parser meets them. No configuration that people write is this deep. */
export const maxDepth = 200;

/** More problems than these say nothing new about a file. */
export const maxProblems = 20;

/**
 * Values in one document. A parser that keeps a syntax tree takes about 3 kB for each, so beyond this one file could
 * take all the memory there is.
 */
export const maxValues = 400_000;

export function tooLarge(span: Span): ParsedDocument {
  const message = `has more than ${maxValues} values, which is the limit for one file of this format`;
  return { ok: false, reasonCode: 'too-large', problems: [{ message, span }] };
}

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
