/** A repository and its commits as GitHub's API words them. */
import { type ChangedFile, type Identity, type ReadCommit, changedFiles } from '../bare-repository.ts';
import type { View } from '../call.ts';
import type { JsonObject } from '../json.ts';
import { accountNamed, type Account } from '../state.ts';
import { nodeId, userBody, webUrl } from './people.ts';

export function repositoryUrl({ url, state }: View, owner = state.organisation): string {
  return `${url}/repos/${owner}/${state.repository}`;
}

const plainUrls = [
  'contributors',
  'deployments',
  'downloads',
  'events',
  'forks',
  'hooks',
  'languages',
  'merges',
  'stargazers',
  'subscribers',
  'subscription',
  'tags',
  'teams',
];
const templateUrls: Record<string, string> = {
  archive: '/{archive_format}{/ref}',
  assignees: '/assignees{/user}',
  blobs: '/git/blobs{/sha}',
  branches: '/branches{/branch}',
  collaborators: '/collaborators{/collaborator}',
  comments: '/comments{/number}',
  commits: '/commits{/sha}',
  compare: '/compare/{base}...{head}',
  contents: '/contents/{+path}',
  git_commits: '/git/commits{/sha}',
  git_refs: '/git/refs{/sha}',
  git_tags: '/git/tags{/sha}',
  issue_comment: '/issues/comments{/number}',
  issue_events: '/issues/events{/number}',
  issues: '/issues{/number}',
  keys: '/keys{/key_id}',
  labels: '/labels{/name}',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  pulls: '/pulls{/number}',
  releases: '/releases{/id}',
  statuses: '/statuses/{sha}',
  trees: '/git/trees{/sha}',
};

/** The organisation's repository, or a fork of it. */
export function repositoryBody(view: View, owner = view.state.organisation): JsonObject {
  const { state } = view;
  const self = repositoryUrl(view, owner);
  const html = `${webUrl}/${owner}/${state.repository}`;
  const account = accountNamed(state, owner);
  if (account === undefined) throw new Error(`nobody is called ${owner}`);
  const isFork = owner !== state.organisation;
  const id = isFork ? 500_000 + account.id : 500_000;
  return {
    id,
    node_id: nodeId('Repository', id),
    name: state.repository,
    full_name: `${owner}/${state.repository}`,
    owner: userBody(view, account),
    private: state.isPrivate,
    visibility: state.isPrivate ? 'private' : 'public',
    html_url: html,
    description: null,
    fork: isFork,
    url: self,
    ...Object.fromEntries(plainUrls.map((name) => [`${name}_url`, `${self}/${name}`])),
    ...Object.fromEntries(Object.entries(templateUrls).map(([name, end]) => [`${name}_url`, self + end])),
    git_url: `git://github.example/${owner}/${state.repository}.git`,
    ssh_url: `git@github.example:${owner}/${state.repository}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    ...Object.fromEntries(
      ['forks', 'stargazers', 'watchers', 'open_issues'].map((name) => [`${name}_count`, 0]),
    ),
    forks: 0,
    watchers: 0,
    open_issues: 0,
    size: 1,
    default_branch: state.defaultBranch,
    topics: [],
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    pushed_at: '2026-01-01T00:00:00Z',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  };
}

/** The account that an e-mail address belongs to; undefined where it is nobody's. */
export function accountByEmail(view: View, email: string): Account | undefined {
  return view.state.accounts.find((account) => account.emails.includes(email.toLowerCase()));
}

export function commitBody(view: View, commit: ReadCommit): JsonObject {
  const self = `${repositoryUrl(view)}/commits/${commit.sha}`;
  const user = ({ email }: Identity): JsonObject | null => {
    const account = accountByEmail(view, email);
    return account === undefined ? null : userBody(view, account);
  };
  return {
    ...gitCommitBody(view, commit),
    url: self,
    html_url: `${webUrl}/${view.state.organisation}/${view.state.repository}/commit/${commit.sha}`,
    comments_url: `${self}/comments`,
    author: user(commit.author),
    committer: user(commit.committer),
    commit: {
      url: `${repositoryUrl(view)}/git/commits/${commit.sha}`,
      author: identityBody(commit.author),
      committer: identityBody(commit.committer),
      message: commit.message,
      comment_count: 0,
      tree: treeBody(view, commit),
      verification: verificationBody(view, commit),
    },
  };
}

/** The commit itself, as the operations on git's own objects tell it. */
export function gitCommitBody(view: View, commit: ReadCommit): JsonObject {
  const base = repositoryUrl(view);
  const html = `${webUrl}/${view.state.organisation}/${view.state.repository}/commit`;
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', Number.parseInt(commit.sha.slice(0, 8), 16)),
    url: `${base}/git/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    author: identityBody(commit.author),
    committer: identityBody(commit.committer),
    message: commit.message,
    tree: treeBody(view, commit),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${base}/commits/${sha}`,
      html_url: `${html}/${sha}`,
    })),
    verification: verificationBody(view, commit),
  };
}

function identityBody({ name, email, at }: Identity & { at: string }): JsonObject {
  return { name, email, date: at };
}

function treeBody(view: View, commit: ReadCommit): JsonObject {
  return { sha: commit.tree, url: `${repositoryUrl(view)}/git/trees/${commit.tree}` };
}

function verificationBody({ state }: View, { sha, committer }: ReadCommit): JsonObject {
  const isVerified = state.verified.has(sha);
  return {
    verified: isVerified,
    reason: isVerified ? 'valid' : 'unsigned',
    signature: isVerified ? '-----BEGIN PGP SIGNATURE-----\n(left out)\n-----END PGP SIGNATURE-----' : null,
    payload: isVerified ? `(the commit ${sha})` : null,
    verified_at: isVerified ? committer.at : null,
  };
}

export function fileBody(view: View, commit: string, file: ChangedFile): JsonObject {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const html = `${webUrl}/${view.state.organisation}/${view.state.repository}`;
  return {
    sha: file.blob,
    filename: file.path,
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${commit}/${path}`,
    raw_url: `${html}/raw/${commit}/${path}`,
    contents_url: `${repositoryUrl(view)}/contents/${path}?ref=${commit}`,
  };
}

/** The files between two commits; GitHub lists at most this many. */
export function filesBetween(view: View, from: string, to: string, most: number): JsonObject[] {
  return changedFiles(view.git, from, to)
    .slice(0, most)
    .map((file) => fileBody(view, to, file));
}
