import { readComment } from '../command/parse-command.ts';
import type { ApprovalEvidence, CommentEvent } from './evidence.ts';
import type { IgnoredReasonCode } from './ignored.ts';

/**
 * The commit that a comment approves, or why it approves none; null when it has nothing to do with approvals. A trust
 * boundary: a comment is text by anybody, and may have been changed by others, so only an unedited
 * `/evenkeel approve <commit>` counts, for exactly the one commit whose id is, or begins with, what it names.
 */
export function readApprovingComment(
  comment: CommentEvent,
  commits: readonly string[],
): { commit: string } | { reason: IgnoredReasonCode } | null {
  const reading = readComment(comment.body);
  if (reading === undefined) return null;
  if (!reading.ok) return /approve/i.test(comment.body) ? { reason: 'not-a-command' } : null;
  const { command } = reading;
  if (command.name !== 'approve') return null;
  if (comment.deleted === true) return { reason: 'deleted' };
  if (comment.edited_at != null || comment.edited_by != null) return { reason: 'edited' };
  const { digest } = command;
  if (digest === undefined) return { reason: 'digest-missing' };
  const named = commits.filter((commit) => commit.startsWith(digest));
  const [commit] = named.includes(digest) ? [digest] : named;
  if (commit === undefined) return { reason: 'other-commit' };
  return named.length > 1 && commit !== digest ? { reason: 'digest-ambiguous' } : { commit };
}

/** Every commit that the evidence speaks of. */
export function commitsKnownTo({ pull_request: pull, events }: ApprovalEvidence): string[] {
  const ids = new Set([pull.head_sha, ...pull.commits.flatMap(({ sha, parents = [] }) => [sha, ...parents])]);
  for (const event of events) {
    if (event.type === 'push') ids.add(event.head);
    else if (event.type === 'review' && event.commit_id !== null) ids.add(event.commit_id);
  }
  return [...ids];
}
