/**
 * Every comment since the last sweep, looked at once more: what starts a sweep is only a hint, so that a command is
 * carried out though its own run was lost, cancelled or overtaken. How far it came stands in the audit log, and goes on only
 * over what was brought to an end.
 */
import type { NewAuditEntry } from '../../../policies/audit/audit-entry.ts';
import { findVoided } from '../../../policies/command/check-pending.ts';
import type { CommandLog } from '../../../policies/command/command-log.ts';
import { readComment } from '../../../policies/command/parse-command.ts';
import { Failure } from '../../../stacks/failure.ts';
import { openAuditLog } from '../../audit-log/directory-store.ts';
import { auditDirectoryOf, readLog } from '../../command-log/read-log.ts';
import { settleUnfinished } from '../../command-log/settle-unfinished.ts';
import { readSituation } from '../../command-log/read-situation.ts';
import type { CommandContext, CommandResult } from '../../commands/command.ts';
import type { Inputs } from '../../inputs.ts';
import { printable } from '../../report/describe-finding.ts';
import type { WorkflowEvent } from '../event.ts';
import { gitHubFailure, statusOf } from '../octokit.ts';
import { actOnComment, tellOrigin, type ActedComment } from './act-on-comment.ts';
import { isShown } from './command-reply.ts';
import { openSession, type CommandSession } from './command-session.ts';
import { commentsSince, readCommentById, secondsBefore, type RepositoryComment } from './list-comments.ts';
import { commentIdOf, recheckPending } from './recheck-pending.ts';
import { refusalLimit, type RefusalLimit } from './refusal-limit.ts';

// GitHub's lists lag behind what was written, by seconds; this is far more.
const overlapSeconds = 600;
// The first sweep ever: what was written long before nobody waits for any more.
const firstLookBackSeconds = 3600;
// The cursor is moved on when that saves anything.
const cursorStepSeconds = 60;

interface Swept {
  acted: ActedComment[];
  failures: string[];
  /** The time of the last change that was brought to an end; null when there was none. */
  cursor: string | null;
}

/** Sweeps the comments of the repository, carries out what is asked there, and tells people. */
export async function sweepCommands(
  event: WorkflowEvent,
  inputs: Inputs,
  context: CommandContext,
): Promise<CommandResult> {
  const session = await openSession(event, inputs, context);
  const swept: Swept = { acted: [], failures: [], cursor: null };
  try {
    await settleEarlier(session);
    await sweepFrom(session, await startOf(session, event), swept);
  } catch (error) {
    if (!(error instanceof Failure) && statusOf(error) === undefined) throw error;
    swept.failures.push(sentenceOf(error));
  }
  keepCursor(session, swept.cursor);
  return resultOf(swept);
}

/** Where the sweep begins, in GitHub's time. */
async function startOf(session: CommandSession, event: WorkflowEvent): Promise<string> {
  const { cursor } = readLog(session.root, session.context.env).commands;
  if (cursor !== null) return secondsBefore(cursor, overlapSeconds);
  const hint =
    event.name === 'issue_comment' ? await readCommentById(session.repository, event.commentId) : null;
  const newest = hint?.updatedAt ?? (await newestChange(session));
  return newest === null ? '1970-01-01T00:00:00Z' : secondsBefore(newest, firstLookBackSeconds);
}

async function newestChange({ repository }: CommandSession): Promise<string | null> {
  const { github, owner, repo } = repository;
  const newestFirst = { sort: 'updated', direction: 'desc', per_page: 1 } as const;
  const { data } = await github.rest.issues.listCommentsForRepo({ owner, repo, ...newestFirst });
  return data[0]?.updated_at ?? null;
}

