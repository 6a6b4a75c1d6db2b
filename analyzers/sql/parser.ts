import { asNode, isRecord, type SqlNode } from './syntax-tree.ts';

/** The calls of libpg-query that are used here. */
export interface PostgresParser {
  parseSync(sql: string): unknown;
  parsePlPgSQLSync(sql: string): unknown;
  scanSync(sql: string): unknown;
}

/** Loads Postgres' grammar (WASM, about 0.1 s), which is why nothing loads it before a migration has changed. */
export async function loadParser(): Promise<PostgresParser> {
  const library = await import('libpg-query');
  await library.loadModule();
  return library;
}

export type ParseAttempt = { ok: true; tree: unknown } | { ok: false; message: string; offset: number };

/** The library reports with exceptions; its cursor counts characters (code points) from zero. `offset` is in UTF-16. */
export function parseWith(parse: () => unknown, source: string): ParseAttempt {
  try {
    return { ok: true, tree: parse() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const details: unknown = isRecord(error) ? error['sqlDetails'] : undefined;
    const cursor = isRecord(details) ? details['cursorPosition'] : undefined;
    return { ok: false, message, offset: codePointOffset(source, typeof cursor === 'number' ? cursor : 0) };
  }
}

function codePointOffset(text: string, codePoints: number): number {
  let offset = 0;
  for (let seen = 0; seen < codePoints && offset < text.length; seen += 1) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** One statement of a parse result. Bytes are UTF-8; the end is absent for a last statement without a semicolon. */
export interface RawStatement {
  node: SqlNode;
  startByte: number;
  endByte: number | undefined;
}

export function rawStatements(tree: unknown): RawStatement[] {
  const list = isRecord(tree) && Array.isArray(tree['stmts']) ? tree['stmts'] : [];
  return list.flatMap((item: unknown): RawStatement[] => {
    const node = isRecord(item) ? asNode(item['stmt']) : undefined;
    if (!isRecord(item) || node === undefined) return [];
    const startByte = typeof item['stmt_location'] === 'number' ? item['stmt_location'] : 0;
    const length = item['stmt_len'];
    return [{ node, startByte, endByte: typeof length === 'number' ? startByte + length : undefined }];
  });
}
