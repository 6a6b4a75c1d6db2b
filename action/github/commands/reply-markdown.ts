import type { JsonObject } from '../../../policies/audit/canonical-json.ts';
import type { CommandPolicy, CommandUsers } from '../../../policies/command/command-policy.ts';
import type { PendingCommand } from '../../../policies/command/command-log.ts';
import { printable } from '../../report/describe-finding.ts';
import { escapeMarkdown } from '../escape-markdown.ts';

const maxInputCharacters = 20_000;
const maxResultLines = 60;
const shownDigits = 12;

/** A command that waits: exactly what it would do, the digest, who may confirm it, how, and until when. */
export function waitingMarkdown(
  pending: Pick<PendingCommand, 'plan' | 'digest' | 'expiresAt'>,
  by: string,
  policy: CommandPolicy,
): string {
  const { plan, digest, expiresAt } = pending;
  return [
    '### Evenkeel: waits for a second person',
    '',
    `${escapeMarkdown(by)} asks for this:`,
    '',
    ...plan.words.map((sentence) => `- ${escapeMarkdown(sentence)}`),
    '',
    ...foldedJson(plan.inputs),
    '',
    `Digest: \`${digest}\``,
    '',
    `Somebody else (${whoMayConfirm(policy)}) confirms exactly this until ${expiresAt} with a comment that holds nothing but:`,
    '',
    '```text',
    `/evenkeel confirm ${digest.replace(/^sha256:/, '').slice(0, shownDigits)}`,
    '```',
    '',
    'It is void when the comment above is edited or deleted, when the commit that it is about moves, and when what is live changes.',
  ].join('\n');
}

/** A command that was decided or carried out: how it ended, why, and what was said. */
export function outcomeMarkdown(title: string, reasonCode: string, lines: readonly string[]): string {
  const shown = lines.slice(0, maxResultLines).map((line) => escapeMarkdown(line.trimEnd()));
  const left = lines.length - shown.length;
  return [
    `### Evenkeel: ${escapeMarkdown(title)}`,
    '',
    ...shown.join('<br>\n').split('\n'),
    ...(left > 0 ? ['', `${left} more lines are in the log of the run.`] : []),
    '',
    `<sub>${escapeMarkdown(reasonCode)}</sub>`,
  ].join('\n');
}

/** Whom the policy lets be the second person, in words. */
function whoMayConfirm(policy: CommandPolicy): string {
  const { roles, teams, users }: CommandUsers = policy.who.confirm ?? {
    roles: policy.roles,
    teams: [],
    users: [],
  };
  const parts = [
    ...(roles.length > 0 ? [`with the role ${roles.join(' or ')}`] : []),
    ...(teams.length > 0 ? [`of ${teams.join(' or ')}`] : []),
    ...(users.length > 0 ? [users.join(' or ')] : []),
  ];
  return escapeMarkdown(parts.join(', or '));
}

function foldedJson(inputs: JsonObject): string[] {
  const json = JSON.stringify(inputs, null, 2);
  const text = json.slice(0, maxInputCharacters).toWellFormed().split('\n').map(printable).join('\n');
  // Longer than any run of backticks within, or a name could end the block.
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [
    '<details><summary>Exact inputs</summary>',
    '',
    `${fence}json`,
    text,
    fence,
    '',
    '</details>',
    ...(json.length > maxInputCharacters ? ['', 'They are longer than this; the audit log has all.'] : []),
  ];
}
