import type { Range } from './proto-file.ts';

export type TokenKind = 'name' | 'integer' | 'float' | 'text' | 'symbol' | 'end';

/**
 * The tokens of one .proto text, one at a time. Trust boundary: the text is anybody's. After the first problem there
 * is only `end`, so that whoever reads tokens comes to an end without a throw; the scanner never goes back, so the time
 * is linear in the text.
 */
export class ProtoScanner {
  kind: TokenKind = 'end';
  /** The name, the symbol, the number as it is written, or the decoded text. */
  value = '';
  start = 0;
  end = 0;
  /** Where the token before ended. */
  previousEnd = 0;
  problem: { message: string; range: Range } | undefined;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    this.advance();
  }

  /** Notes the first problem, at the token that is looked at unless told otherwise. */
  fail(message: string, range: Range = { start: this.start, end: Math.max(this.end, this.start + 1) }): void {
    this.problem ??= { message, range };
    this.kind = 'end';
    this.value = '';
  }

  is(symbolOrName: string): boolean {
    return this.value === symbolOrName && (this.kind === 'symbol' || this.kind === 'name');
  }

  /** Goes on if the token is that one. */
  take(symbolOrName: string): boolean {
    if (!this.is(symbolOrName)) return false;
    this.advance();
    return true;
  }

  expect(symbol: string): void {
    if (!this.take(symbol)) this.fail(`${this.found()} stands where "${symbol}" is expected`);
  }

  /** How a message calls the present token. */
  found(): string {
    if (this.kind === 'end') return 'the end of the file';
    return this.kind === 'text' ? 'a quoted text' : `"${this.value.slice(0, 40)}"`;
  }

  advance(): void {
    this.previousEnd = this.end;
    if (this.problem !== undefined) return;
    const at = this.#skipBlank(this.end);
    if (at === undefined) return;
    this.start = at;
    this.end = at;
    if (at >= this.#text.length) {
      this.kind = 'end';
      this.value = '';
      return;
    }
    const code = this.#text.charCodeAt(at);
    if (isNameStart(code)) this.#readName(at);
    else if (isDigit(code) || (code === dot && isDigit(this.#text.charCodeAt(at + 1)))) this.#readNumber(at);
    else if (code === doubleQuote || code === singleQuote) this.#readText(at, code);
    else if (symbols.has(code)) this.#token('symbol', at + 1, this.#text[at] ?? '');
    else {
      this.end = at + 1;
      this.fail(`the character ${describeCharacter(this.#text, at)} cannot stand here`);
    }
  }

  #token(kind: TokenKind, end: number, value: string): void {
    this.kind = kind;
    this.end = end;
    this.value = value;
  }

  /** Undefined after a problem. */
  #skipBlank(from: number): number | undefined {
    const text = this.#text;
    let at = from;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === space || (code >= 9 && code <= 13)) at++;
      else if (code === slash && text.charCodeAt(at + 1) === slash) {
        const lineEnd = text.indexOf('\n', at);
        at = lineEnd === -1 ? text.length : lineEnd + 1;
      } else if (code === slash && text.charCodeAt(at + 1) === star) {
        const close = text.indexOf('*/', at + 2);
        if (close === -1) {
          this.fail('the comment is not closed', { start: at, end: at + 2 });
          return undefined;
        }
        at = close + 2;
      } else return at;
    }
  }

  #readName(start: number): void {
    const text = this.#text;
    let at = start + 1;
    while (isNamePart(text.charCodeAt(at))) at++;
    this.#token('name', at, text.slice(start, at));
  }

  #readNumber(start: number): void {
    number.lastIndex = start;
    const written = number.exec(this.#text)?.[0] ?? '';
    const end = start + written.length;
    this.#token(integer.test(written) ? 'integer' : 'float', end, written);
    const isMalformed = this.kind === 'float' && /^0[0-9]+$|^0[xX]/.test(written);
    if (isMalformed || isNamePart(this.#text.charCodeAt(end)) || this.#text.charCodeAt(end) === dot) {
      this.end = end + 1;
      this.fail(`"${this.#text.slice(start, Math.min(end + 1, start + 40))}" is not a number`);
    }
  }

  #readText(start: number, quote: number): void {
    const text = this.#text;
    let decoded = '';
    let run = start + 1;
    for (let at = run; ; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.#token('text', at + 1, decoded + text.slice(run, at));
        return;
      }
      if (Number.isNaN(code) || code === lineFeed || code === 0) {
        this.fail('the quoted text is not closed on its line', { start, end: Math.max(at, start + 1) });
        return;
      }
      if (code !== backslash) continue;
      escape.lastIndex = at;
      const found = escape.exec(text);
      if (found === null) {
        this.fail('the escape in the quoted text is not one that is known', { start: at, end: at + 2 });
        return;
      }
      decoded += text.slice(run, at) + unescape(found[0]);
      at += found[0].length - 1;
      run = at + 1;
    }
  }
}

const [lineFeed, space, doubleQuote, singleQuote, star, dot, slash, backslash] = [
  10, 32, 34, 39, 42, 46, 47, 92,
];
const symbols = new Set(Array.from('{}[]()<>=;,.:-+/', (symbol) => symbol.charCodeAt(0)));
const number = /0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?/y;
const integer = /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;
const escape =
  /\\(?:[abfnrtv\\'"?]|[0-7]{1,3}|[xX][0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})/y;
const plainEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Bytes above 127 come out as the characters of Latin-1: a text is only ever compared with another such text. */
function unescape(written: string): string {
  const letter = written[1] ?? '';
  if (letter === 'x' || letter === 'X' || letter === 'u' || letter === 'U') {
    return String.fromCodePoint(Number.parseInt(written.slice(2), 16));
  }
  if (letter >= '0' && letter <= '7') return String.fromCharCode(Number.parseInt(written.slice(1), 8));
  return plainEscapes[letter] ?? letter;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isNameStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}

function describeCharacter(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  return code > 32 && code < 127
    ? `"${String.fromCodePoint(code)}"`
    : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
