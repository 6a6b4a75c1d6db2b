import type { Finding } from '../../analyzers/finding.ts';
import type { CheckOutcome } from '../commands/run-check.ts';
import { describeWaiver, placeOf } from '../report/describe-finding.ts';
import { escapeMarkdown } from './escape-markdown.ts';

const order = { error: 0, warning: 1, note: 2 } as const;

/** The worst first, waived ones last, and else in the order of the check: what GitHub cuts off is the least. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  const weight = ({ level, waivedBy }: Finding) => (waivedBy === undefined ? order[level] : 3);
  return [...findings].sort((a, b) => weight(a) - weight(b));
}

export function titleOf({ verdict, findings, isAdoption }: CheckOutcome): string {
  const counted = (['error', 'warning', 'note'] as const).flatMap((level) => {
    const count = findings.filter((finding) => finding.level === level && !finding.waivedBy).length;
    return count === 0 ? [] : [`${count} ${level}${count === 1 ? '' : 's'}`];
  });
  const waived = findings.filter(({ waivedBy }) => waivedBy !== undefined).length;
  if (waived > 0) counted.push(`${waived} waived`);
  const words = { allow: 'Allowed', 'await-approval': 'Needs a second look', block: 'Blocked' };
  const how = isAdoption && verdict.decision === 'allow' ? 'Reported only' : words[verdict.decision];
  return `${how}: ${counted.length === 0 ? 'no findings' : counted.join(', ')}`;
}

/**
 * The check for people on GitHub, as Markdown of at most `maxBytes` bytes of UTF-8. Everything from the repository is
 * escaped. What does not fit is counted, never silently left out.
 */
export function reportMarkdown(
  outcome: CheckOutcome,
  maxBytes: number,
  notes: readonly string[] = [],
  heading = 'Evenkeel',
): string {
  const { verdict, findings, unclaimed, base, head, changedPaths } = outcome;
  const opening = [
    `### ${heading}: ${titleOf(outcome)}`,
    '',
    ...verdict.reasons.slice(0, 10).map(({ path, message }) => {
      return `- ${path === undefined ? '' : `${escapeMarkdown(path)}: `}${escapeMarkdown(message)}`;
    }),
    ...(verdict.reasons.length > 10 ? [`- and ${verdict.reasons.length - 10} more`] : []),
    '',
    `${changedPaths} changed ${changedPaths === 1 ? 'path' : 'paths'}, ${base.slice(0, 12)} to ${head.slice(0, 12)}; reason code ${verdict.reasonCode}`,
    '',
    ...notes.flatMap((note) => [note, '']),
  ];
  const rows = worstFirst(findings).map(rowOf);
  if (unclaimed.length > 0) {
    const shown = unclaimed.slice(0, 10).map(escapeMarkdown).join(', ');
    const more = unclaimed.length > 10 ? ` and ${unclaimed.length - 10} more` : '';
    opening.push(`No kind claims: ${shown}${more}`, '');
  }
  return fit(opening, rows, maxBytes);
}

/** That declared commands were not run where the code of a pull request is never run, and where they are. */
export function leftOutNote(leftOut: readonly string[]): string[] {
  if (leftOut.length === 0) return [];
  const shown = leftOut.slice(0, 10).map(escapeMarkdown).join(', ');
  const more = leftOut.length > 10 ? ` and ${leftOut.length - 10} more` : '';
  return [
    `Not run here, since this job runs nothing of a pull request: ${shown}${more}. The job \`evenkeel check\` runs them.`,
  ];
}

function rowOf(finding: Finding): string {
  const { waivedBy } = finding;
  const parts = [finding.message, waivedBy === undefined ? finding.remedy : describeWaiver(waivedBy)];
  if (finding.witness !== undefined)
    parts.push(`for instance: ${JSON.stringify(finding.witness).slice(0, 300)}`);
  const [place, rule, ...said] = [placeOf(finding), finding.ruleId, ...parts].map(escapeMarkdown);
  const how = waivedBy === undefined ? finding.level : `${finding.level}, waived`;
  return `| ${how} | ${place ?? ''} | ${said.join('<br>')} (${rule ?? ''}) |`;
}

function fit(opening: string[], rows: string[], maxBytes: number): string {
  // Room for the sentence that says how many are missing, and for an opening that is too long by itself.
  const roomBytes = maxBytes - 200;
  const lines = [...opening];
  if (rows.length > 0) lines.push('| level | where | what |', '| --- | --- | --- |');
  let usedBytes = Buffer.byteLength(lines.join('\n'));
  let shown = 0;
  for (const row of rows) {
    usedBytes += Buffer.byteLength(row) + 1;
    if (usedBytes > roomBytes) break;
    lines.push(row);
    shown++;
  }
  if (shown < rows.length)
    lines.push('', `${rows.length - shown} more findings do not fit here; \`evenkeel check\` shows all.`);
  const text = lines.join('\n');
  return Buffer.byteLength(text) <= maxBytes
    ? text
    : Buffer.from(text)
        .subarray(0, maxBytes - 3)
        .toString('utf8')
        .replace(/\uFFFD+$/, '');
}
