/**
 * Who asks for a command, as GitHub knows them now. A trust boundary: an account is its number. A login can be renamed and
 * then be taken by somebody else, so what is read under a login only counts when it is about the same number.
 */
import type { CommandPolicy } from '../../../policies/command/command-policy.ts';
import type { Requester } from '../../../policies/command/requester.ts';
import { isForbidden, statusOf, type Repository } from '../octokit.ts';
import { readRole } from '../read-role.ts';

export interface Account {
  id: number;
  login: string;
  type: string;
}

/**
 * Null: the account is gone, suspended, or another one has its name now. `isByApp`: a program wrote in this account's name,
 * so no person may have asked for it.
 */
export type ReadRequester = (account: Account | null, isByApp: boolean) => Promise<Requester | null>;

/**
 * Reads accounts, each once for as long as the function is kept: one sweep. Of teams, only those are asked about that the
 * policy names; a team that the token may not read has nobody in it.
 */
export function requesterReader(repository: Repository, policy: CommandPolicy): ReadRequester {
  const teams = [...new Set(Object.values(policy.who).flatMap((users) => users.teams))];
  const known = new Map<number, Promise<Requester | null>>();
  return async (account, isByApp) => {
    if (account === null) return null;
    const requester = known.get(account.id) ?? readRequester(repository, account, teams);
    known.set(account.id, requester);
    const read = await requester;
    return isByApp && read !== null ? { ...read, isHuman: false } : read;
  };
}

async function readRequester(
  repository: Repository,
  account: Account,
  teams: readonly string[],
): Promise<Requester | null> {
  const current = await currentAccount(repository, account);
  if (current === null) return null;
  const { login, isSuspended } = current;
  const role = isSuspended ? null : await readRole(repository, { login, id: account.id });
  const requester: Requester = {
    id: account.id,
    login,
    kind: account.type === 'User' ? 'person' : 'bot',
    role,
    teams: [],
    isHuman: account.type === 'User',
    isSuspended,
    identity: 'account',
  };
  for (const team of role === null ? [] : teams) {
    if (await isMember(repository, team, login)) requester.teams.push(team);
  }
  return requester;
}

/** The account of that number as it is now; null when it is gone, or somebody else has its login. */
async function currentAccount(
  { github }: Repository,
  { id, login }: Account,
): Promise<{ login: string; isSuspended: boolean } | null> {
  try {
    const { data } = await github.rest.users.getByUsername({ username: login });
    if (data.id !== id) return null;
    return {
      login: data.login,
      isSuspended: 'suspended_at' in data && typeof data.suspended_at === 'string',
    };
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return null;
  }
}

/** An invitation that was not accepted is no membership. */
async function isMember({ github, owner }: Repository, team: string, username: string): Promise<boolean> {
  const [org = owner, slug = ''] = team.includes('/') ? team.split('/') : [owner, team];
  try {
    const at = { org, team_slug: slug, username };
    const { data } = await github.rest.teams.getMembershipForUserInOrg(at);
    return data.state === 'active';
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return false;
  }
}
