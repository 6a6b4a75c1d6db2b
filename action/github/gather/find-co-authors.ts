import { isForbidden, statusOf, type Repository } from '../octokit.ts';
import type { Accounts } from './accounts.ts';
import type { CommitData } from './read-pull.ts';

/**
 * The logins behind the `Co-authored-by` lines of each commit, in their order; null where an address maps to no account.
 * GitHub's private addresses hold the account's number, which counts before the login beside it: logins are given to
 * others once they are free. Other addresses are looked for in what GitHub says of the authors of these commits, and then
 * among the public ones.
 */
export async function findCoAuthors(
  repository: Repository,
  commits: readonly CommitData[],
  accounts: Accounts,
): Promise<(string | null)[][]> {
  const known = new Map<string, string | null>();
  for (const { commit, author, committer } of commits) {
    for (const [account, email] of [
      [author, commit.author?.email],
      [committer, commit.committer?.email],
    ] as const) {
      const login = accounts.remember(account);
      if (login !== null && email !== undefined) known.set(email.toLowerCase(), login);
    }
  }
  const byCommit: (string | null)[][] = [];
  for (const { commit } of commits) {
    const logins: (string | null)[] = [];
    for (const line of commit.message.matchAll(/^[ \t]*co-authored-by[ \t]*:.*$/gim)) {
      const email = (/<([^<>]*)>\s*$/.exec(line[0])?.[1] ?? '').trim().toLowerCase();
      let login = known.get(email);
      if (login === undefined) known.set(email, (login = await loginOf(repository, email, accounts)));
      logins.push(login);
    }
    byCommit.push(logins);
  }
  return byCommit;
}

async function loginOf(repository: Repository, email: string, accounts: Accounts): Promise<string | null> {
  const [, id, login] =
    /^(?:(\d+)\+)?([a-z\d](?:[a-z\d-]*[a-z\d])?(?:\[bot\])?)@users\.noreply\.github\.com$/.exec(email) ?? [];
  if (login === undefined) return await searchPublic(repository, email, accounts);
  const met = id === undefined ? accounts.byLogin(login) : accounts.byId(Number(id));
  if (met !== undefined) return met.login;
  const { github } = repository;
  const account = await orNull(async () =>
    id === undefined
      ? (await github.rest.users.getByUsername({ username: login })).data
      : (await github.rest.users.getById({ account_id: Number(id) })).data,
  );
  return accounts.remember(account);
}

/** The one account with this public address. GitHub's search is fuzzy, so the profile has to say the same. */
async function searchPublic(
  { github }: Repository,
  email: string,
  accounts: Accounts,
): Promise<string | null> {
  if (!/^[a-z\d.+_-]+@[a-z\d.-]+$/.test(email)) return null;
  const found = await orNull(
    async () => (await github.rest.search.users({ q: `${email} in:email`, per_page: 2 })).data.items,
  );
  const [only, ...others] = found ?? [];
  if (only === undefined || others.length > 0) return null;
  const profile = await orNull(
    async () => (await github.rest.users.getByUsername({ username: only.login })).data,
  );
  return profile?.email?.toLowerCase() === email && profile.id === only.id
    ? accounts.remember(profile)
    : null;
}

/** Null where the token may not ask, nobody is there, or the question is refused: unknown stays unknown. */
async function orNull<Answer>(ask: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await ask();
  } catch (error) {
    if (!isForbidden(error) && statusOf(error) !== 422) throw error;
    return null;
  }
}
