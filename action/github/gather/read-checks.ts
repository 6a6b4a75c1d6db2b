import type { ApprovalEvidence } from '../../../policies/approval/evidence.ts';
import type { RestEndpointMethodTypes } from '@octokit/rest';
import { isForbidden, type Repository } from '../octokit.ts';
import { readList } from './read-list.ts';

export type CheckRun =
  RestEndpointMethodTypes['checks']['listForRef']['response']['data']['check_runs'][number];
type Checks = NonNullable<ApprovalEvidence['checks']>;

/** The newest check runs of a commit; null where the token may not read them. */
export async function readCheckRuns(
  { github, owner, repo }: Repository,
  commit: string,
): Promise<CheckRun[] | null> {
  try {
    return await readList(
      'check runs',
      () =>
        github.paginate.iterator(github.rest.checks.listForRef, { owner, repo, ref: commit, per_page: 100 }),
      ({ id, status, conclusion }) => `${id} ${status} ${conclusion ?? ''}`,
    );
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return null;
  }
}

/**
 * The checks of a commit as evidence. Commit statuses, the older kind, are read only where a check that the policy asks
 * for is no check run. Undefined where nothing may be read: what is required is then unknown.
 */
export async function readChecks(
  repository: Repository,
  commit: string,
  runs: readonly CheckRun[] | null,
  required: readonly string[],
): Promise<Checks | undefined> {
  const checks: Checks = (runs ?? []).map(({ name, app, status, conclusion }) => ({
    name,
    app_id: app?.id ?? null,
    status,
    conclusion,
  }));
  const isMissing = required.some((wanted) => !checks.some(({ name }) => name === wanted));
  const statuses = isMissing ? await readStatuses(repository, commit) : [];
  if (runs === null && (statuses === null || !isMissing)) return undefined;
  return [...checks, ...(statuses ?? [])];
}

async function readStatuses({ github, owner, repo }: Repository, ref: string): Promise<Checks | null> {
  try {
    const statuses = await readList(
      'commit statuses',
      () =>
        github.paginate.iterator(github.rest.repos.listCommitStatusesForRef, {
          owner,
          repo,
          ref,
          per_page: 100,
        }),
      ({ id }) => String(id),
    );
    // The newest comes first; what a context said before is no longer so.
    const newest = new Map(statuses.toReversed().map(({ context, state }) => [context, state]));
    return [...newest].map(([name, state]) => ({
      name,
      status: state === 'pending' ? 'in_progress' : 'completed',
      conclusion: state === 'pending' ? null : state === 'success' ? 'success' : 'failure',
    }));
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return null;
  }
}
