import { LineIndex } from '../finding.ts';
import {
  maxProblems,
  maxValues,
  pointerTo,
  tooLarge,
  type ParsedDocument,
  type Problem,
} from './document.ts';
import { defineValue, positionsOf, type Place } from './places.ts';

type LineFormat = 'env' | 'ini';

// One line per entry. Groups: name, the separator with its spaces, and the rest. No part may match what its neighbour
// matches, so that a hostile line costs linear time.
const entryPattern: Record<LineFormat, RegExp> = {
  env: /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)(\s*=[ \t]*)(.*)$/,
  ini: /^\s*([^=:;#\s][^=:;#]*)([=:][ \t]*)(.*)$/,
};
/** A name without a value: taken from the surroundings in env files, a switch in ini files (`skip-networking`). */
const barePattern: Record<LineFormat, RegExp> = {
  env: /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*(?:#.*)?$/,
  ini: /^\s*([A-Za-z!][\w.!-]*)\s*(?:[;#].*)?$/,
};
const commentPattern: Record<LineFormat, RegExp> = { env: /^\s*#/, ini: /^\s*[;#]/ };
const longestLine = 100_000;

/**
 * Reads the formats that are a list of `name = value` lines: env files (with `export`, quotes over several lines and
 * trailing comments) and ini files (with sections, values that go on in indented lines, and lists `name[] = value`).
 * All values are text, or null for a name without one. `text` has no byte order mark.
 */
export function parseLines(text: string, format: LineFormat): ParsedDocument {
  return new LineReader(text, format).read();
}

class LineReader {
  readonly #text: string;
  readonly #format: LineFormat;
  readonly #lines: LineIndex;
  readonly #root = new Map<string, unknown>();
  readonly #sections = new Map<string, Map<string, unknown>>();
  readonly #places = new Map<string, Place>();
  readonly #problems: Problem[] = [];
  readonly #duplicateKeys: Problem[] = [];
  #section = this.#root;
  #parent = '';
  /** The entry that an indented line would go on with. */
  #open: { name: string; pointer: string; isBlock: boolean } | undefined;

  constructor(text: string, format: LineFormat) {
    this.#text = text;
    this.#format = format;
    this.#lines = new LineIndex(text);
  }

  read(): ParsedDocument {
    for (let start = 0; start < this.#text.length && this.#problems.length < maxProblems;) {
      start = this.#readLine(start, endOfLine(this.#text, start)) + 1;
      if (this.#places.size > maxValues) return tooLarge(this.#lines.span(0, this.#text.length));
    }
    if (this.#problems.length > 0) return { ok: false, reasonCode: 'syntax', problems: this.#problems };
    const sections = new Map<string, unknown>();
    for (const [name, section] of this.#sections) sections.set(name, plainObject(section, new Map()));
    const value = plainObject(this.#root, sections);
    return {
      ok: true,
      format: this.#format,
      value,
      documents: [value],
      ...positionsOf(this.#text, () => this.#places),
      duplicateKeys: this.#duplicateKeys,
      ambiguousScalars: () => [],
    };
  }

  /** Reads the entry that starts here and returns the offset of the end of its last line. */
  #readLine(start: number, end: number): number {
    const line = this.#text.slice(start, end).replace(/\r$/, '');
    if (line.length > longestLine) {
      return this.#refuse(`a line longer than ${longestLine} characters`, start, end, end);
    }
    if (line.trim() === '' || commentPattern[this.#format].test(line)) return end;
    const control = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.exec(line);
    if (control !== null) {
      const at = start + control.index;
      return this.#refuse('a control character, which no text has', at, at + 1, end);
    }
    if (this.#format === 'ini') {
      if (this.#open !== undefined && /^[ \t]/.test(line)) return this.#goOn(line, start, end);
      const name = /^\s*\[(.+)\]\s*(?:[;#].*)?$/.exec(line)?.[1];
      if (name !== undefined) return this.#openSection(name, line, start, end);
    }
    const entry = entryPattern[this.#format].exec(line);
    if (entry !== null) return this.#readEntry(entry, line, start);
    const bare = barePattern[this.#format].exec(line)?.[1];
    if (bare === undefined) {
      const message = 'neither a comment nor `name = value`';
      return this.#refuse(message, start, start + line.length, end);
    }
    const at = start + line.indexOf(bare);
    this.#define(bare, null, [at, at + bare.length], [at, at + bare.length]);
    return end;
  }

  #openSection(name: string, line: string, start: number, end: number): number {
    const at = start + line.indexOf(name);
    this.#parent = pointerTo('', name);
    this.#open = undefined;
    if (this.#root.has(name)) this.#repeat(`the section ${JSON.stringify(name)}`, at, at + name.length);
    this.#section = this.#sections.get(name) ?? new Map<string, unknown>();
    this.#sections.set(name, this.#section);
    this.#root.set(name, this.#section);
    this.#places.set(this.#parent, { key: [at, at + name.length], value: [start, start + line.length] });
    return end;
  }

  #readEntry(entry: RegExpExecArray, line: string, start: number): number {
    const name = (entry[1] ?? '').trimEnd();
    const keyAt = start + line.indexOf(name);
    const valueAt = start + line.length - (entry[3] ?? '').length;
    const value = readValue(this.#text, valueAt, start + line.length, this.#format);
    if (!value.isClosed) this.#refuse('the quote is not closed', valueAt, valueAt + 1, valueAt);
    this.#define(name, value.text, [keyAt, keyAt + name.length], [valueAt, value.end]);
    return endOfLine(this.#text, value.next);
  }

  #define(name: string, value: string | null, key: [number, number], place: [number, number]): void {
    const isList = this.#format === 'ini' && name.endsWith('[]');
    const own = isList ? name.slice(0, -2).trimEnd() : name;
    const known = this.#section.get(own);
    const pointer = pointerTo(this.#parent, own);
    if (isList) {
      const items: unknown[] = Array.isArray(known) ? known : [];
      this.#places.set(pointerTo(pointer, items.length), { key: undefined, value: place });
      items.push(value);
      this.#section.set(own, items);
    } else {
      if (this.#section.has(own)) this.#repeat(`the key ${JSON.stringify(own)}`, ...key);
      this.#section.set(own, value);
    }
    this.#places.set(pointer, { key, value: place });
    // A value that starts below its name is all in indented lines.
    this.#open = isList ? undefined : { name: own, pointer, isBlock: value === '' };
  }

  /** An indented line goes on with the value before it, as in setup.cfg. */
  #goOn(line: string, start: number, end: number): number {
    if (this.#open === undefined) return end;
    const { name, pointer, isBlock } = this.#open;
    const known = this.#section.get(name);
    const place = this.#places.get(pointer);
    // Some readers take an indented line for an entry of its own; then so must a check of repeated keys.
    const entry = entryPattern.ini.exec(line);
    if (entry !== null && !isBlock) return this.#readEntry(entry, line, start);
    this.#section.set(name, `${typeof known === 'string' ? known : ''}\n${line.trim()}`);
    if (place !== undefined)
      this.#places.set(pointer, { key: place.key, value: [place.value[0], start + line.trimEnd().length] });
    return end;
  }

  #repeat(what: string, start: number, end: number): void {
    if (this.#duplicateKeys.length >= maxProblems) return;
    this.#duplicateKeys.push({ message: `${what} appears twice`, span: this.#lines.span(start, end) });
  }

  #refuse(message: string, start: number, end: number, next: number): number {
    this.#problems.push({ message, span: this.#lines.span(start, end) });
    return next;
  }
}

function plainObject(entries: ReadonlyMap<string, unknown>, sections: ReadonlyMap<string, unknown>): object {
  const object = {};
  for (const [name, value] of entries) {
    defineValue(object, name, sections.get(name) ?? value);
  }
  return object;
}

interface ReadValue {
  text: string;
  /** Offset just after the value as written, quotes included. */
  end: number;
  /** Where to look for the end of the entry's last line. */
  next: number;
  isClosed: boolean;
}

function readValue(text: string, start: number, lineEnd: number, format: LineFormat): ReadValue {
  const quote = text.charAt(start);
  if (format === 'env' && (quote === '"' || quote === "'" || quote === '`')) {
    let close = start + 1;
    while (close < text.length && text.charAt(close) !== quote) {
      close += quote === '"' && text.charAt(close) === '\\' ? 2 : 1;
    }
    if (close >= text.length) return { text: '', end: lineEnd, next: lineEnd, isClosed: false };
    return { text: text.slice(start + 1, close), end: close + 1, next: close, isClosed: true };
  }
  // A comment starts behind a space; `;` starts none in an env file.
  const comment = format === 'env' ? /(?:^|\s)#.*$/ : /(?:^|\s)[;#].*$/;
  const value = text.slice(start, lineEnd).replace(comment, '').trimEnd();
  return { text: value, end: start + value.length, next: lineEnd, isClosed: true };
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline === -1 ? text.length : newline;
}
