import type { ApprovalOutcome } from '../../policies/approval/decide-approval.ts';
import type { Requirement } from '../../policies/approval/requirement.ts';
import { printable } from '../report/describe-finding.ts';

const words: Readonly<Record<ApprovalOutcome['decision'], string>> = {
  approved: 'approved',
  pending: 'pending',
  rejected: 'rejected',
  skipped: 'skipped (nobody is asked, and nothing passes)',
};

/** The decision for a person: the verdict, the tree, who counts, what does not and why, and who can still approve. */
export function formatApproval(outcome: ApprovalOutcome): string {
  const { decision, reasonCode, message, approvers, ignored, missing, requirements } = outcome;
  const sections = [
    [`${words[decision]} (${reasonCode}): ${message}`],
    ['What is required:', ...requirements.children.flatMap((child) => treeLines(child, 1))],
    approvers.length === 0 ? [] : [`Approved by: ${approvers.join(', ')}`],
    ignored.length === 0
      ? []
      : ['Ignored:', ...ignored.map(({ by, on, message: why }) => `  the ${on} of ${by}: ${why}`)],
    missing.length === 0 ? [] : ['Who can still approve:', ...missing.map(describeMissing)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(printableLine).join('\n'))
    .join('\n\n');
}

function treeLines({ name, isMet, isSkipped, detail, by, children }: Requirement, depth: number): string[] {
  const mark = isSkipped === true ? '-' : isMet ? '✓' : '✗';
  const who = by.length > 0 && isMet ? ` (${by.join(', ')})` : '';
  const why = isMet && isSkipped !== true ? who : `: ${detail}`;
  return [
    `${'  '.repeat(depth)}${mark} ${name}${why}`,
    ...children.flatMap((child) => treeLines(child, depth + 1)),
  ];
}

// A directory may hold a whole organisation; a person reads a few names.
const mostNames = 20;

function describeMissing({
  requirement,
  count,
  logins,
  teams,
  roles,
  oneOf,
}: ApprovalOutcome['missing'][number]): string {
  const shown = logins.slice(0, mostNames).join(', ');
  const rest = logins.length > mostNames ? ` and ${logins.length - mostNames} more` : '';
  const people = logins.length === 0 ? 'nobody in the directory' : `${shown}${rest}`;
  const others = [
    teams.length === 0 ? '' : `teams ${teams.join(', ')}`,
    oneOf === undefined ? '' : `one branch of "${oneOf}" is enough`,
    roles.length === 0 ? '' : `anybody else with the role ${roles.join(' or ')} who did not make the change`,
  ].filter((part) => part !== '');
  return `  ${requirement}: ${count} of ${people}${others.length === 0 ? '' : `; ${others.join('; ')}`}`;
}

/** Indentation is ours; everything behind it may hold names from outside. */
function printableLine(line: string): string {
  const indentation = /^ */.exec(line)?.[0] ?? '';
  return indentation + printable(line.slice(indentation.length));
}
