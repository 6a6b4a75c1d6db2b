/**
 * How much a change may break, from what is known about it, as a table. Nothing lowers a risk: the highest line counts.
 *
 *  high    what guards the road changes: policy, waivers, CODEOWNERS, workflows
 *  high    SQL or infrastructure changes, or more than 300 files or 5,000 lines
 *  high    an error was found, waived or not, or something could not be proved harmless
 *  high    what is needed to tell was cut off
 *  medium  configuration or contracts change, or more than 50 files or 500 lines, or a warning was found
 *  low     everything else
 */
import type { ChangeKind, RiskLevel } from './approval-policy.ts';
import type { ApprovalEvidence } from './evidence.ts';

export interface Risk {
  level: RiskLevel;
  /** One for each line of the table that applies at this level. */
  reasons: string[];
}

const kindLevels: Readonly<Record<ChangeKind, RiskLevel>> = {
  policy: 'high',
  workflow: 'high',
  sql: 'high',
  infra: 'high',
  schema: 'medium',
  config: 'medium',
  code: 'low',
};

const sizes = { high: { files: 300, lines: 5000 }, medium: { files: 50, lines: 500 } } as const;

/** Works the risk out; `kinds` are those of the same change. Total. */
export function assessRisk(evidence: ApprovalEvidence, kinds: ReadonlySet<ChangeKind>): Risk {
  const { files_truncated: areFilesCut, commits_truncated: areCommitsCut } = evidence.pull_request;
  const found: [RiskLevel, string][] = [];
  if (areFilesCut || areCommitsCut) found.push(['high', 'the lists of files or commits are cut off']);
  for (const kind of kinds) found.push([kindLevels[kind], `it changes ${describeKind(kind)}`]);
  found.push(...bySize(evidence), ...byFindings(evidence));
  const level = (['high', 'medium'] as const).find((one) => found.some(([of]) => of === one)) ?? 'low';
  return { level, reasons: found.filter(([of]) => of === level).map(([, reason]) => reason) };
}

function bySize({ pull_request: { changed_files: files } }: ApprovalEvidence): [RiskLevel, string][] {
  const lines = files.reduce((sum, file) => sum + (file.lines ?? 0), 0);
  for (const level of ['high', 'medium'] as const) {
    if (files.length > sizes[level].files) return [[level, `it changes ${files.length} files`]];
    if (lines > sizes[level].lines) return [[level, `it changes ${lines} lines`]];
  }
  return [];
}

function byFindings({ findings = [] }: ApprovalEvidence): [RiskLevel, string][] {
  const errors = findings.filter(({ level }) => level === 'error');
  const unproven = findings.filter(({ proof }) => proof === 'unproven');
  const waived = errors.filter((error) => error.waived === true);
  const reasons: [RiskLevel, string][] = [];
  if (errors.length > 0)
    reasons.push(['high', `${count(errors.length, 'error')} found, ${waived.length} of them waived`]);
  if (unproven.length > 0) reasons.push(['high', `${count(unproven.length, 'finding')} not proved harmless`]);
  if (findings.some(({ level }) => level === 'warning')) reasons.push(['medium', 'warnings were found']);
  return reasons;
}

function describeKind(kind: ChangeKind): string {
  const words: Partial<Record<ChangeKind, string>> = {
    policy: 'what guards the road (policy, waivers or CODEOWNERS)',
    workflow: 'workflows or actions',
    sql: 'SQL',
    infra: 'infrastructure',
    schema: 'contracts',
    config: 'configuration',
  };
  return words[kind] ?? kind;
}

function count(number: number, what: string): string {
  return number === 1 ? `one ${what}` : `${number} ${what}s`;
}
