import { redactText } from '../../../policies/audit/redact.ts';
import type { Recheck } from '../../../policies/command/command-decision.ts';
import type { CommandPolicy } from '../../../policies/command/command-policy.ts';
import type { PendingCommand } from '../../../policies/command/command-log.ts';
import type { CommandOrigin, Requester } from '../../../policies/command/requester.ts';
import { namedNow } from '../../command-log/terminal-requester.ts';
import { statusOf, type Repository } from '../octokit.ts';
import { isEdited, readCommentById, type FreshComment, type RepositoryComment } from './list-comments.ts';
import type { ReadRequester } from './read-requester.ts';

// A command is far shorter; what stands behind is told apart by its length.
const keptCharacters = 600;

/** Where a comment's command came from. `headCommit`: what it is about. */
export function originOfComment(comment: FreshComment, headCommit: string | null): CommandOrigin {
  return {
    door: 'comment',
    id: `comment:${comment.id}`,
    text: textOf(comment),
    editedAt: isEdited(comment) ? comment.updatedAt : null,
    ageSeconds: comment.ageSeconds,
    headCommit,
  };
}

/** As the audit log keeps it, so that the two can be compared. */
function textOf({ body }: RepositoryComment): string {
  const isLong = body.length > keptCharacters;
  return redactText(isLong ? `${body.slice(0, keptCharacters)}… (${body.length})` : body).toWellFormed();
}

/** The comment's number; null for a command from another door. */
export function commentIdOf({ door, id }: Pick<CommandOrigin, 'door' | 'id'>): number | null {
  const number = /^comment:(\d+)$/.exec(id)?.[1];
  return door === 'comment' && number !== undefined ? Number(number) : null;
}

/**
 * How what waits for a second person looks now, by the id of its origin: the text, who wrote it and what they may do, and
 * the commit that it is about. What cannot be read is `unknown`, and is not confirmed.
 */
export async function recheckPending(
  repository: Repository,
  requesterOf: ReadRequester,
  policy: CommandPolicy,
  pending: readonly PendingCommand[],
): Promise<Record<string, Recheck>> {
  const rechecks: Record<string, Recheck> = {};
  for (const asked of pending) {
    rechecks[asked.origin.id] = await recheck(repository, requesterOf, policy, asked);
  }
  return rechecks;
}

async function recheck(
  repository: Repository,
  requesterOf: ReadRequester,
  policy: CommandPolicy,
  asked: PendingCommand,
): Promise<Recheck> {
  const { origin, by } = asked;
  const headCommit = origin.headCommit ?? null;
  // What was typed at a terminal or into a dispatch cannot be changed afterwards; who may do what can.
  if (origin.door === 'terminal') {
    return { requester: namedNow(by, policy), text: 'unchanged', headCommit };
  }
  if (origin.door === 'dispatch') {
    return { requester: await sameAccount(requesterOf, by), text: 'unchanged', headCommit };
  }
  const id = commentIdOf(origin);
  if (id === null) return { requester: null, text: 'unknown' };
  const comment = await readCommentById(repository, id);
  if (comment === null) return { requester: null, text: 'deleted' };
  const requester = await requesterOf(comment.author, comment.isByApp);
  const isSame = textOf(comment) === origin.text && !isEdited(comment);
  return {
    requester,
    text: isSame ? 'unchanged' : 'edited',
    headCommit: await commitOfIssue(repository, comment.issue, headCommit),
  };
}

async function sameAccount(requesterOf: ReadRequester, { id, login }: Requester): Promise<Requester | null> {
  return id === null ? null : await requesterOf({ id, login, type: 'User' }, false);
}

/** What a command in a pull request is about: its head, and once it is merged what came of it; `otherwise` in an issue. */
export async function commitOfIssue(
  { github, owner, repo }: Repository,
  issue: number,
  otherwise: string | null,
): Promise<string | null> {
  try {
    const { data } = await github.rest.pulls.get({ owner, repo, pull_number: issue });
    return data.merged ? data.merge_commit_sha : data.head.sha;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return otherwise;
  }
}
