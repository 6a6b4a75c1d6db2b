/** Accounts and teams as GitHub's API words them. */
import type { View } from '../call.ts';
import type { JsonObject } from '../json.ts';
import { accountOf, type Account, type RoleName, type Team } from '../state.ts';

/** Where pages for people are; nothing is there. */
export const webUrl = 'https://github.example';

/** A name for GraphQL; nothing reads it. */
export function nodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}:${id}`).toString('base64');
}

export function userBody({ url }: View, account: Account): JsonObject {
  const self = `${url}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('User', account.id),
    avatar_url: `${webUrl}/avatars/${account.id}`,
    gravatar_id: '',
    url: self,
    html_url: `${webUrl}/${encodeURIComponent(account.login)}`,
    followers_url: `${self}/followers`,
    following_url: `${self}/following{/other_user}`,
    gists_url: `${self}/gists{/gist_id}`,
    starred_url: `${self}/starred{/owner}{/repo}`,
    subscriptions_url: `${self}/subscriptions`,
    organizations_url: `${self}/orgs`,
    repos_url: `${self}/repos`,
    events_url: `${self}/events{/privacy}`,
    received_events_url: `${self}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** Null for an account that was deleted: what GitHub shows as a ghost. */
export function userOrNull(view: View, id: number | null): JsonObject | null {
  const account = accountOf(view.state, id);
  return account === null ? null : userBody(view, account);
}

export function profileBody(view: View, account: Account): JsonObject {
  return {
    ...userBody(view, account),
    name: null,
    company: null,
    blog: '',
    location: null,
    email: account.publicEmail ?? null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  };
}

/** `permission` folds: maintain is write, triage is read. */
export function foldedPermission(role: RoleName): string {
  return role === 'maintain' ? 'write' : role === 'triage' ? 'read' : role;
}

export function permissionsOf(role: RoleName): JsonObject {
  const order: RoleName[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];
  const has = (least: RoleName): boolean => order.indexOf(role) >= order.indexOf(least);
  return {
    pull: has('read'),
    triage: has('triage'),
    push: has('write'),
    maintain: has('maintain'),
    admin: has('admin'),
  };
}

export function teamBody({ url, state }: View, team: Team): JsonObject {
  const self = `${url}/organizations/1/team/${team.id}`;
  return {
    id: team.id,
    node_id: nodeId('Team', team.id),
    name: team.slug,
    slug: team.slug,
    description: null,
    privacy: team.isSecret ? 'secret' : 'closed',
    notification_setting: 'notifications_enabled',
    permission: team.role === 'write' ? 'push' : team.role === 'read' ? 'pull' : team.role,
    permissions: permissionsOf(team.role),
    url: self,
    html_url: `${webUrl}/orgs/${state.organisation}/teams/${team.slug}`,
    members_url: `${self}/members{/member}`,
    repositories_url: `${self}/repos`,
    type: 'organization',
    organization_id: 1,
    parent: null,
  };
}
