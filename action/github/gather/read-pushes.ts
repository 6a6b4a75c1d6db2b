/**
 * Who pushed what, by the server's word. A trust boundary: authors and dates in a commit are whatever its maker typed, and
 * only the record of the branch says which account brought it. Where that record is hidden, the pusher is unknown
 * (null), which blocks; there is one exception, for forks, below.
 */
import { isForbidden, type Repository } from '../octokit.ts';
import { toAccount, type Account } from './accounts.ts';
import { readList } from './read-list.ts';
import type { PullData, PullLists } from './read-pull.ts';

export interface Push {
  head: string;
  at: string;
  by: Account | null;
}

export interface Pushes {
  /** Oldest first. */
  pushes: Push[];
  /** By commit: the first push that brought it; null where the server names none. */
  pusherOf: ReadonlyMap<string, Push | null>;
}

interface Activity extends Push {
  before: string;
}

const nothing = /^0+$/;
const maxReadings = 3;
const pauseMs = 1000;

/** Reads the pushes of a pull request's branch, and which of them brought each of its commits. */
export async function readPushes(
  repository: Repository,
  { pull, forcePushes }: Pick<PullLists, 'pull' | 'forcePushes'>,
  commits: readonly { sha: string; parents: readonly string[] }[],
  wait: (milliseconds: number) => Promise<void>,
): Promise<Pushes> {
  const activities = await readActivities(repository, pull, wait);
  const owner = activities === null ? ownerOfFork(pull) : null;
  const known = new Set(activities?.map(({ head }) => head));
  const forced = forcePushes.filter(({ head }) => !known.has(head));
  const ended = Date.parse(pull.closed_at ?? '');
  const pushes = [...(activities ?? []), ...forced]
    // What was pushed to the branch once the pull request was over is no part of it.
    .filter(({ head, at }) => !nothing.test(head) && !(Date.parse(at) > ended))
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const attributed = attribute(activities ?? [], commits);
  const byOwner = owner === null ? null : { head: pull.head.sha, at: '', by: owner };
  return {
    pushes: pushes.map(({ head, at, by }) => ({ head, at, by })),
    pusherOf: new Map(commits.map(({ sha }) => [sha, attributed.get(sha) ?? byOwner])),
  };
}

/** Oldest first; null where the record is hidden, or the branch's repository is gone. */
async function readActivities(
  { github }: Repository,
  pull: PullData,
  wait: (milliseconds: number) => Promise<void>,
): Promise<Activity[] | null> {
  if (isHeadGone(pull)) return null;
  const { name, owner } = pull.head.repo;
  for (let reading = 1; ; reading += 1) {
    try {
      const listed = await readList(
        'pushes',
        () =>
          github.paginate.iterator(github.rest.repos.listActivities, {
            owner: owner.login,
            repo: name,
            ref: `refs/heads/${pull.head.ref}`,
            direction: 'asc',
            per_page: 100,
          }),
        ({ id }) => String(id),
      );
      const activities = listed.map(({ before, after, timestamp, actor }) => ({
        before,
        head: after,
        at: timestamp,
        by: toAccount(actor),
      }));
      // A push shows here some moments after it shows in the pull request.
      const isThere = activities.some((activity) => activity.head === pull.head.sha);
      if (isThere || reading >= maxReadings) return activities;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      return null;
    }
    await wait(reading * pauseMs);
  }
}

/** Gives each commit to the first push that brought it; what was there before the record begins is nobody's. */
function attribute(
  activities: readonly Activity[],
  commits: readonly { sha: string; parents: readonly string[] }[],
): Map<string, Push | null> {
  const parents = new Map(commits.map(({ sha, parents }) => [sha, parents]));
  const attributed = new Map<string, Push | null>();
  const give = (from: string, push: Push | null): void => {
    const waiting = [from];
    for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
      if (!parents.has(sha) || attributed.has(sha)) continue;
      attributed.set(sha, push);
      waiting.push(...(parents.get(sha) ?? []));
    }
  };
  for (const [index, { before, head, at, by }] of activities.entries()) {
    if (index === 0) give(before, null);
    give(head, { head, at, by });
  }
  return attributed;
}

/**
 * A fork's record may be hidden from the token of the repository that it was forked from. Then what is in a fork of the
 * author's own account counts as pushed by the author, who alone lets others write there, unless the maintainers of
 * this repository may write there too: they are the very people who would approve it, so that stays unknown.
 */
function ownerOfFork(pull: PullData): Account | null {
  if (isHeadGone(pull)) return null;
  const { repo } = pull.head;
  const { owner } = repo;
  const isOwn = owner.type === 'User' && owner.id === toAccount(pull.user)?.id;
  return isOwn && repo.id !== pull.base.repo.id && !pull.maintainer_can_modify ? toAccount(owner) : null;
}

/** The repository of a deleted fork is null, which GitHub's description of the answer leaves out. */
function isHeadGone(pull: PullData): boolean {
  const repository: unknown = pull.head.repo;
  return repository === null || repository === undefined;
}
