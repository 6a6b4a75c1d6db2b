import type { DemoReport, DemoRow } from './run-demo.ts';

const columns: { title: string; of: (row: DemoRow) => string; isNumber: boolean }[] = [
  { title: '', of: (row) => (row.isAsExpected ? 'ok' : 'NOT OK'), isNumber: false },
  { title: 'change', of: (row) => row.scenario, isNumber: false },
  { title: 'verdict', of: (row) => row.verdict, isNumber: false },
  { title: 'at', of: (row) => row.step, isNumber: false },
  { title: 'detected (s)', of: (row) => figure(row.secondsToDetect, 1), isNumber: true },
  { title: 'met bad version', of: (row) => String(row.requestsOnBadVersion), isNumber: true },
  { title: 'dropped', of: (row) => String(row.dropped), isNumber: true },
  { title: 'traffic off (ms)', of: (row) => figure(row.verdictToTrafficOffMs, 1), isNumber: true },
  { title: 'took (s)', of: (row) => figure(row.seconds, 1), isNumber: true },
];

/** The demo's table, a row a change, as plain text. */
export function formatDemo(report: DemoReport): string {
  const cells = [
    columns.map((column) => column.title),
    ...report.rows.map((row) => columns.map((column) => column.of(row))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, index) =>
        columns[index]?.isNumber ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const notes = report.rows.filter((row) => row.detail !== '').map((row) => `${row.scenario}: ${row.detail}`);
  return [
    ...lines,
    '',
    ...notes,
    `${report.requests} requests in all, ${report.dropped} dropped, ${report.seconds.toFixed(0)} s`,
    `The repository, its journal and its audit log are in ${report.directory}`,
  ].join('\n');
}

function figure(value: number | null, digits: number): string {
  return value === null ? '' : value.toFixed(digits);
}
