import { ownerLineOf, parseCodeOwners } from '../../../policies/approval/code-owners.ts';
import type { ApprovalPolicy, ApprovalRule } from '../../../policies/approval/approval-policy.ts';
import type { ApprovalEvidence } from '../../../policies/approval/evidence.ts';
import { isForbidden, type Repository } from '../octokit.ts';
import type { Accounts } from './accounts.ts';
import { readRole } from '../read-role.ts';
import { readList } from './read-list.ts';

type Directory = ApprovalEvidence['directory'];

/**
 * Everybody who takes part, with the role of those who gave an opinion: nobody else's role is asked about. The account
 * that has the login now has to be the one that gave it, since a login that became free can be somebody else's.
 */
export async function readUsers(
  repository: Repository,
  accounts: Accounts,
  opinionated: ReadonlySet<number>,
): Promise<Directory['users']> {
  const roles = new Map(
    await Promise.all(
      accounts
        .all()
        .filter(({ id }) => opinionated.has(id))
        .map(async (account) => [account.id, (await readRole(repository, account)) ?? 'none'] as const),
    ),
  );
  return Object.fromEntries(
    accounts.all().map(({ login, id, type }) => [login, { id, type, role: roles.get(id) ?? 'none' }]),
  );
}

/**
 * The members of these teams, those of their child teams included, as GitHub lists them. Invitations are looked at only
 * where they explain something: somebody approved and is in a team not yet.
 */
export async function readTeams(
  repository: Repository,
  names: readonly string[],
  approvers: readonly string[],
): Promise<Required<Pick<Directory, 'teams' | 'pending' | 'unreadable_teams'>>> {
  const { github } = repository;
  const teams: Directory['teams'] = {};
  const pending: Directory['teams'] = {};
  const unreadable: string[] = [];
  for (const name of names) {
    const [org = '', slug = ''] = name.split('/');
    const at = { org, team_slug: slug, per_page: 100 };
    try {
      const members = await readList(
        'team members',
        () => github.paginate.iterator(github.rest.teams.listMembersInOrg, at),
        ({ id }) => String(id),
      );
      teams[name] = members.map(({ login }) => login);
      const inside = new Set(teams[name].map((login) => login.toLowerCase()));
      if (approvers.every((login) => inside.has(login.toLowerCase()))) continue;
      const invited = await readInvitations(repository, at);
      if (invited.length > 0) pending[name] = invited;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      unreadable.push(name);
    }
  }
  return { teams, pending, unreadable_teams: unreadable };
}

/** Who is invited; nobody where the token may see the members and not the invitations, for those count for nothing. */
async function readInvitations(
  { github }: Repository,
  at: { org: string; team_slug: string; per_page: number },
): Promise<string[]> {
  try {
    const invitations = await readList(
      'invitations',
      () => github.paginate.iterator(github.rest.teams.listPendingInvitationsInOrg, at),
      ({ id }) => String(id),
    );
    return invitations.flatMap(({ login }) => login ?? []);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return [];
  }
}

/** The teams that decide on these paths, by CODEOWNERS and by the policy, as `organisation/team-slug`. */
export function teamsInQuestion(
  owner: string,
  policy: ApprovalPolicy | null,
  codeOwners: readonly string[],
  paths: readonly string[],
): string[] {
  const lines = policy?.codeOwners === true ? parseCodeOwners(codeOwners) : [];
  const owners = paths.flatMap((path) => ownerLineOf(path, lines)?.owners ?? []);
  const named = [
    ...owners.filter((name) => name.startsWith('@') && name.includes('/')),
    ...(policy?.rules ?? []).flatMap(teamsOfRule),
  ];
  const full = named.map((name) => {
    const bare = name.replace(/^@/, '');
    return bare.includes('/') ? bare : `${owner}/${bare}`;
  });
  const spellings = new Map(full.map((name) => [name.toLowerCase(), name]));
  return [...spellings.values()].filter((name) => /^[\w.-]+\/[\w.-]+$/.test(name));
}

function teamsOfRule(rule: ApprovalRule): string[] {
  const asked = rule.when.authorTeams ?? [];
  if ('all' in rule) return [...asked, ...rule.all.flatMap(teamsOfRule)];
  if ('any' in rule) return [...asked, ...rule.any.flatMap(teamsOfRule)];
  return [...asked, ...(rule.from?.teams ?? [])];
}
