import { LineIndex } from '../finding.ts';
import { pointerTo, type ParsedDocument, type Problem } from './document.ts';

type LineFormat = 'env' | 'ini' | 'properties';

interface Place {
  key: [number, number];
  value: [number, number];
}

// One line per entry. Groups: name, the separator with its spaces, and the rest. No part may match what its neighbour
// matches, so that a hostile line costs linear time.
const entryPattern: Record<LineFormat, RegExp> = {
  env: /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)(\s*=[ \t]*)(.*)$/,
  ini: /^\s*([^=:[\];#\s][^=:[\];#]*)([=:][ \t]*)(.*)$/,
  properties: /^\s*((?:[^=:\\\s]|\\.)+)(\s*[=:][ \t]*|[ \t]+)(.*)$/,
};
const commentPattern: Record<LineFormat, RegExp> = { env: /^\s*#/, ini: /^\s*[;#]/, properties: /^\s*[#!]/ };
const longestLine = 100_000;

/**
 * Reads the formats that are a list of `name = value` lines: env files (with `export`, quotes over several lines and
 * trailing comments), ini files (with sections) and Java properties (with continued lines). All values are text.
 * `text` has no byte order mark.
 */
export function parseLines(text: string, format: LineFormat): ParsedDocument {
  const lines = new LineIndex(text);
  const global = new Map<string, string>();
  const sections = new Map<string, Map<string, string>>();
  const places = new Map<string, Place>();
  const problems: Problem[] = [];
  const duplicateKeys: Problem[] = [];
  let section = global;
  let parent = '';
  for (let start = 0; start < text.length;) {
    let end = endOfLine(text, start);
    const line = text.slice(start, end).replace(/\r$/, '');
    const header = format === 'ini' ? /^\s*\[([^\]]+)\]\s*(?:[;#].*)?$/.exec(line) : null;
    if (line.length > longestLine) {
      problems.push({
        message: `a line longer than ${longestLine} characters`,
        span: lines.span(start, end),
      });
    } else if (header !== null) {
      const name = header[1] ?? '';
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      parent = pointerTo('', name);
      const at = start + line.indexOf(name);
      places.set(parent, { key: [at, at + name.length], value: [start, start + line.length] });
    } else if (line.trim() !== '' && !commentPattern[format].test(line)) {
      const entry = entryPattern[format].exec(line);
      if (entry === null) {
        const message = 'neither a comment nor `name = value`';
        problems.push({ message, span: lines.span(start, start + line.length) });
      } else {
        const name = (entry[1] ?? '').trimEnd();
        const keyAt = start + line.indexOf(name);
        const valueAt = start + line.length - (entry[3] ?? '').length;
        const value = readValue(text, valueAt, start + line.length, format);
        end = endOfLine(text, value.next);
        if (section.has(name)) {
          const message = `the key ${JSON.stringify(name)} appears twice`;
          duplicateKeys.push({ message, span: lines.span(keyAt, keyAt + name.length) });
        }
        section.set(name, value.text);
        const key: [number, number] = [keyAt, keyAt + name.length];
        places.set(pointerTo(parent, name), { key, value: [valueAt, value.end] });
        if (!value.isClosed) {
          problems.push({ message: 'the quote is not closed', span: lines.span(valueAt, valueAt + 1) });
        }
      }
    }
    start = end + 1;
  }
  if (problems.length > 0) return { ok: false, reasonCode: 'syntax', problems };
  const value = Object.fromEntries<unknown>([
    ...global,
    ...[...sections].map(([name, entries]) => [name, Object.fromEntries(entries)] as const),
  ]);
  return {
    ok: true,
    format,
    value,
    documents: [value],
    spanOf: (pointer) => {
      const range = pointer === '' ? [0, text.length] : places.get(pointer)?.value;
      return range && lines.span(range[0] ?? 0, range[1] ?? 0);
    },
    keySpanOf: (pointer) => {
      const range = places.get(pointer)?.key;
      return range && lines.span(range[0], range[1]);
    },
    duplicateKeys,
  };
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
  if (format === 'properties') {
    let end = lineEnd;
    while (isContinued(text, start, end) && end < text.length) end = endOfLine(text, end + 1);
    const value = text.slice(start, end).replaceAll(/\\\r?\n[ \t]*/g, '');
    return { text: value.trimEnd(), end, next: end, isClosed: true };
  }
  const written = text
    .slice(start, lineEnd)
    .replace(/(?:^|\s)[#;].*$/, (comment) =>
      format === 'env' && comment.trimStart().startsWith(';') ? comment : '',
    );
  const value = written.trimEnd();
  return { text: value, end: start + value.length, next: lineEnd, isClosed: true };
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline === -1 ? text.length : newline;
}

// An odd number of backslashes at the end of a line carries it on to the next.
function isContinued(text: string, start: number, end: number): boolean {
  let at = text.charAt(end - 1) === '\r' ? end - 1 : end;
  let backslashes = 0;
  while (--at >= start && text.charAt(at) === '\\') backslashes++;
  return backslashes % 2 === 1;
}
