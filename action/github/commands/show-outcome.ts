/** Brings a command's reply and reaction in line with what became of it; repeated, it changes nothing. */
import type { AuditEntry } from '../../../policies/audit/audit-entry.ts';
import type { JsonValue } from '../../../policies/audit/canonical-json.ts';
import type { PendingCommand } from '../../../policies/command/command-log.ts';
import { keepReply, react, type ReplyState } from './command-reply.ts';
import type { CommandSession } from './command-session.ts';
import type { RepositoryComment } from './list-comments.ts';
import { keepStand } from './reply-lock.ts';
import { outcomeMarkdown, waitingMarkdown } from './reply-markdown.ts';

/** How a command stands, as people are told. */
export interface Shown {
  state: ReplyState;
  title: string;
  reasonCode: string;
  lines: string[];
}

/** The reply first and the reaction last: a reaction that is there says that the reply is. */
export async function showOutcome(
  session: CommandSession,
  comment: Pick<RepositoryComment, 'id' | 'issue' | 'createdAt'>,
  shown: Shown,
): Promise<void> {
  const { state, title, reasonCode, lines } = shown;
  await showMarkdown(session, comment, state, outcomeMarkdown(title, reasonCode, lines));
}

/** What waits for a second person. */
export async function showWaiting(
  session: CommandSession,
  comment: Pick<RepositoryComment, 'id' | 'issue' | 'createdAt'>,
  pending: Pick<PendingCommand, 'plan' | 'digest' | 'expiresAt'>,
  by: string,
): Promise<void> {
  await showMarkdown(session, comment, 'waiting', waitingMarkdown(pending, by, session.policy));
}

async function showMarkdown(
  { repository, me, home }: CommandSession,
  { id, issue, createdAt }: Pick<RepositoryComment, 'id' | 'issue' | 'createdAt'>,
  state: ReplyState,
  markdown: string,
): Promise<void> {
  keepStand(home, `comment:${id}`, { issue, createdAt });
  await keepReply(repository, { issue, comment: id, createdAt, me }, markdown);
  await react(repository, { comment: id, me }, state);
}

/**
 * How a command that was taken up ended, from the audit log alone; null when it has no end yet. `origin` is that of the
 * command, or of its confirmation.
 */
export function endOf(entries: Iterable<AuditEntry>, origin: string): Shown | null {
  let shown: Shown | null = null;
  for (const { event, inputs = {} } of entries) {
    const isMeant = inputs['origin'] === origin || inputs['confirmation'] === origin;
    if (!isMeant || shown !== null) continue;
    const said = { reasonCode: textOf(inputs['reasonCode']), lines: textOf(inputs['message']).split('\n') };
    if (event === 'command.done') shown = { state: 'done', title: 'done', ...said };
    else if (event === 'command.failed') shown = { state: 'failed', title: 'not done', ...said };
    else if (event === 'command.refused') shown = { state: 'refused', title: 'refused', ...said };
    else if (event === 'command.voided') shown = { state: 'voided', title: 'void', ...said };
  }
  return shown;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
