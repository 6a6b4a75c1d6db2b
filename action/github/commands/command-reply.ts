/**
 * What people see of a command: a reaction on the comment, and one reply, which is updated as the command goes on. Ours is
 * what starts with the marker of this command and was written by the account behind the token: the marker alone could
 * have been typed by anybody.
 */
import { findOrCreate } from '../find-or-create.ts';
import { isForbidden, type Repository } from '../octokit.ts';
import { secondsBefore } from './list-comments.ts';

/** The command's state, each with its reaction; a later one takes the place of an earlier one. */
const reactions = {
  seen: 'eyes',
  waiting: 'eyes',
  done: 'rocket',
  refused: 'confused',
  failed: '-1',
  voided: '-1',
} as const;

export type ReplyState = keyof typeof reactions;

/**
 * Whether a reaction says that the state was shown. It is the last thing that is written of a state. Anybody may react, so
 * it only saves work: without it people are told once more, and with it nothing else happens or is left out.
 */
export function isShown(counts: Readonly<Record<string, number>>, isOver: boolean): boolean {
  const final = [reactions.done, reactions.refused, reactions.failed];
  return (isOver ? final : [reactions.waiting]).some((content) => (counts[content] ?? 0) > 0);
}

export interface ReplyPlace {
  issue: number;
  /** The comment that is answered. */
  comment: number;
  /** When it was written: its reply is no older. */
  createdAt: string;
  /** The account behind the token. */
  me: number;
}

// GitHub refuses a comment of more than 65,536 characters.
const maxReplyCharacters = 60_000;

function markerOf(comment: number): string {
  return `<!-- evenkeel:command comment:${comment} -->`;
}

/** Writes the reply, or brings it up to date; repeated with the same words it changes nothing. */
export async function keepReply(
  { github, owner, repo }: Repository,
  place: ReplyPlace,
  markdown: string,
): Promise<void> {
  const marker = markerOf(place.comment);
  const body = `${marker}\n${markdown.slice(0, maxReplyCharacters).toWellFormed()}`;
  const issue = { owner, repo, issue_number: place.issue };
  const find = async (): Promise<{ id: number; body: string } | undefined> => {
    const pages = github.paginate.iterator(github.rest.issues.listComments, {
      ...issue,
      since: secondsBefore(place.createdAt, 1),
      per_page: 100,
    });
    for await (const { data } of pages) {
      const own = data.find(
        ({ user, body: text }) => user?.id === place.me && text?.startsWith(marker) === true,
      );
      if (own !== undefined) return { id: own.id, body: own.body ?? '' };
    }
    return undefined;
  };
  const create = async (): Promise<{ id: number; body: string }> => {
    const { data } = await github.rest.issues.createComment({ ...issue, body, request: { retries: 0 } });
    return { id: data.id, body };
  };
  const reply = await findOrCreate(find, create);
  if (reply.body === body) return;
  await github.rest.issues.updateComment({ owner, repo, comment_id: reply.id, body });
}

/** Puts the state's reaction on the comment and takes our own earlier ones away. Repeated, it changes nothing. */
export async function react(
  { github, owner, repo }: Repository,
  { comment, me }: Pick<ReplyPlace, 'comment' | 'me'>,
  state: ReplyState,
): Promise<void> {
  const content = reactions[state];
  const at = { owner, repo, comment_id: comment };
  try {
    await github.rest.reactions.createForIssueComment({ ...at, content });
    if (state === 'seen') return;
    const all = await github.paginate(github.rest.reactions.listForIssueComment, { ...at, per_page: 100 });
    const known: readonly string[] = Object.values(reactions);
    for (const reaction of all) {
      if (reaction.user?.id !== me || reaction.content === content) continue;
      if (!known.includes(reaction.content)) continue;
      await github.rest.reactions.deleteForIssueComment({ ...at, reaction_id: reaction.id });
    }
  } catch (error) {
    // A comment that was deleted meanwhile, or a token that may not react: the reply says the same in words.
    if (!isForbidden(error)) throw error;
  }
}