/** What earlier runs left: commands without an end, and what waits for a second person and no longer can. */
async function settleEarlier(session: CommandSession): Promise<void> {
  const { root, context, repository, requesterOf, policy } = session;
  for (const { unfinished } of await settleUnfinished(root, context)) {
    await tellOrigin(session, commentIdOf(unfinished.origin));
  }
  const { entries, commands } = readLog(root, context.env);
  if (commands.pending.length === 0) return;
  const voided = findVoided({
    pending: commands.pending,
    rechecks: await recheckPending(repository, requesterOf, policy, commands.pending),
    situation: await readSituation(root, context.env, entries),
    policy,
    at: context.now().toISOString(),
  });
  for (const { pending, reasonCode, message } of voided) {
    append(session, {
      actor: { kind: 'evenkeel', name: 'commands' },
      event: 'command.voided',
      inputs: { origin: pending.origin.id, digest: pending.digest, reasonCode, message },
    });
    await tellOrigin(session, commentIdOf(pending.origin));
  }
}

async function sweepFrom(session: CommandSession, from: string, swept: Swept): Promise<void> {
  const { entries, commands } = readLog(session.root, session.context.env);
  const limit = refusalLimit(entries, session.context.now());
  let isHeld = false;
  for await (const comment of commentsSince(session.repository, from)) {
    if (session.context.signal.aborted) return;
    const isOver =
      !mayMatter(session, comment, commands) || (await sweepComment(session, comment, limit, swept));
    // What another run has in its hands, or what failed, is looked at again by the next one.
    isHeld ||= !isOver;
    if (!isHeld) swept.cursor = comment.updatedAt;
  }
}

/** Whether a comment is worth a look of its own: asked for and not taken up, or taken up and not shown. */
function mayMatter(session: CommandSession, comment: RepositoryComment, commands: CommandLog): boolean {
  const { id, author, body, reactions } = comment;
  if (author?.id === session.me) return false;
  const isSeen = commands.seenOrigins.has(`comment:${id}`);
  if (!isSeen) return readComment(body) !== undefined;
  const isPending = commands.pending.some(({ origin }) => commentIdOf(origin) === id);
  return !isShown(reactions, !isPending);
}

/** False when it has to be looked at again. */
async function sweepComment(
  session: CommandSession,
  comment: RepositoryComment,
  limit: RefusalLimit,
  swept: Swept,
): Promise<boolean> {
  try {
    const acted = await actOnComment(session, comment, limit);
    if (acted === 'elsewhere') return false;
    if (acted !== null) swept.acted.push(acted);
    return true;
  } catch (error) {
    swept.failures.push(`comment ${comment.id}: ${sentenceOf(error)}`);
    return false;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  if (statusOf(error) !== undefined) return gitHubFailure('it was not brought to its end', error).message;
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}

function keepCursor(session: CommandSession, cursor: string | null): void {
  if (cursor === null) return;
  const kept = readLog(session.root, session.context.env).commands.cursor;
  // A run that began later may have come further.
  if (kept !== null && secondsBefore(cursor, cursorStepSeconds) < kept) return;
  append(session, {
    actor: { kind: 'evenkeel', name: 'commands' },
    event: 'commands.swept',
    inputs: { cursor },
  });
}

function append({ root, context }: CommandSession, entry: NewAuditEntry): void {
  const log = openAuditLog(auditDirectoryOf(root, context.env), { now: () => context.now() });
  try {
    log.append(entry);
  } finally {
    log.close();
  }
}

function resultOf({ acted, failures, cursor }: Swept): CommandResult {
  const lines = acted.map(
    ({ origin, by, decision, message }) =>
      `${origin} by ${printable(by)}: ${decision}: ${printable(message)}`,
  );
  const isFailed = failures.length > 0 || acted.some(({ decision }) => decision === 'failed');
  const text = [...lines, ...failures.map(printable)].join('\n');
  return {
    exitCode: isFailed ? 4 : 0,
    decision: isFailed ? 'failed' : 'swept',
    reasonCode: isFailed ? 'command-failed' : 'swept',
    result: { commands: acted, failures, cursor },
    text: text === '' ? 'no commands' : text,
  };
}
