/**
 * Who asks for a command, as GitHub knows them now. A trust boundary: an account is its number. A login can be renamed and
 * then be taken by somebody else, so what is read under a login only counts when it is about the same number.
 */
import { isForbidden, statusOf, type Repository } from '../octokit.ts';

export interface Account {
  id: number;
  login: string;
  type: string;
}

export interface Standing {
  login: string;
  /** GitHub's `role_name`, not the folded `permission`; `none` without access, and where it cannot be read. */
  role: string;
  /** `organisation/team-slug`, of those that were asked about; a pending invitation is no membership. */
  teams: string[];
  /** Teams that this token may not read: nobody is in them here. */
  unreadableTeams: string[];
}

export type ReadStanding = (account: Account) => Promise<Standing>;

/** Asks GitHub once for each account, for as long as what comes back is kept: one sweep. */
export function standingReader(repository: Repository, teams: readonly string[]): ReadStanding {
  const known = new Map<number, Promise<Standing>>();
  return (account) => {
    const standing = known.get(account.id) ?? readStanding(repository, account, teams);
    known.set(account.id, standing);
    return standing;
  };
}

async function readStanding(
  repository: Repository,
  account: Account,
  teams: readonly string[],
): Promise<Standing> {
  const login = await currentLogin(repository, account);
  if (login === null) return { login: account.login, role: 'none', teams: [], unreadableTeams: [] };
  const role = await roleOf(repository, login, account.id);
  const standing: Standing = { login, role, teams: [], unreadableTeams: [] };
  for (const team of role === 'none' ? [] : teams) {
    const membership = await membershipOf(repository, team, login);
    if (membership === 'active') standing.teams.push(team);
    else if (membership === 'unreadable') standing.unreadableTeams.push(team);
  }
  return standing;
}

/** The account's login now; null when the account is gone, suspended or not to be found. */
async function currentLogin({ github }: Repository, { id, login }: Account): Promise<string | null> {
  try {
    const { data } = await github.rest.users.getByUsername({ username: login });
    if (data.id !== id) return null;
    return 'suspended_at' in data && typeof data.suspended_at === 'string' ? null : data.login;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return null;
  }
}

async function roleOf({ github, owner, repo }: Repository, username: string, id: number): Promise<string> {
  try {
    const { data } = await github.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username });
    if (data.user !== null && data.user.id !== id) return 'none';
    return data.permission === 'none' ? 'none' : data.role_name;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return 'none';
  }
}

async function membershipOf(
  { github, owner }: Repository,
  team: string,
  username: string,
): Promise<'active' | 'none' | 'unreadable'> {
  const [org = owner, slug = ''] = team.includes('/') ? team.split('/') : [owner, team];
  const at = { org, team_slug: slug };
  try {
    const { data } = await github.rest.teams.getMembershipForUserInOrg({ ...at, username });
    return data.state === 'active' ? 'active' : 'none';
  } catch (error) {
    if (statusOf(error) === 403 || statusOf(error) === 401) return 'unreadable';
    if (statusOf(error) !== 404) throw error;
  }
  // 404 is both: nobody of that name in the team, and a team that this token may not see.
  try {
    await github.rest.teams.getByName(at);
    return 'none';
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return 'unreadable';
  }
}
