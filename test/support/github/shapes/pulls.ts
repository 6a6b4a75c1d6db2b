/** Pull requests, issues, reviews and comments as GitHub's API words them. */
import { changedFiles, mergeBase, readCommits } from '../bare-repository.ts';
import type { View } from '../call.ts';
import type { JsonObject } from '../json.ts';
import {
  accountNamed,
  ghost,
  type Comment,
  type Issue,
  type Pull,
  type Reaction,
  type Review,
} from '../state.ts';
import { nodeId, userBody, userOrNull, webUrl } from './people.ts';
import { repositoryBody, repositoryUrl } from './repository.ts';

/** From where the pull request's commits and files count. */
export function startOf(view: View, pull: Pull): string {
  return mergeBase(view.git, pull.baseCommit, pull.headCommit) ?? pull.baseCommit;
}

export function labelBody(view: View, name: string): JsonObject {
  const index = view.state.labels.indexOf(name);
  return {
    id: 7000 + index,
    node_id: nodeId('Label', 7000 + index),
    url: `${repositoryUrl(view)}/labels/${encodeURIComponent(name)}`,
    name,
    description: '',
    color: 'ededed',
    default: false,
  };
}

/** How somebody stands to the repository. */
export function associationOf({ state }: View, id: number | null): string {
  const role = id === null ? undefined : state.roles.get(id);
  return role === undefined || role === 'none' ? 'NONE' : 'MEMBER';
}

function sideBody(view: View, owner: string, name: string, sha: string): JsonObject {
  const account = accountNamed(view.state, owner);
  return {
    label: `${owner}:${name}`,
    ref: name,
    sha,
    user: account === undefined ? null : userBody(view, account),
    repo: repositoryBody(view, owner),
  };
}

/** A pull request as a list has it. */
export function pullInList(view: View, pull: Pull): JsonObject {
  const { state } = view;
  const self = `${repositoryUrl(view)}/pulls/${pull.number}`;
  const issue = `${repositoryUrl(view)}/issues/${pull.number}`;
  const html = `${webUrl}/${state.organisation}/${state.repository}/pull/${pull.number}`;
  const head = sideBody(view, pull.head.owner, pull.head.name, pull.headCommit);
  const urls = {
    commits: `${self}/commits`,
    review_comments: `${self}/comments`,
    review_comment: `${repositoryUrl(view)}/pulls/comments{/number}`,
    comments: `${issue}/comments`,
    statuses: `${repositoryUrl(view)}/statuses/${pull.headCommit}`,
  };
  return {
    url: self,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    ...Object.fromEntries(Object.entries(urls).map(([name, url]) => [`${name}_url`, url])),
    _links: Object.fromEntries(
      Object.entries({ ...urls, self, html, issue }).map(([name, href]) => [name, { href }]),
    ),
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userOrNull(view, pull.by ?? ghost.id),
    body: pull.body,
    labels: pull.labels.map((name) => labelBody(view, name)),
    milestone: null,
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.commit ?? pull.testMerge,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: pull.isHeadDeleted ? { ...head, repo: null } : head,
    base: sideBody(view, state.organisation, pull.base, pull.baseCommit),
    author_association: associationOf(view, pull.by),
    auto_merge: null,
    draft: pull.isDraft,
  };
}

/** A pull request by itself, which says more. */
export function pullBody(view: View, pull: Pull): JsonObject {
  const start = startOf(view, pull);
  const files = changedFiles(view.git, start, pull.headCommit);
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
  const isMerged = pull.merged !== null;
  return {
    ...pullInList(view, pull),
    merged: isMerged,
    mergeable: isMerged ? null : pull.testMerge !== null,
    rebaseable: isMerged ? null : pull.testMerge !== null,
    mergeable_state: isMerged ? 'unknown' : pull.testMerge === null ? 'dirty' : 'clean',
    merged_by: userOrNull(view, pull.merged?.by ?? null),
    comments: view.state.comments.filter(({ issue }) => issue === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: pull.mayMaintainersPush === true,
    commits: readCommits(view.git, [`${pull.baseCommit}..${pull.headCommit}`]).length,
    additions: sum(files.map(({ additions }) => additions)),
    deletions: sum(files.map(({ deletions }) => deletions)),
    changed_files: files.length,
  };
}

export function reviewBody(view: View, review: Review): JsonObject {
  const pull = `${repositoryUrl(view)}/pulls/${review.pull}`;
  const { organisation, repository } = view.state;
  const html = `${webUrl}/${organisation}/${repository}/pull/${review.pull}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: userOrNull(view, review.by),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    _links: { html: { href: html }, pull_request: { href: pull } },
    submitted_at: review.at,
    commit_id: review.commit,
    author_association: associationOf(view, review.by),
  };
}

export function commentBody(view: View, comment: Comment): JsonObject {
  const self = `${repositoryUrl(view)}/issues/comments/${comment.id}`;
  const { organisation, repository, pulls } = view.state;
  const place = pulls.some(({ number }) => number === comment.issue) ? 'pull' : 'issues';
  return {
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    url: self,
    html_url: `${webUrl}/${organisation}/${repository}/${place}/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(view)}/issues/${comment.issue}`,
    body: comment.body,
    user: userOrNull(view, comment.by),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: associationOf(view, comment.by),
    performed_via_github_app: null,
    reactions: reactionsBody(view, self, comment.id),
  };
}

export const reactionContents = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'];

function reactionsBody({ state }: View, self: string, comment: number): JsonObject {
  const given = state.reactions.filter((reaction) => reaction.comment === comment);
  return {
    url: `${self}/reactions`,
    total_count: given.length,
    ...Object.fromEntries(
      reactionContents.map((content) => [content, given.filter((one) => one.content === content).length]),
    ),
  };
}

export function reactionBody(view: View, reaction: Reaction): JsonObject {
  return {
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: userOrNull(view, reaction.by),
    content: reaction.content,
    created_at: reaction.at,
  };
}

/** An issue; a pull request is one as well. */
export function issueBody(view: View, issue: Issue | Pull): JsonObject {
  const self = `${repositoryUrl(view)}/issues/${issue.number}`;
  const { organisation, repository } = view.state;
  const place = 'headCommit' in issue ? 'pull' : 'issues';
  const html = `${webUrl}/${organisation}/${repository}/${place}/${issue.number}`;
  return {
    id: issue.id,
    node_id: nodeId('Issue', issue.id),
    url: self,
    repository_url: repositoryUrl(view),
    labels_url: `${self}/labels{/name}`,
    comments_url: `${self}/comments`,
    events_url: `${self}/events`,
    html_url: html,
    number: issue.number,
    state: issue.state,
    title: issue.title,
    body: issue.body,
    user: userOrNull(view, issue.by),
    labels: issue.labels.map((name) => labelBody(view, name)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: view.state.comments.filter((comment) => comment.issue === issue.number).length,
    closed_at: issue.closedAt,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    author_association: associationOf(view, issue.by),
    reactions: reactionsBody(view, self, -issue.number),
    performed_via_github_app: null,
    ...('headCommit' in issue
      ? {
          draft: issue.isDraft,
          pull_request: {
            url: `${repositoryUrl(view)}/pulls/${issue.number}`,
            html_url: html,
            diff_url: `${html}.diff`,
            patch_url: `${html}.patch`,
            merged_at: issue.merged?.at ?? null,
          },
        }
      : {}),
  };
}
