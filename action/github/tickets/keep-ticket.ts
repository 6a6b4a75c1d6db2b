/**
 * The one issue of a rollback. It is ours when it begins with the marker and was written by the account behind this
 * token: a marker alone could have been typed by anybody. It is looked for by label and author in the list of issues,
 * which knows a new issue sooner than the search does, and it is never closed from here: that is for people to do.
 */
import { ownAccountId } from '../own-account.ts';
import { statusOf, type Repository } from '../octokit.ts';

/** By which our issues are listed; people may add labels, and take this one away only with the ticket's own record. */
export const ticketLabel = 'evenkeel';

export interface Ticket {
  /** Repository, rollout and candidate: unique among all rollouts, and without a space in any part. */
  key: string;
  /** No issue of this rollout is older than this (RFC 3339). */
  since: string;
  title: string;
  /** Markdown in which every text from outside is escaped, so that no marker can stand in it. */
  markdown: string;
  labels: string[];
  assignees: string[];
}

export interface OpenedTicket {
  number: number;
  url: string;
  isNew: boolean;
}

const markerOf = (key: string): string => `<!-- evenkeel:ticket ${key} -->`;
const maxBodyLength = 65_000;
const maxTitleLength = 200;
/** Clocks of this machine and of GitHub may differ so much. */
const clockSlackMs = 3_600_000;

/** Our issue of this key, the oldest if there should be two; null when there is none. */
export async function findTicket(
  repository: Repository,
  { key, since }: Pick<Ticket, 'key' | 'since'>,
): Promise<OpenedTicket | null> {
  const { github, owner, repo } = repository;
  const me = await ownAccountId(repository);
  const issues = await github.paginate(github.rest.issues.listForRepo, {
    owner,
    repo,
    labels: ticketLabel,
    state: 'all',
    since: new Date(Date.parse(since) - clockSlackMs).toISOString(),
    per_page: 100,
  });
  const own = issues
    .filter(({ body, user, pull_request: pull }) => {
      return pull === undefined && user?.id === me && body?.startsWith(markerOf(key)) === true;
    })
    .sort((one, other) => one.number - other.number);
  const [oldest] = own;
  return oldest === undefined ? null : { number: oldest.number, url: oldest.html_url, isNew: false };
}

/**
 * Opens the issue. It is asked for once: an answer that was lost may have been of an issue that is there now, and only a
 * later look can tell. People who cannot be assigned are left out and never keep it from being opened.
 */
export async function createTicket(
  { github, owner, repo }: Repository,
  { key, title, markdown, labels, assignees }: Ticket,
  progress: (line: string) => void,
): Promise<OpenedTicket> {
  const issue = {
    owner,
    repo,
    title: title.slice(0, maxTitleLength).toWellFormed(),
    body: `${markerOf(key)}\n${markdown}`.slice(0, maxBodyLength).toWellFormed(),
    labels: [...new Set([ticketLabel, ...labels])],
    request: { retries: 0 },
  };
  try {
    const { data } = await github.rest.issues.create({ ...issue, assignees });
    return { number: data.number, url: data.html_url, isNew: true };
  } catch (error) {
    if (statusOf(error) !== 422 || assignees.length === 0) throw error;
    progress(
      'GitHub refused who the policy assigns (`tickets.assignees`); the ticket is opened without them',
    );
    const { data } = await github.rest.issues.create(issue);
    return { number: data.number, url: data.html_url, isNew: true };
  }
}

/** Says once what has become of the rollout since; `state` is a short word of letters, digits and hyphens. */
export async function commentOnTicket(
  repository: Repository,
  number: number,
  state: string,
  markdown: string,
): Promise<'written' | 'unchanged'> {
  const { github, owner, repo } = repository;
  const marker = `<!-- evenkeel:ticket-state ${state} -->`;
  const me = await ownAccountId(repository);
  const at = { owner, repo, issue_number: number };
  const comments = await github.paginate(github.rest.issues.listComments, { ...at, per_page: 100 });
  if (comments.some(({ body, user }) => user?.id === me && body?.startsWith(marker) === true))
    return 'unchanged';
  await github.rest.issues.createComment({ ...at, body: `${marker}\n${markdown}`, request: { retries: 0 } });
  return 'written';
}
