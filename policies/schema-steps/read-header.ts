/**
 * What a migration says of itself in comments before its first statement:
 *
 *   -- evenkeel: backfill table=users key=id batch=1000
 *   -- evenkeel: unused first_name: only the export reads it, and the export goes with this change
 */
export interface StepHeader {
  backfill: { table: string; key: string; batchRows: number } | null;
  unused: string[];
  /** What was written after `evenkeel:` and cannot be read. */
  faults: { line: number; message: string }[];
}

const defaultBatchRows = 1000;
const maxBatchRows = 100_000;

export function readHeader(text: string): StepHeader {
  const header: StepHeader = { backfill: null, unused: [], faults: [] };
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const content = line.trim();
    if (content !== '' && !content.startsWith('--')) break;
    const written = /^--\s*evenkeel:\s*(.*)$/.exec(content)?.[1];
    if (written === undefined) continue;
    const fault = readLine(written, header);
    if (fault !== null) header.faults.push({ line: index + 1, message: fault });
  }
  return header;
}

function readLine(written: string, header: StepHeader): string | null {
  const unused = /^unused ([\w$]{1,63}): \S/.exec(written)?.[1];
  if (unused !== undefined) {
    header.unused.push(unused);
    return null;
  }
  const [word, ...settings] = written.trim().split(/\s+/);
  if (word !== 'backfill')
    return 'an evenkeel line is `backfill table=… key=… batch=…` or `unused NAME: REASON`';
  const values = new Map<string, string>();
  for (const setting of settings) {
    const [, name, value] = /^(table|key|batch)=(\S+)$/.exec(setting) ?? [];
    if (name === undefined || value === undefined || values.has(name))
      return `\`${setting}\` is not one of table=, key= and batch=, each once`;
    values.set(name, value);
  }
  const table = values.get('table') ?? '';
  const key = values.get('key') ?? '';
  if (!/^([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*$/.test(table) || !/^[a-z_][a-z0-9_]*$/.test(key))
    return 'a backfill names its table and its key column in small letters: table=users key=id';
  const batchRows = Number(values.get('batch') ?? defaultBatchRows);
  if (!Number.isInteger(batchRows) || batchRows < 1 || batchRows > maxBatchRows)
    return `batch= is a number of rows from 1 to ${maxBatchRows}`;
  header.backfill = { table, key, batchRows };
  return null;
}
