/**
 * An approval decision for people on GitHub. Everything in it is of the decision: the same value that the terminal, the
 * audit log and the outputs show. Logins, team names and sentences are escaped: nobody is mentioned by being named.
 */
import type { Requirement } from '../../policies/approval/requirement.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import type { ShownApproval } from './review-result.ts';

const words: Record<ShownApproval['decision'], string> = {
  approved: 'Approved',
  pending: 'Waiting for approval',
  rejected: 'Cannot be approved as it is',
  skipped: 'Nobody is asked, so nothing passes',
};

// Of each list; the rest is counted.
const mostShown = { people: 15, ignored: 30, missing: 30 };

export function approvalTitle({ decision, message }: ShownApproval): string {
  return `${words[decision]}: ${message}`;
}

/** Markdown of at most `maxBytes` bytes: what is missing first, then the tree, then what was ignored. */
export function approvalMarkdown(outcome: ShownApproval, maxBytes: number): string {
  const { decision, message, approvers, headCommit, reasonCode } = outcome;
  const opening = [
    `### Approval: ${words[decision]}`,
    '',
    escapeMarkdown(message),
    '',
    ...missingLines(outcome),
    ...(approvers.length === 0 ? [] : [`Approved by ${names(approvers)}.`, '']),
    `About ${headCommit.slice(0, 12)}; reason code ${reasonCode}`,
    '',
  ];
  const ignored = ignoredLines(outcome);
  const tree = ['**How it was decided**', '', ...treeLines(outcome.requirements, 0), ''];
  return fitLines([...opening, ...ignored, ...tree], maxBytes);
}

/** Who can still give what is missing, by name, and why it has to be them. */
function missingLines({ missing }: ShownApproval): string[] {
  if (missing.length === 0) return [];
  const lines = missing.slice(0, mostShown.missing).map(({ message, logins, teams, roles, oneOf }) => {
    const whom = [
      ...(logins.length === 0 ? [] : [names(logins)]),
      ...(teams.length === 0 ? [] : [`someone of ${names(teams)}`]),
      ...(roles.length === 0 ? [] : [`someone with the role ${anyOf(roles)}`]),
    ];
    const choice = oneOf === undefined ? '' : `; one branch of "${escapeMarkdown(oneOf)}" is enough`;
    return `- ${escapeMarkdown(message)}${whom.length === 0 ? '' : ` (can give it: ${whom.join('; or ')})`}${choice}`;
  });
  const more = missing.length - lines.length;
  return ['**Still needed**', '', ...lines, ...(more > 0 ? [`- and ${more} more`] : []), ''];
}

/** Reviews and comments that do not count, so that nobody wonders why theirs changed nothing. */
function ignoredLines({ ignored }: ShownApproval): string[] {
  if (ignored.length === 0) return [];
  const lines = ignored.slice(0, mostShown.ignored).map(({ by, message }) => {
    return `- ${escapeMarkdown(by)}: ${escapeMarkdown(message)}`;
  });
  const more = ignored.length - lines.length;
  return ['**Does not count**', '', ...lines, ...(more > 0 ? [`- and ${more} more`] : []), ''];
}

function treeLines(requirement: Requirement, depth: number): string[] {
  const { name, isMet, detail, by, children } = requirement;
  const state = requirement.isSkipped === true ? '➖' : isMet ? '✅' : '❌';
  const who = by.length === 0 || depth === 0 ? '' : ` (${names(by)})`;
  const line = `${'  '.repeat(depth)}- ${state} ${escapeMarkdown(name)}: ${escapeMarkdown(detail)}${who}`;
  return [line, ...children.flatMap((child) => treeLines(child, depth + 1))];
}

function names(list: readonly string[]): string {
  const shown = list.slice(0, mostShown.people).map(escapeMarkdown).join(', ');
  return list.length > mostShown.people ? `${shown} and ${list.length - mostShown.people} more` : shown;
}

function anyOf(list: readonly string[]): string {
  return list
    .map(escapeMarkdown)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
}

/** As many whole lines as fit, and how many did not. */
export function fitLines(lines: readonly string[], maxBytes: number): string {
  const roomBytes = maxBytes - 100;
  const kept: string[] = [];
  let usedBytes = 0;
  for (const line of lines) {
    usedBytes += Buffer.byteLength(line) + 1;
    if (usedBytes > roomBytes) break;
    kept.push(line);
  }
  const rest = lines.length - kept.length;
  if (rest > 0) kept.push('', `${rest} more lines do not fit here; the step's output \`result\` has all.`);
  return kept.join('\n').trimEnd();
}
