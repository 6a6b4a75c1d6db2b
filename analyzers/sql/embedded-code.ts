import type { LineIndex } from '../finding.ts';
import type { Moment, SqlStatement, UnreadPart } from './document.ts';
import { parseWith, rawStatements, type PostgresParser } from './parser.ts';
import { asNode, listAt, literalOf, nodesIn, textAt, type SqlNode } from './syntax-tree.ts';

/** Where the statement that holds a body stands: its UTF-16 offset in the file, its text, and the file's lines. */
export interface Place {
  start: number;
  text: string;
  lines: LineIndex;
  isUndo: boolean;
}

export interface BodyContents {
  statements: SqlStatement[];
  unread: UnreadPart[];
}

// Compiled code that Postgres ships or loads: there is no SQL text in it to read.
const languagesWithoutSql = new Set(['c', 'internal']);

/** The SQL inside a DO block or a function's body, in the order in which it stands there. */
export function readBody(parser: PostgresParser, node: SqlNode, place: Place): BodyContents {
  const contents: BodyContents = { statements: [], unread: [] };
  const isBlock = node.tag === 'DoStmt';
  if (!isBlock && node.tag !== 'CreateFunctionStmt') return contents;
  const options = listAt(node.body, isBlock ? 'args' : 'options');
  const language = String(literalOf(optionOf(options, 'language')) ?? 'plpgsql').toLowerCase();
  const body = bodyText(optionOf(options, 'as'));
  if (body === undefined || languagesWithoutSql.has(language)) return contents;
  const reader = new BodyReader(parser, place, isBlock ? 'block' : 'deferred', contents);
  if (language === 'sql') reader.readSql(body, 0);
  else if (language === 'plpgsql') reader.readPlpgsql(body);
  else reader.refuse(`its body is written in ${language}`);
  return contents;
}

function optionOf(options: readonly unknown[], name: string): unknown {
  for (const option of options) {
    const node = asNode(option);
    if (node?.tag === 'DefElem' && textAt(node.body, 'defname') === name) return node.body['arg'];
  }
  return undefined;
}

function bodyText(value: unknown): string | undefined {
  const node = asNode(value);
  const first = node?.tag === 'List' ? listAt(node.body, 'items')[0] : value;
  const text = literalOf(first);
  return typeof text === 'string' ? text : undefined;
}

class BodyReader {
  readonly #parser: PostgresParser;
  readonly #place: Place;
  readonly #moment: Moment;
  readonly #contents: BodyContents;

  constructor(parser: PostgresParser, place: Place, moment: Moment, contents: BodyContents) {
    this.#parser = parser;
    this.#place = place;
    this.#moment = moment;
    this.#contents = contents;
  }

  refuse(reason: string, text = this.#place.text, from = 0): void {
    this.#contents.unread.push({ reason, text, span: this.#spanOf(text, from) });
  }

  /** `from`: the offset in the holding statement's text at which the search for the SQL's own text begins. */
  readSql(sql: string, from: number): void {
    const attempt = parseWith(() => this.#parser.parseSync(sql), sql);
    if (!attempt.ok) {
      this.refuse(`Postgres' grammar refuses its body (${attempt.message})`, sql, from);
      return;
    }
    const raws = rawStatements(attempt.tree);
    const bytes = new TextEncoder().encode(sql);
    const decoder = new TextDecoder();
    for (const raw of raws) {
      const text = decoder.decode(bytes.subarray(raw.startByte, raw.endByte ?? bytes.length)).trim();
      const { isUndo } = this.#place;
      const span = this.#spanOf(text, from);
      this.#contents.statements.push({ node: raw.node, moment: this.#moment, text, span, isUndo });
    }
  }

  readPlpgsql(body: string): void {
    const { text } = this.#place;
    const attempt = parseWith(() => this.#parser.parsePlPgSQLSync(text), text);
    if (!attempt.ok) {
      this.refuse(`its PL/pgSQL could not be read (${attempt.message})`);
      return;
    }
    const bodyStart = Math.max(0, text.indexOf(body));
    let cursor = bodyStart;
    for (const { query, isDynamic, line } of plpgsqlQueries(attempt.tree)) {
      cursor = Math.max(cursor, lineStart(text, bodyStart, line));
      this.#readQuery(query, isDynamic, cursor);
      const at = text.indexOf(query, cursor);
      // Two equal statements on one line: the second one is searched after the first.
      if (at !== -1) cursor = at + query.length;
    }
  }

  #readQuery(query: string, isDynamic: boolean, from: number): void {
    if (!isDynamic) {
      this.readSql(query, from);
      return;
    }
    const constant = this.#constantOf(query);
    if (constant === undefined) this.refuse('the statement is put together while it runs', query, from);
    else this.readSql(constant, from);
  }

  #constantOf(expression: string): string | undefined {
    const attempt = parseWith(() => this.#parser.parseSync(`SELECT ${expression}`), expression);
    if (!attempt.ok) return undefined;
    const select = rawStatements(attempt.tree)[0]?.node;
    const target = select && asNode(listAt(select.body, 'targetList')[0]);
    const value = target && literalOf(target.body['val']);
    return typeof value === 'string' ? value : undefined;
  }

  // A text with doubled quotes does not stand in the file letter for letter; then the whole statement is shown.
  #spanOf(text: string, from: number) {
    const { start, lines, text: whole } = this.#place;
    const at = whole.indexOf(text, from);
    return at === -1
      ? lines.span(start, start + whole.length)
      : lines.span(start + at, start + at + text.length);
  }
}

interface EmbeddedQuery {
  query: string;
  /** The query is an expression whose value is run. */
  isDynamic: boolean;
  /** 1-based in the body; 0 when the tree does not say. */
  line: number;
}

// Parse mode 0 is a whole statement; the others are expressions, in which nothing can be changed.
const wholeStatement = 0;
const staticKeys = ['sqlstmt', 'expr', 'query', 'cursor_explicit_expr'] as const;

/** Every query that a PL/pgSQL tree runs, by line. */
function plpgsqlQueries(tree: unknown): EmbeddedQuery[] {
  const found: EmbeddedQuery[] = [];
  for (const { tag, body } of nodesIn(tree)) {
    const lineNumber = body['lineno'];
    const line = typeof lineNumber === 'number' ? lineNumber : 0;
    for (const key of [...staticKeys, 'dynquery']) {
      const expression = asNode(body[key]);
      const query = expression?.tag === 'PLpgSQL_expr' ? textAt(expression.body, 'query') : undefined;
      if (expression === undefined || query === undefined) continue;
      const isDynamic = key === 'dynquery' || tag.startsWith('PLpgSQL_stmt_dyn');
      if (isDynamic || expression.body['parseMode'] === wholeStatement)
        found.push({ query, isDynamic, line });
    }
  }
  // The tree lists a loop's body before its query; the line says which stands first.
  return found.sort((a, b) => a.line - b.line);
}

function lineStart(text: string, from: number, line: number): number {
  let at = from;
  for (let current = 1; current < line; current += 1) {
    const next = text.indexOf('\n', at);
    if (next === -1) return at;
    at = next + 1;
  }
  return at;
}
