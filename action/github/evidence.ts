/**
 * Gathers from GitHub what an approval is decided on. A trust boundary: nothing here decides, and nothing is guessed.
 * What GitHub does not say stays visibly unknown (null, a `_truncated` flag, an account without a role), and the pure
 * decision then blocks. Times and pushes are the server's word, never a commit's.
 */
import { parseCodeOwners } from '../../policies/approval/code-owners.ts';
import type { ApprovalEvidence, Commit, EvidenceEvent } from '../../policies/approval/evidence.ts';
import { isForbidden, statusOf, type Repository } from './octokit.ts';

// GitHub lists no more of a pull request than this, and does not say so.
const maxListedCommits = 250;
const maxListedFiles = 3000;

interface Account {
  id: number;
  login: string;
  type: string;
}

/** The evidence for the pull request that brought `commit` to its branch; null when no merged one did. */
export async function gatherEvidence(
  repository: Repository,
  commit: string,
): Promise<ApprovalEvidence | null> {
  const number = await mergedPullOf(repository, commit);
  if (number === null) return null;
  const { github, owner, repo } = repository;
  const at = { owner, repo, pull_number: number, per_page: 100 };
  const { data: pull } = await github.rest.pulls.get({ owner, repo, pull_number: number });
  const commits = await github.paginate(github.rest.pulls.listCommits, at);
  const files = await github.paginate(github.rest.pulls.listFiles, at);
  const reviews = await github.paginate(github.rest.pulls.listReviews, at);
  const pushes = await pushesTo(
    repository,
    pull.head.repo,
    pull.head.ref,
    new Set(commits.map(({ sha }) => sha)),
  );
  const codeOwners = await codeOwnersAt(repository, pull.base.sha);

  const accounts = new Map<number, Account>();
  const remember = (account: Account | null | undefined): string | null => {
    if (account === null || account === undefined) return null;
    accounts.set(account.id, account);
    return account.login;
  };
  const author = remember(pull.user);
  const coAuthors = await resolveCoAuthors(
    commits.map((entry) => entry.commit.message),
    repository,
    remember,
  );
  const committed = commits.map((entry, index): Commit => {
    const { verification } = entry.commit;
    return {
      sha: entry.sha,
      author: remember(toAccount(entry.author)),
      committer: remember(toAccount(entry.committer)),
      co_authors: coAuthors[index] ?? [],
      parents: entry.parents.map((parent) => parent.sha),
      verified: verification?.verified === true,
      // Only GitHub's own signature proves that GitHub made the commit; the name alone can be written by anybody.
      via_web: verification?.verified === true && entry.committer?.login === 'web-flow',
    };
  });
  const events: EvidenceEvent[] = reviews.map((review) => ({
    type: 'review',
    by: remember(review.user),
    state: review.state,
    commit_id: review.commit_id,
    at: review.submitted_at ?? '',
  }));
  for (const push of pushes) {
    events.push({ type: 'push', head: push.head, at: push.at, by: remember(push.by) });
  }
  return {
    directory: {
      users: await usersOf(repository, accounts, new Set(reviews.flatMap(({ user }) => user?.id ?? []))),
      teams: await teamsOf(repository, codeOwners),
    },
    pull_request: {
      number,
      author,
      draft: pull.draft ?? false,
      base_ref: pull.base.ref,
      head_sha: pull.head.sha,
      commits: committed,
      changed_files: files.map(({ filename, previous_filename, status }) => ({
        path: filename,
        previous_path: previous_filename ?? null,
        status,
      })),
      files_truncated: files.length >= maxListedFiles || files.length !== pull.changed_files,
      commits_truncated: commits.length >= maxListedCommits || commits.length !== pull.commits,
      codeowners_base: codeOwners,
    },
    events,
  };
}

/** The pull request whose merge this commit is. One that merely holds the commit does not count. */
async function mergedPullOf({ github, owner, repo }: Repository, commit: string): Promise<number | null> {
  const pulls = await github.paginate(github.rest.repos.listPullRequestsAssociatedWithCommit, {
    owner,
    repo,
    commit_sha: commit,
    per_page: 100,
  });
  const merged = pulls.find((pull) => pull.merged_at !== null && pull.merge_commit_sha === commit);
  return merged?.number ?? null;
}

function toAccount(value: object | null): Account | null {
  if (value === null || !('login' in value && 'id' in value && 'type' in value)) return null;
  const { login, id, type } = value;
  return typeof login === 'string' && typeof id === 'number' && typeof type === 'string'
    ? { login, id, type }
    : null;
}

interface Push {
  head: string;
  at: string;
  by: Account | null;
}

