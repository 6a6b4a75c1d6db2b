/** Owners and findings as a person reads them. Names come from a repository, so each is made printable. */
import type { OwnerFinding } from '../../policies/approval/code-owners-audit.ts';
import { printable } from '../report/describe-finding.ts';
import type { CheckedOwners, PathOwners } from './owners-result.ts';

/** One row a path: the path, its owners, the line that decided. */
export function formatPaths(file: string, paths: readonly PathOwners[]): string {
  const rows = paths.map(({ path, status, owners, line, pattern }) => [
    path,
    status === 'owned' ? owners.join(' ') : 'nobody',
    line === null
      ? 'no line matches'
      : `${file}:${line} ${pattern ?? ''}${status === 'nobody' ? ' takes ownership away' : ''}`,
  ]);
  return table(rows).join('\n');
}

/** The findings, worst first within each file, then what was not looked at. */
export function formatCheck(checked: CheckedOwners): string {
  const { findings, uncovered, people, gitHub } = checked;
  const faults = findings.filter(({ level }) => level !== 'note');
  const lines = [
    faults.length === 0
      ? `${checked.file.path}: nothing is wrong with it`
      : `${checked.file.path}: ${faults.length === 1 ? 'one fault' : `${faults.length} faults`}`,
    ...findings.flatMap(findingLines),
  ];
  if (uncovered.count > 0) {
    lines.push('', `without an owner (${uncovered.count}):`);
    const shown = uncovered.first.reduce((sum, { count }) => sum + count, 0);
    const rows = uncovered.first.map(({ directory, count, example }) => [
      `  ${directory === '' ? './' : directory}`,
      `${count}`,
      `${example}${count > 1 ? ', …' : ''}`,
    ]);
    lines.push(...table(rows));
    if (shown < uncovered.count) lines.push(`  and ${uncovered.count - shown} more`);
  }
  lines.push(
    '',
    people.checkedWith === null
      ? `owners were not checked: ${people.message}`
      : `owners were checked with ${people.checkedWith}`,
    gitHub.errors === null
      ? `GitHub's own errors were not read: ${gitHub.message}`
      : `GitHub reports ${gitHub.errors.length} errors; ${gitHub.onlyHere.length} found here are not among them`,
  );
  return lines.map(printable).join('\n');
}

function findingLines({ level, path, line, column, message, remedy, code }: OwnerFinding): string[] {
  const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
  return [`  ${place} ${level}: ${message} [${code}]`, `      ${remedy}`];
}

/** Columns as wide as what stands in them, but no wider than lets the next one be seen. */
function table(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(printable));
  const widths = (shown[0] ?? []).map((_, column) =>
    Math.min(60, Math.max(...shown.map((row) => (row[column] ?? '').length))),
  );
  return shown.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  '),
  );
}
