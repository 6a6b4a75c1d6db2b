import { findFixtures, textsOf, type Fixture } from './fixtures.ts';

/** What a rule looks like at work: what changed, and what is said about it. */
export interface RuleExample {
  path: string;
  /** Lines that begin with ` `, `-` or `+`. */
  diff: string[];
  message: string;
}

const maxLines = 15;
const maxLineLength = 110;
const contextLines = 2;

/** The first firing fixture of every rule, by rule id. */
export function findExamples(): Map<string, RuleExample> {
  const examples = new Map<string, RuleExample>();
  for (const fixture of findFixtures()) {
    const [finding] = fixture.expected;
    if (finding === undefined || examples.has(fixture.ruleId)) continue;
    examples.set(fixture.ruleId, {
      path: finding.path,
      // What looks like a secret is not printed again, not even one that never was any.
      diff: fixture.ruleId === 'config/forbid-secrets' ? [] : diffOf(fixture, finding.path),
      message: finding.message.split('\n')[0] ?? '',
    });
  }
  return examples;
}

function diffOf(fixture: Fixture, path: string): string[] {
  const [before, after] = [textsOf(fixture.before), textsOf(fixture.after)];
  const [older, newer] = [before.get(path), after.get(path)];
  if (older !== newer) return shorten(diffLines(linesOf(older), linesOf(newer)));
  // The finding stands in a file that did not change: what did is elsewhere.
  const changed = [...new Set([...before.keys(), ...after.keys()])].find(
    (other) => before.get(other) !== after.get(other),
  );
  if (changed === undefined) return shorten(linesOf(newer).map((line) => ` ${line}`));
  return [
    ` (in ${changed})`,
    ...shorten(diffLines(linesOf(before.get(changed)), linesOf(after.get(changed)))),
  ];
}

function linesOf(text: string | undefined): string[] {
  if (text === undefined || text === '') return [];
  return text.replace(/\n$/, '').split(/\r?\n/);
}

/** The longest common subsequence of lines stays; fixtures are short, so a table of them is small. */
function diffLines(before: readonly string[], after: readonly string[]): string[] {
  const [rows, columns] = [Math.min(before.length, 400), Math.min(after.length, 400)];
  const common = Array.from({ length: rows + 1 }, () => new Array<number>(columns + 1).fill(0));
  const at = (row: number, column: number) => common[row]?.[column] ?? 0;
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      const cells = common[row];
      if (cells === undefined) continue;
      cells[column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: string[] = [];
  let [row, column] = [0, 0];
  while (row < rows || column < columns) {
    if (row < rows && column < columns && before[row] === after[column]) {
      lines.push(` ${before[row] ?? ''}`);
      row++;
      column++;
    } else if (row < rows && (column >= columns || at(row + 1, column) >= at(row, column + 1))) {
      lines.push(`-${before[row++] ?? ''}`);
    } else lines.push(`+${after[column++] ?? ''}`);
  }
  return lines;
}

/** Changed lines with a little of what stands around them. */
function shorten(lines: readonly string[]): string[] {
  const isChanged = (line: string | undefined) => line !== undefined && !line.startsWith(' ');
  const kept: string[] = [];
  let isCut = false;
  for (const [index, line] of lines.entries()) {
    const around = lines.slice(Math.max(0, index - contextLines), index + contextLines + 1);
    if (around.some(isChanged) || !lines.some(isChanged)) {
      kept.push(line.length > maxLineLength ? `${line.slice(0, maxLineLength)}...` : line);
      isCut = false;
    } else if (!isCut) {
      kept.push(' ...');
      isCut = true;
    }
  }
  return kept.length <= maxLines ? kept : [...kept.slice(0, maxLines - 1), ' ...'];
}
