/** Users, teams, collaborators and their roles, and how much of the rate limit is left. */
import { noContent, notFound, ok, refusal, type Call, type Handler } from '../call.ts';
import { textOf, type JsonObject } from '../json.ts';
import {
  foldedPermission,
  permissionsOf,
  profileBody,
  teamBody,
  userBody,
  userOrNull,
} from '../shapes/people.ts';
import { accountNamed, accountOf, type Account, type RoleName, type Team } from '../state.ts';

function teamOf({ state, path }: Call): Team | undefined {
  if (textOf(path['org']).toLowerCase() !== state.organisation.toLowerCase()) return undefined;
  return state.teams.find(({ slug }) => slug === textOf(path['team_slug']).toLowerCase());
}

/** Who has an account that can be looked up: a suspended one, and a former name, answer as if nobody had it. */
function visible(account: Account | null | undefined): Account | undefined {
  return account === null || account === undefined || account.isSuspended ? undefined : account;
}

/** The highest role that somebody has, by themselves or through a team. */
function roleOf({ state }: Call, account: Account): RoleName {
  const order: RoleName[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];
  const roles = state.teams.filter(({ members }) => members.includes(account.id)).map(({ role }) => role);
  const own = state.roles.get(account.id) ?? (state.isPrivate ? 'none' : 'read');
  return order[Math.max(...[own, ...roles].map((role) => order.indexOf(role)))] ?? 'none';
}

function collaboratorBody(call: Call, account: Account, role: RoleName): JsonObject {
  return { ...userBody(call, account), permissions: permissionsOf(role), role_name: role };
}

export const peopleHandlers = {
  'users/get-authenticated': (call) => {
    const account = accountOf(call.state, call.token.by);
    if (call.token.kind !== 'person' || account === null)
      return refusal(403, 'Resource not accessible by integration');
    return ok(profileBody(call, account));
  },
  'users/get-by-username': (call) => {
    const account = visible(accountNamed(call.state, textOf(call.path['username'])));
    return account === undefined ? notFound : ok(profileBody(call, account));
  },
  'users/get-by-id': (call) => {
    const account = visible(call.state.accounts.find(({ id }) => id === call.path['account_id']));
    return account === undefined ? notFound : ok(profileBody(call, account));
  },
  'repos/get-collaborator-permission-level': (call) => {
    const account = visible(accountNamed(call.state, textOf(call.path['username'])));
    if (account === undefined) return notFound;
    const role = roleOf(call, account);
    return ok({
      permission: foldedPermission(role),
      role_name: role,
      user: collaboratorBody(call, account, role),
    });
  },
  'repos/list-collaborators': (call) =>
    ok(
      [...call.state.roles].flatMap(([id, role]) => {
        const account = visible(accountOf(call.state, id));
        return account === undefined || role === 'none' ? [] : [collaboratorBody(call, account, role)];
      }),
    ),
  'repos/list-teams': (call) => ok(call.state.teams.map((team) => teamBody(call, team))),
  // Only what profiles show is found, and a part of an address is enough.
  'search/users': (call) => {
    const words = textOf(call.query['q']).toLowerCase().split(' ');
    const wanted = words.filter((word) => !word.includes(':'));
    const found = call.state.accounts.filter(
      (account) =>
        visible(account) !== undefined &&
        wanted.every((word) => (account.publicEmail ?? '').toLowerCase().includes(word)),
    );
    return ok({
      total_count: found.length,
      incomplete_results: false,
      items: found.map((account) => ({ ...userBody(call, account), score: 1 })),
    });
  },
  'teams/get-by-name': (call) => {
    const team = teamOf(call);
    if (team === undefined) return notFound;
    return ok({
      ...teamBody(call, team),
      members_count: team.members.length,
      repos_count: 1,
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
      organization: {
        ...userOrNull(call, 1),
        events_url: `${call.url}/orgs/${call.state.organisation}/events`,
        hooks_url: `${call.url}/orgs/${call.state.organisation}/hooks`,
        issues_url: `${call.url}/orgs/${call.state.organisation}/issues`,
        members_url: `${call.url}/orgs/${call.state.organisation}/members{/member}`,
        public_members_url: `${call.url}/orgs/${call.state.organisation}/public_members{/member}`,
        description: null,
        has_organization_projects: true,
        has_repository_projects: true,
        public_repos: 1,
        public_gists: 0,
        followers: 0,
        following: 0,
        created_at: '2026-01-01T00:00:00Z',
        updated_at: '2026-01-01T00:00:00Z',
        archived_at: null,
        type: 'Organization',
      },
    });
  },
  'teams/list-members-in-org': (call) => {
    const team = teamOf(call);
    if (team === undefined) return notFound;
    return ok(team.members.flatMap((id) => userOrNull(call, id) ?? []));
  },
  'teams/list-pending-invitations-in-org': (call) => {
    const team = teamOf(call);
    if (team === undefined) return notFound;
    return ok(
      team.pending.map((id) => ({
        id: 80_000 + id,
        node_id: '',
        login: accountOf(call.state, id)?.login ?? null,
        email: null,
        role: 'direct_member',
        created_at: '2026-01-01T00:00:00Z',
        inviter: userOrNull(call, 1),
        team_count: 1,
        invitation_teams_url: `${call.url}/organizations/1/invitations/${80_000 + id}/teams`,
      })),
    );
  },
  'teams/get-membership-for-user-in-org': (call) => {
    const team = teamOf(call);
    const account = accountNamed(call.state, textOf(call.path['username']));
    if (team === undefined || account === undefined) return notFound;
    const isActive = team.members.includes(account.id);
    if (!isActive && !team.pending.includes(account.id)) return notFound;
    const url = `${call.url}/organizations/1/team/${team.id}/memberships/${encodeURIComponent(account.login)}`;
    return ok({ url, role: 'member', state: isActive ? 'active' : 'pending' });
  },
  // The server itself answers this, since it counts.
  'rate-limit/get': () => noContent,
} satisfies Record<string, Handler>;
