/**
 * The comments of a repository, as the API gives them now. A trust boundary: bodies and names were typed by anybody; who
 * wrote a comment is the account's number and nothing else. What a webhook brought along is never read here.
 */
import { statusOf, type Repository } from '../octokit.ts';

export interface RepositoryComment {
  id: number;
  /** The issue or pull request it stands in. */
  issue: number;
  body: string;
  /** Null when the account is gone. */
  author: { id: number; login: string; type: string } | null;
  /** Written by a program in the name of its author. */
  isByApp: boolean;
  createdAt: string;
  updatedAt: string;
  /** How many of each reaction it has, by anybody. */
  reactions: Readonly<Record<string, number>>;
}

/** Whether its text was changed after it was written; the second is as fine as GitHub tells. */
export function isEdited({ createdAt, updatedAt }: RepositoryComment): boolean {
  return createdAt !== updatedAt;
}

const pageSize = 100;

interface ApiComment {
  id: number;
  body?: string | undefined;
  issue_url: string;
  created_at: string;
  updated_at: string;
  user: { id: number; login: string; type: string } | null;
  performed_via_github_app?: object | null | undefined;
  reactions?: object | undefined;
}

/**
 * Every comment that was written or edited since `since`, the oldest change first, each version once. Pages are not
 * counted through: a comment that is edited or deleted meanwhile moves all later ones up, and one would fall between two
 * pages. Each request therefore begins at the time where the one before ended, and only where a whole page has one
 * and the same time, pages are counted.
 */
export async function* commentsSince(
  { github, owner, repo }: Repository,
  since: string,
): AsyncGenerator<RepositoryComment> {
  const seen = new Set<string>();
  let from = since;
  for (let page = 1; ;) {
    const { data, headers } = await github.rest.issues.listCommentsForRepo({
      owner,
      repo,
      sort: 'updated',
      direction: 'asc',
      since: from,
      per_page: pageSize,
      page,
    });
    for (const comment of data) {
      const version = `${comment.id} ${comment.updated_at}`;
      if (seen.has(version)) continue;
      seen.add(version);
      yield commentOf(comment);
    }
    // A page may be short and not the last: what is hidden from us is left out of it.
    if (headers.link?.includes('rel="next"') !== true) return;
    const last = data.at(-1)?.updated_at;
    const next = last === undefined ? from : secondsBefore(last, 1);
    if (next > from) {
      from = next;
      page = 1;
    } else page += 1;
  }
}

/** A comment as it stands now. */
export interface FreshComment extends RepositoryComment {
  /** By GitHub's clock on both sides, since a runner's may be off; null when GitHub does not say what time it is. */
  ageSeconds: number | null;
}

/** The comment as it stands now; null when it was deleted. */
export async function readCommentById(
  { github, owner, repo }: Repository,
  id: number,
): Promise<FreshComment | null> {
  try {
    const { data, headers } = await github.rest.issues.getComment({ owner, repo, comment_id: id });
    const age = Math.floor((Date.parse(headers.date ?? '') - Date.parse(data.created_at)) / 1000);
    return { ...commentOf(data), ageSeconds: Number.isNaN(age) ? null : age };
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 410) throw error;
    return null;
  }
}

function commentOf(comment: ApiComment): RepositoryComment {
  return {
    id: comment.id,
    issue: Number(/\/issues\/(\d+)$/.exec(comment.issue_url)?.[1] ?? '0'),
    body: comment.body ?? '',
    author:
      comment.user === null
        ? null
        : { id: comment.user.id, login: comment.user.login, type: comment.user.type },
    isByApp: comment.performed_via_github_app !== null && comment.performed_via_github_app !== undefined,
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
    reactions: countsOf(comment.reactions ?? {}),
  };
}

function countsOf(rollup: object): Record<string, number> {
  const counts: [string, unknown][] = Object.entries(rollup);
  return Object.fromEntries(
    counts.filter((count): count is [string, number] => typeof count[1] === 'number'),
  );
}

/** A time of GitHub's (whole seconds, UTC), so many seconds earlier. */
export function secondsBefore(time: string, seconds: number): string {
  return new Date(Date.parse(time) - seconds * 1000).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
