import type { BenchRow } from './bench-row.ts';

/** Prints a line for each figure; whether every one reaches its goal. */
export function printRows(rows: readonly BenchRow[]): boolean {
  for (const row of rows) {
    const figure = `${row.value.toFixed(row.value < 10 ? 2 : 0)} ${row.unit}`;
    process.stdout.write(
      `${row.isMet ? 'met    ' : 'NOT MET'}  ${row.name.padEnd(58)} ${figure.padStart(14)}   goal ${row.goal}${row.detail === undefined ? '' : `   (${row.detail})`}\n`,
    );
  }
  return rows.every(({ isMet }) => isMet);
}
