import { statusOf, type Repository } from './octokit.ts';

// github-actions[bot] on github.com, which every workflow token writes as.
const actionsBotId = 41898282;

/**
 * The number of the account that this token writes as. A workflow's token may not ask who it is; then what it writes is
 * by GitHub's own bot of that server.
 */
export async function ownAccountId({ github }: Pick<Repository, 'github'>): Promise<number> {
  try {
    return (await github.rest.users.getAuthenticated()).data.id;
  } catch (error) {
    if (statusOf(error) !== 403 && statusOf(error) !== 401) throw error;
  }
  try {
    return (await github.rest.users.getByUsername({ username: 'github-actions[bot]' })).data.id;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return actionsBotId;
  }
}
