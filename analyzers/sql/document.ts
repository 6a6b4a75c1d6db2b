import { Buffer } from 'node:buffer';
import type { Change } from '../change.ts';
import { LineIndex, type Span } from '../finding.ts';
import { readBody } from './embedded-code.ts';
import { parseWith, rawStatements, type PostgresParser } from './parser.ts';
import { isRecord, type SqlNode } from './syntax-tree.ts';

/**
 * When a statement runs. `migration`: as the file is applied. `block`: inside a DO block, so as the file is applied
 * too. `deferred`: inside a function or rule that is only defined here and runs when something calls it.
 */
export type Moment = 'migration' | 'block' | 'deferred';

export interface SqlStatement {
  node: SqlNode;
  moment: Moment;
  /** As it stands in the file, without the semicolon. */
  text: string;
  span: Span;
  /** In a part of the file that the migration runner runs only to undo it. */
  isUndo: boolean;
}

/** SQL that is there and could not be read: a dynamic EXECUTE, a body in another language. */
export interface UnreadPart {
  reason: string;
  text: string;
  span: Span;
}

export type SqlDocument =
  | { outcome: 'parsed'; statements: SqlStatement[]; unread: UnreadPart[] }
  | { outcome: 'refused'; message: string; span: Span };

/** One changed migration file. `after` is absent when the file is removed or is not text. */
export interface SqlSubject {
  change: Change;
  runner: string;
  after?: SqlDocument;
}

/** Reads one migration with Postgres' own grammar, bodies of DO blocks and functions included. */
export function parseSql(parser: PostgresParser, text: string, path: string, runner: string): SqlDocument {
  const lines = new LineIndex(text);
  const nul = text.indexOf('\0');
  // A C string ends at NUL: what follows would be run by a client and never be seen here.
  if (nul !== -1) return refuse('a NUL character stands in the file', lines.span(nul, nul + 1));
  // A byte order mark is no SQL. One blank of the same UTF-16 length keeps every position.
  const source = text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text;
  if (source.trim() === '') return { outcome: 'parsed', statements: [], unread: [] };
  const attempt = parseWith(() => parser.parseSync(source), source);
  if (!attempt.ok)
    return refuse(attempt.message, lines.span(attempt.offset, tokenEnd(source, attempt.offset)));

  const offsetOf = byteOffsets(source);
  const isUndo = undoSections(source, path, runner);
  const document: SqlDocument = { outcome: 'parsed', statements: [], unread: [] };
  for (const raw of rawStatements(attempt.tree)) {
    const start = offsetOf(raw.startByte);
    const end =
      raw.endByte === undefined ? endOfLastStatement(parser, source, start, offsetOf) : offsetOf(raw.endByte);
    const statementText = source.slice(start, end).trimEnd();
    const place = { start, text: statementText, lines, isUndo: isUndo(start) };
    document.statements.push({
      node: raw.node,
      moment: 'migration',
      text: statementText,
      span: lines.span(start, start + statementText.length),
      isUndo: place.isUndo,
    });
    const body = readBody(parser, raw.node, place);
    document.statements.push(...body.statements);
    document.unread.push(...body.unread);
  }
  return document;
}

function refuse(message: string, span: Span): SqlDocument {
  return { outcome: 'refused', message, span };
}

function tokenEnd(text: string, start: number): number {
  const token = /^\S[\p{L}\p{N}_]*/u.exec(text.slice(start, start + 200))?.[0] ?? '';
  return start + token.length;
}

/** The grammar counts UTF-8 bytes, and everything else here UTF-16 code units. */
function byteOffsets(text: string): (byte: number) => number {
  const byteLength = Buffer.byteLength(text);
  if (byteLength === text.length) return (byte) => byte;
  const offsets = new Uint32Array(byteLength + 1);
  let byte = 0;
  for (let offset = 0; offset < text.length;) {
    const point = text.codePointAt(offset) ?? 0;
    const bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    offsets.fill(offset, byte, byte + bytes);
    byte += bytes;
    offset += point > 0xffff ? 2 : 1;
  }
  offsets[byteLength] = text.length;
  return (at) => offsets[at] ?? text.length;
}

// A last statement without its semicolon has no length: it ends with its last token, comments left out.
function endOfLastStatement(
  parser: PostgresParser,
  source: string,
  start: number,
  offsetOf: (byte: number) => number,
): number {
  const attempt = parseWith(() => parser.scanSync(source), source);
  const tokens = attempt.ok && isRecord(attempt.tree) ? attempt.tree['tokens'] : undefined;
  if (!Array.isArray(tokens)) return source.length;
  for (const token of tokens.toReversed()) {
    if (!isRecord(token) || typeof token['end'] !== 'number') continue;
    if (token['tokenName'] === 'SQL_COMMENT' || token['tokenName'] === 'C_COMMENT') continue;
    return Math.max(start, offsetOf(token['end']));
  }
  return source.length;
}

/**
 * Which offsets the runner runs only to undo the migration. Only the declared runner's own convention counts: a marker
 * that means nothing to the runner must not hide a statement.
 */
function undoSections(text: string, path: string, runner: string): (offset: number) => boolean {
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (['golang-migrate', 'evenkeel'].includes(runner) && file.endsWith('.down.sql')) return () => true;
  if (runner === 'flyway' && /^U\d.*__/.test(file)) return () => true;
  const marker =
    runner === 'dbmate'
      ? /^-- *migrate:(up|down)\b/gm
      : runner === 'goose'
        ? /^-- *\+goose +(up|down)\b/gim
        : undefined;
  if (marker === undefined) return () => false;
  const marks = [...text.matchAll(marker)].map((match) => ({
    offset: match.index,
    isDown: match[1]?.toLowerCase() === 'down',
  }));
  return (offset) => marks.findLast((mark) => mark.offset <= offset)?.isDown ?? false;
}
