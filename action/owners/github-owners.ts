/**
 * What GitHub says of owners and of the file itself. Only reads, and guesses nothing: what the token may not see is said
 * to be unreadable, because a team that is hidden and one that does not exist answer alike.
 */
import type { OwnerCheck, OwnerFinding } from '../../policies/approval/code-owners-audit.ts';
import { mayOwnCode } from '../../policies/approval/owner-standing.ts';
import { gitHubFailure, isForbidden, statusOf, type Repository } from '../github/octokit.ts';
import { able, addressCheck } from './owner-checks.ts';

/** Asks about each owner once, one after the other: GitHub slows down who asks for much at the same time. */
export async function checkOwnersOnGitHub(
  owners: readonly string[],
  repository: Repository,
): Promise<Map<string, OwnerCheck>> {
  const checks = new Map<string, OwnerCheck>();
  let teams: { permissions: TeamPermissions } | undefined;
  for (const owner of owners) {
    const [name = '', slug] = owner.slice(1).split('/');
    try {
      if (!owner.startsWith('@')) checks.set(owner, addressCheck);
      else if (slug === undefined) checks.set(owner, await checkPerson(name, repository));
      else {
        teams ??= { permissions: await listTeams(repository) };
        checks.set(owner, await checkTeam(name, slug, repository, teams.permissions));
      }
    } catch (error) {
      throw gitHubFailure(`the owner ${owner} could not be looked up`, error);
    }
  }
  return checks;
}

async function checkPerson(username: string, { github, owner, repo }: Repository): Promise<OwnerCheck> {
  try {
    const { data } = await github.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username });
    return mayOwnCode(data.role_name)
      ? able
      : { verdict: 'no-write', reason: `cannot write to the repository (its role is ${data.role_name})` };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    if (statusOf(error) !== 404) return mayNotSee;
  }
  // Not found: nobody of that name, or a token that may not ask. Whether there is such an account, everybody may ask.
  try {
    await github.rest.users.getByUsername({ username });
    return { verdict: 'no-write', reason: 'cannot write to the repository' };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return statusOf(error) === 404 ? { verdict: 'unknown', reason: 'is no account on GitHub' } : mayNotSee;
  }
}

const teamsHidden: OwnerCheck = {
  verdict: 'unreadable',
  reason: 'may not be looked up with this token: what teams may do needs the right to read `administration`',
};
const mayNotSee: OwnerCheck = { verdict: 'unreadable', reason: 'may not be looked up with this token' };

/** What each team may do in the repository, by its slug; null: the token may not ask, which says nothing of any team. */
type TeamPermissions = ReadonlyMap<string, string> | null;

async function listTeams({ github, owner, repo }: Repository): Promise<TeamPermissions> {
  try {
    const teams = await github.paginate(github.rest.repos.listTeams, { owner, repo, per_page: 100 });
    return new Map(teams.map(({ slug, permission }) => [slug.toLowerCase(), permission]));
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return null;
  }
}

const writes: ReadonlySet<string> = new Set(['push', 'maintain', 'admin']);
// GitHub nests teams no deeper than people can follow; the bound is against an answer that goes round.
const maxParents = 20;

async function checkTeam(
  org: string,
  slug: string,
  { github, owner }: Repository,
  teams: TeamPermissions,
): Promise<OwnerCheck> {
  if (org.toLowerCase() !== owner.toLowerCase()) {
    return { verdict: 'unknown', reason: `is no team of ${owner}, and only those own code here` };
  }
  if (teams === null) return teamsHidden;
  // A team has what its parents have.
  let at = slug.toLowerCase();
  for (let steps = 0; steps < maxParents; steps++) {
    const permission = teams.get(at);
    if (permission !== undefined && writes.has(permission)) return able;
    try {
      const { data } = await github.rest.teams.getByName({ org, team_slug: at });
      if (data.parent == null) break;
      at = data.parent.slug.toLowerCase();
    } catch (error) {
      if (!isForbidden(error)) throw error;
      if (permission !== undefined) break;
      return { verdict: 'unreadable', reason: 'is no team, or one that this token may not see' };
    }
  }
  return { verdict: 'no-write', reason: 'has no write access to the repository as a team' };
}

/** One error that GitHub itself reports. */
export interface GitHubOwnersError {
  path: string;
  line: number;
  column: number;
  kind: string;
  suggestion: string | null;
}

/** What GitHub reports of the file in a commit; null when it does not know the commit, or the token may not ask. */
export async function readGitHubErrors(
  { github, owner, repo }: Repository,
  commit: string,
): Promise<GitHubOwnersError[] | null> {
  try {
    const { data } = await github.rest.repos.codeownersErrors({ owner, repo, ref: commit });
    return data.errors.map(({ path, line, column, kind, suggestion }) => {
      return { path, line, column, kind, suggestion: suggestion ?? null };
    });
  } catch (error) {
    if (isForbidden(error)) return null;
    throw gitHubFailure("GitHub's own errors of CODEOWNERS could not be read", error);
  }
}

/** Where GitHub and the findings here differ, line by line; what only GitHub reports is a finding too. */
export function compareWithGitHub(
  path: string,
  findings: readonly OwnerFinding[],
  errors: readonly GitHubOwnersError[],
): { onlyGitHub: OwnerFinding[]; onlyHere: OwnerFinding[] } {
  const ours = findings.filter(({ code }) => comparable.has(code));
  const ourLines = new Set(ours.map(({ line }) => line));
  const theirLines = new Set(errors.map(({ line }) => line));
  return {
    onlyGitHub: errors
      .filter((error) => error.path !== path || !ourLines.has(error.line))
      .map(({ path: where, line, column, kind, suggestion }) => ({
        code: 'reported-by-github',
        level: 'error',
        path: where,
        line,
        column,
        message: `GitHub reports: ${kind}`,
        remedy: suggestion ?? 'look at the line where GitHub shows the file',
      })),
    onlyHere: ours.filter(({ line }) => !theirLines.has(line ?? 0)),
  };
}

/** What GitHub's own list is of. */
const comparable: ReadonlySet<OwnerFinding['code']> = new Set([
  'invalid-line',
  'unknown-owner',
  'owner-without-write',
]);
