import type { Comparison, ComparisonOutcome, TextTree } from '../../analyzers/compare/comparison.ts';
import type { Finding, Span } from '../../analyzers/finding.ts';
import { printable } from '../report/describe-finding.ts';

const maxWitnessLength = 500;
const maxExcerptLength = 160;

/** Where a line begins: findings come in order, and a text that is searched from its start may have many megabytes. */
interface Cursor {
  line: number;
  from: number;
}

/** One for each version of a file. */
interface Cursors {
  before: Cursor;
  after: Cursor;
}

const firstLine: Readonly<Cursor> = { line: 1, from: 0 };

/** The answer for a person: the verdict first, then what it rests on, file by file, each with its line. */
export function formatComparison(comparison: Comparison, outcome: ComparisonOutcome, name: string): string {
  const { kind, direction, level } = comparison;
  const about = [kind, direction, level].filter((word) => word !== undefined).join(', ');
  const words = {
    compatible: 'what worked before still works',
    breaking: 'something that worked before does not any more',
    unproven: 'it could not be decided whether everything still works',
  };
  const lines = [`${outcome.verdict}: ${printable(name)} (${about}): ${words[outcome.verdict]}`];
  const before: TextTree = comparison.before.at(-1) ?? new Map<string, string>();
  for (const [path, findings] of byPath(outcome.findings)) {
    lines.push('', printable(path));
    const cursors: Cursors = { before: { ...firstLine }, after: { ...firstLine } };
    for (const finding of findings) lines.push(...describe(finding, comparison, before, cursors));
  }
  return lines.join('\n');
}

function byPath(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.path);
    if (group === undefined) groups.set(finding.path, [finding]);
    else group.push(finding);
  }
  return groups;
}

function describe(finding: Finding, comparison: Comparison, before: TextTree, cursors: Cursors): string[] {
  const { span, beforeSpan, path, level, message, ruleId, witness, proof, remedy } = finding;
  const place = span ?? beforeSpan;
  const where = place === undefined ? '' : `${place.start.line}:${place.start.column}`;
  const side = span === undefined && beforeSpan !== undefined ? ' (before)' : '';
  const [first = '', ...rest] = message.split('\n').map(printable);
  const lines = [
    `  ${where}${side}${where === '' ? '' : ' '}${proof ?? level}: ${first} [${ruleId}]`,
    ...rest.map((line) => `      | ${line}`),
  ];
  // A line of configuration may hold a secret beside what is pointed at.
  if (place !== undefined && comparison.kind !== 'config') {
    const tree = span === undefined ? before : comparison.after;
    const text = tree.get(path) ?? comparison.operations?.get(path);
    lines.push(...excerpt(text, place, span === undefined ? cursors.before : cursors.after));
  }
  if (witness !== undefined) {
    const shown = JSON.stringify(witness);
    const cut = shown.length > maxWitnessLength ? `${shown.slice(0, maxWitnessLength)}...` : shown;
    lines.push(`      for instance: ${printable(cut)}`);
  }
  if (remedy !== '') lines.push(`      ${remedy}`);
  return lines;
}

/** The line that a span begins on, with carets below it; a window of it where it is long. */
function excerpt(text: string | undefined, { start, end }: Span, cursor: Cursor): string[] {
  const line = text === undefined ? undefined : lineOf(text.replace(/^\uFEFF/, ''), start.line, cursor);
  if (line === undefined || line.trim() === '') return [];
  const from = Math.max(0, Math.min(start.column - 1 - 40, line.length - maxExcerptLength));
  const shown = line.slice(from, from + maxExcerptLength).replaceAll('\t', ' ');
  const at = start.column - 1 - from;
  const until = end.line === start.line ? end.column - 1 - from : shown.length;
  const width = Math.max(1, Math.min(until, shown.length) - at);
  // Escaped characters are longer than they stand in the line, and then a caret would point elsewhere.
  const isPlain = printable(shown) === shown;
  return [
    `      | ${printable(shown)}`,
    ...(isPlain && at <= shown.length ? [`      | ${' '.repeat(at)}${'^'.repeat(width)}`] : []),
  ];
}

function lineOf(text: string, number: number, cursor: Cursor): string | undefined {
  if (cursor.line > number) Object.assign(cursor, firstLine);
  for (; cursor.line < number; cursor.line++) {
    const end = text.indexOf('\n', cursor.from);
    if (end === -1) return undefined;
    cursor.from = end + 1;
  }
  const { from } = cursor;
  const end = text.indexOf('\n', from);
  return text.slice(from, end === -1 ? undefined : end).replace(/\r$/, '');
}