/**
 * Who pushed the pull request's commits, from the activity of its branch. Another repository's activity may be hidden;
 * then each commit's pusher is unknown, and is said to be.
 */
async function pushesTo(
  { github }: Repository,
  head: { name: string; owner: { login: string } } | null,
  branch: string,
  own: ReadonlySet<string>,
): Promise<Push[]> {
  const unknown = [...own].slice(-1).map((sha): Push => ({ head: sha, at: '', by: null }));
  if (head === null) return unknown;
  try {
    const activities = await github.paginate(github.rest.repos.listActivities, {
      owner: head.owner.login,
      repo: head.name,
      ref: `refs/heads/${branch}`,
      per_page: 100,
    });
    const pushes = activities.filter(({ after }) => own.has(after));
    return pushes.length === 0
      ? unknown
      : pushes.map(({ after, timestamp, actor }) => ({ head: after, at: timestamp, by: toAccount(actor) }));
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return unknown;
  }
}

/** The logins behind `Co-authored-by` lines, by commit; an address that maps to no account is null. */
async function resolveCoAuthors(
  messages: readonly string[],
  { github }: Repository,
  remember: (account: Account | null) => string | null,
): Promise<(string | null)[][]> {
  const found = new Map<string, string | null>();
  const resolve = async (email: string): Promise<string | null> => {
    const known = found.get(email);
    if (known !== undefined) return known;
    const login = await loginOf(email);
    found.set(email, login);
    return login;
  };
  const loginOf = async (email: string): Promise<string | null> => {
    // GitHub's own private addresses carry the account; every other one would have to be public to be found.
    const name = /^(?:\d+\+)?([a-z\d](?:[a-z\d-]*[a-z\d])?(?:\[bot\])?)@users\.noreply\.github\.com$/i.exec(
      email,
    )?.[1];
    if (name === undefined) return null;
    try {
      return remember((await github.rest.users.getByUsername({ username: name })).data);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      return null;
    }
  };
  const byCommit: (string | null)[][] = [];
  for (const message of messages) {
    const logins: (string | null)[] = [];
    for (const line of message.matchAll(/^co-authored-by:.*$/gim)) {
      logins.push(await resolve((/<([^<>]*)>\s*$/.exec(line[0])?.[1] ?? '').trim()));
    }
    byCommit.push(logins);
  }
  return byCommit;
}

/** Everyone who takes part, with the role of those who reviewed: nobody else's role is asked about. */
async function usersOf(
  { github, owner, repo }: Repository,
  accounts: ReadonlyMap<number, Account>,
  reviewers: ReadonlySet<number>,
): Promise<ApprovalEvidence['directory']['users']> {
  const users: ApprovalEvidence['directory']['users'] = {};
  for (const { login, id, type } of accounts.values()) {
    users[login] = { id, type, role: reviewers.has(id) ? await roleOf(login) : 'none' };
  }
  return users;

  async function roleOf(login: string): Promise<string> {
    try {
      const { data } = await github.rest.repos.getCollaboratorPermissionLevel({
        owner,
        repo,
        username: login,
      });
      // `role_name` and not `permission`, which folds maintain into write and triage into read.
      return data.role_name;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      return 'none';
    }
  }
}

/** CODEOWNERS where GitHub looks for it, in that order; null when the base has none. */
async function codeOwnersAt({ github, owner, repo }: Repository, ref: string): Promise<string[] | null> {
  for (const path of ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']) {
    try {
      const { data } = await github.rest.repos.getContent({ owner, repo, path, ref });
      if (!Array.isArray(data) && data.type === 'file' && 'content' in data) {
        return Buffer.from(data.content, 'base64').toString('utf8').split(/\r?\n/);
      }
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
  return null;
}

/** Members of the teams that CODEOWNERS names. A workflow's token often may not list them: then nobody is in them. */
async function teamsOf(
  { github }: Repository,
  codeOwners: string[] | null,
): Promise<Record<string, string[]>> {
  const named = new Set(
    parseCodeOwners(codeOwners ?? [])
      .flatMap((line) => line.owners)
      .filter((name) => name.startsWith('@') && name.includes('/')),
  );
  const teams: Record<string, string[]> = {};
  for (const name of named) {
    const [org = '', slug = ''] = name.slice(1).split('/');
    try {
      const members = await github.paginate(github.rest.teams.listMembersInOrg, {
        org,
        team_slug: slug,
        per_page: 100,
      });
      teams[`${org}/${slug}`] = members.map(({ login }) => login);
    } catch (error) {
      if (!isForbidden(error)) throw error;
    }
  }
  return teams;
}
