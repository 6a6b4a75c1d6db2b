/**
 * The lists of a pull request, as the API gives them now. A trust boundary: titles, bodies and messages were typed by
 * anybody, and nothing here is taken from a webhook. Who somebody is is GitHub's account, never a name in a commit.
 */
import type { RestEndpointMethodTypes } from '@octokit/rest';
import { effectFailure } from '../../../stacks/failure.ts';
import type { Repository } from '../octokit.ts';
import { toAccount, type Account } from './accounts.ts';
import { readList } from './read-list.ts';

export type PullData = RestEndpointMethodTypes['pulls']['get']['response']['data'];
export type CommitData = RestEndpointMethodTypes['pulls']['listCommits']['response']['data'][number];
export type ReviewData = RestEndpointMethodTypes['pulls']['listReviews']['response']['data'][number];

/** A comment on the pull request. */
export interface PullComment {
  id: number;
  /** Null when the account is gone. */
  author: Account | null;
  body: string;
  createdAt: string;
  updatedAt: string;
}

export interface PullLists {
  pull: PullData;
  commits: CommitData[];
  /** GitHub cut the list of commits off, and the rest could not be read. */
  isCommitsCut: boolean;
  reviews: ReviewData[];
  comments: PullComment[];
  /** When the pull request was last pointed at another base. */
  baseChangedAt: string | null;
  /** The server's word for pushes that replaced what was there. */
  forcePushes: { head: string; at: string; by: Account | null }[];
}

const maxReadings = 3;
const pauseMs = 1000;

/**
 * Reads a pull request and its lists, again until the list of commits ends where the pull request stands: what GitHub
 * shows of a push appears in one place before the other.
 */
export async function readPull(
  repository: Repository,
  number: number,
  wait: (milliseconds: number) => Promise<void>,
  known?: PullData,
): Promise<PullLists> {
  for (let reading = 1; ; reading += 1) {
    const lists = await readPullOnce(repository, number, reading === 1 ? known : undefined);
    const { pull, commits, isCommitsCut } = lists;
    if (isCommitsCut || endsAt(commits, pull.head.sha)) return lists;
    if (reading >= maxReadings) {
      throw effectFailure(
        'github-changing',
        `pull request #${number} stands at ${pull.head.sha.slice(0, 12)} and GitHub's list of its commits does not hold that yet; run the job again`,
        true,
      );
    }
    await wait(reading * pauseMs);
  }
}

/** A commit on top of the head means that the list was read after a push that the pull request does not show yet. */
function endsAt(commits: readonly CommitData[], head: string): boolean {
  const isBelow = commits.some(({ parents }) => parents.some(({ sha }) => sha === head));
  return commits.some(({ sha }) => sha === head) && !isBelow;
}

async function readPullOnce(repository: Repository, number: number, known?: PullData): Promise<PullLists> {
  const { github, owner, repo } = repository;
  const at = { owner, repo, pull_number: number, per_page: 100 };
  const [firstCommits, reviews, timeline] = await Promise.all([
    readList(
      'commits',
      () => github.paginate.iterator(github.rest.pulls.listCommits, at),
      ({ sha }) => sha,
    ),
    readList(
      'reviews',
      () => github.paginate.iterator(github.rest.pulls.listReviews, at),
      ({ id, state, commit_id }) => `${id} ${state} ${commit_id ?? ''}`,
    ),
    readTimeline(repository, number),
  ]);
  // Not at the same time as the lists, so that a push meanwhile shows as a head that they do not end with, or go on from.
  const pull = known ?? (await github.rest.pulls.get({ owner, repo, pull_number: number })).data;
  const rest = await completeCommits(repository, pull, firstCommits);
  return { pull, ...rest, reviews, ...timeline };
}

/** GitHub lists at most 250 commits of a pull request; a comparison of its ends lists all of them. */
async function completeCommits(
  { github, owner, repo }: Repository,
  pull: PullData,
  listed: CommitData[],
): Promise<Pick<PullLists, 'commits' | 'isCommitsCut'>> {
  if (listed.length >= pull.commits) return { commits: listed, isCommitsCut: false };
  const basehead = `${pull.base.sha}...${pull.head.sha}`;
  const compared: CommitData[] = [];
  for (let page = 1; ; page += 1) {
    const { data } = await github.rest.repos.compareCommitsWithBasehead({
      owner,
      repo,
      basehead,
      page,
      per_page: 100,
    });
    compared.push(...data.commits);
    if (data.commits.length === 0 || compared.length >= data.total_commits) break;
  }
  const known = new Set(compared.map(({ sha }) => sha));
  const isWhole = known.size >= pull.commits && listed.every(({ sha }) => known.has(sha));
  return { commits: isWhole ? compared : listed, isCommitsCut: !isWhole };
}

/**
 * Comments, changes of the base and force pushes from one list. Reviews stand in it as well and are read apart: only their own
 * list shows a dismissed review as dismissed. That a review's text was edited is in no list of the REST API.
 */
async function readTimeline(
  { github, owner, repo }: Repository,
  number: number,
): Promise<Pick<PullLists, 'comments' | 'baseChangedAt' | 'forcePushes'>> {
  const events = await readList(
    'events',
    () =>
      github.paginate.iterator(github.rest.issues.listEventsForTimeline, {
        owner,
        repo,
        issue_number: number,
        per_page: 100,
      }),
    (event) => `${textOf(event, 'event')} ${keyOf(event)} ${textOf(event, 'updated_at')}`,
  );
  const comments: PullComment[] = [];
  const forcePushes: PullLists['forcePushes'] = [];
  let baseChangedAt: string | null = null;
  for (const event of events) {
    const at = textOf(event, 'created_at');
    switch (textOf(event, 'event')) {
      case 'commented':
        comments.push({
          id: Number(keyOf(event)),
          author: toAccount(valueOf(event, 'user')),
          body: textOf(event, 'body'),
          createdAt: at,
          updatedAt: textOf(event, 'updated_at'),
        });
        break;
      case 'base_ref_changed':
      case 'automatic_base_change_succeeded':
        if (baseChangedAt === null || Date.parse(at) > Date.parse(baseChangedAt)) baseChangedAt = at;
        break;
      case 'head_ref_force_pushed': {
        const head = textOf(event, 'commit_id');
        if (head !== '') forcePushes.push({ head, at, by: toAccount(valueOf(event, 'actor')) });
        break;
      }
    }
  }
  return { comments, baseChangedAt, forcePushes };
}

/** Events of the timeline have many shapes; a field that one does not have is nothing. */
function valueOf(event: object, name: string): unknown {
  return Object.entries(event).find(([key]) => key === name)?.[1];
}

function textOf(event: object, name: string): string {
  const value = valueOf(event, name);
  return typeof value === 'string' ? value : '';
}

/** What tells an event from every other: its number, or the commit's id where it stands for a commit. */
function keyOf(event: object): string {
  const id = valueOf(event, 'id');
  return typeof id === 'number' ? String(id) : textOf(event, 'sha');
}
