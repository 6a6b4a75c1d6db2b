import { isForbidden, type Repository } from './octokit.ts';

/**
 * The `role_name` of an account, and not the folded `permission`; null without access, where it cannot be read, and where
 * the login is not, or not seen to be, the account of that number: a login that became free can be somebody else's.
 */
export async function readRole(
  { github, owner, repo }: Repository,
  { login, id }: { login: string; id: number },
): Promise<string | null> {
  try {
    const { data } = await github.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: login });
    return data.user?.id !== id || data.permission === 'none' ? null : data.role_name;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return null;
  }
}
