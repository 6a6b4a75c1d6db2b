import { maxDepth } from './document.ts';

/** Why a text is no HCL, and where; it never leaves the readers of HCL. */
export class HclFault extends Error {
  readonly offset: number;
  readonly limit: 'depth' | 'values' | undefined;

  constructor(message: string, offset: number, limit?: 'depth' | 'values') {
    super(message);
    this.offset = offset;
    this.limit = limit;
  }
}

export function refuseDepth(depth: number, offset: number): void {
  if (depth > maxDepth) throw new HclFault('nested too deep', offset, 'depth');
}

/** The offset after spaces and comments, and after line ends where those mean nothing. */
export function skipSpace(text: string, from: number, overLines: boolean): number {
  let at = from;
  for (;;) {
    const character = text.charAt(at);
    if (character === ' ' || character === '\t' || character === '\r' || (overLines && character === '\n'))
      at++;
    else if (character === '#' || text.startsWith('//', at)) at = indexOrEnd(text, '\n', at);
    else if (text.startsWith('/*', at)) {
      const close = text.indexOf('*/', at + 2);
      if (close === -1) throw new HclFault('the comment is not closed', at);
      at = close + 2;
    } else return at;
  }
}

/** The offset of `what`, or the end of the text. */
export function indexOrEnd(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at === -1 ? text.length : at;
}

interface Quoted {
  /** Just after the closing quote. */
  end: number;
  isTemplate: boolean;
}

/** Walks over a quoted template whose opening quote is at `start`; what stands in `${}` may have quotes of its own. */
export function scanQuoted(text: string, start: number, depth: number): Quoted {
  refuseDepth(depth, start);
  let isTemplate = false;
  for (let at = start + 1; at < text.length;) {
    const character = text.charAt(at);
    if (character === '"') return { end: at + 1, isTemplate };
    if (character === '\n') break;
    if (character === '\\') at += 2;
    else if (text.startsWith('$${', at) || text.startsWith('%%{', at)) at += 3;
    else if (text.startsWith('${', at) || text.startsWith('%{', at)) {
      isTemplate = true;
      at = scanExpression(text, at + 2, depth + 1, 'bracket');
      if (text.charAt(at) !== '}') throw new HclFault('the interpolation is not closed', start);
      at++;
    } else at++;
  }
  throw new HclFault('the string is not closed', start);
}

export interface Heredoc {
  value: string;
  end: number;
}

/** Reads the heredoc at `start`; undefined when there is none. Its end is just after the closing marker. */
export function readHeredoc(text: string, start: number): Heredoc | undefined {
  const opening = /<<(-?)([\p{L}_][\p{L}\d_-]*)\r?\n/uy;
  opening.lastIndex = start;
  const found = opening.exec(text);
  if (found === null) return undefined;
  const [whole, dash, marker = ''] = found;
  const lines: string[] = [];
  for (let at = start + whole.length; at < text.length;) {
    const lineEnd = indexOrEnd(text, '\n', at);
    const line = text.slice(at, lineEnd).replace(/\r$/, '');
    if (line.trim() === marker) {
      const indent = dash === '-' ? commonIndent(lines) : 0;
      const value = lines.map((each) => `${each.slice(indent)}\n`).join('');
      return { value, end: at + line.trimEnd().length };
    }
    lines.push(line);
    at = lineEnd + 1;
  }
  throw new HclFault(`the text that <<${marker} opens is not closed`, start);
}

function commonIndent(lines: readonly string[]): number {
  let indent = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    if (line.trim() !== '') indent = Math.min(indent, line.length - line.trimStart().length);
  }
  return Number.isFinite(indent) ? indent : 0;
}

/** Where an expression ends: with its line, at a comma or line end of an object, at a comma of a tuple, at a bracket. */
export type ExpressionEnd = 'line' | 'object' | 'tuple' | 'bracket';

export function isEnd(text: string, at: number, end: ExpressionEnd): boolean {
  const character = text.charAt(at);
  if (character === '' || character === '}' || character === ']' || character === ')') return true;
  if (character === '\n') return end === 'line' || end === 'object';
  return character === ',' && (end === 'object' || end === 'tuple');
}

/** Walks over an expression that is not looked into, and returns the offset of what ends it. */
export function scanExpression(text: string, from: number, depth: number, end: ExpressionEnd): number {
  const open: string[] = [];
  for (let at = from; at < text.length;) {
    at = skipSpace(text, at, open.length > 0 || end === 'tuple' || end === 'bracket');
    const character = text.charAt(at);
    if (open.length === 0 && isEnd(text, at, end)) return at;
    if (character === '"') at = scanQuoted(text, at, depth + open.length + 1).end;
    else if (character === '<' && text.charAt(at + 1) === '<') at = readHeredoc(text, at)?.end ?? at + 2;
    else if (character === '(' || character === '[' || character === '{') {
      open.push(character === '(' ? ')' : character === '[' ? ']' : '}');
      refuseDepth(depth + open.length, at);
      at++;
    } else if (character === ')' || character === ']' || character === '}') {
      if (open.pop() !== character) throw new HclFault(`a ${character} that nothing opened`, at);
      at++;
    } else at++;
  }
  if (open.length > 0) throw new HclFault(`the ${open.at(-1) ?? ''} is missing`, text.length);
  return text.length;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** The text that a quoted template without interpolation stands for. */
export function unescapeQuoted(inner: string): string {
  return inner
    .replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[nrt"\\])/g, (whole, code: string) => {
      const plain = Object.hasOwn(escapes, code) ? escapes[code] : undefined;
      if (plain !== undefined) return plain;
      const point = Number.parseInt(code.slice(1), 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    })
    .replace(/([$%])\1\{/g, '$1{');
}
