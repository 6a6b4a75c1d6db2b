import type { ApprovalEvidence } from '../../../policies/approval/evidence.ts';
import type { ApprovalSource } from '../../deployer/approval-source.ts';
import { Failure } from '../../../stacks/failure.ts';
import { gitHubFailure, statusOf, type Repository } from '../octokit.ts';
import { gatherPullEvidence, type GatherOptions } from './gather-pull-evidence.ts';

/** The reviews that GitHub knows of the merged pull requests behind a commit, read anew each time it is asked. */
export function gitHubEvidence(
  repository: Repository,
  commit: string,
  options: GatherOptions,
): ApprovalSource & Required<Pick<ApprovalSource, 'gatherFor'>> {
  const gatherFor = async (sought: string): Promise<ApprovalEvidence[]> => {
    try {
      const evidence: ApprovalEvidence[] = [];
      for (const number of await mergedPullsOf(repository, sought))
        evidence.push(await gatherPullEvidence(repository, number, options));
      return evidence;
    } catch (error) {
      // What is no answer of GitHub's is a fault of this program, and shows as one.
      if (error instanceof Failure || statusOf(error) === undefined) throw error;
      throw gitHubFailure('the reviews could not be read', error);
    }
  };
  return {
    name: `the reviews on GitHub of ${repository.owner}/${repository.repo}`,
    gather: async () => (await gatherFor(commit))[0] ?? null,
    gatherFor,
  };
}

/**
 * The merged pull requests that hold a commit, those first whose merge it is: several can hold one, and a commit in the middle of a
 * rebase is nobody's merge. Only where to look: what explains the commit is worked out from its content.
 */
async function mergedPullsOf(repository: Repository, commit: string): Promise<number[]> {
  const merged = (await pullsOf(repository, commit)).filter(({ isMerged }) => isMerged);
  return merged.sort((a, b) => Number(b.isOwn) - Number(a.isOwn)).map(({ number }) => number);
}

/** Every pull request that holds a commit, open ones too. `isOwn`: the commit is its merge. */
export async function pullsOf(
  { github, owner, repo }: Repository,
  commit: string,
): Promise<{ number: number; isMerged: boolean; isOwn: boolean }[]> {
  const pulls = await github.paginate(github.rest.repos.listPullRequestsAssociatedWithCommit, {
    owner,
    repo,
    commit_sha: commit,
    per_page: 100,
  });
  return pulls.map(({ number, merged_at, merge_commit_sha }) => ({
    number,
    isMerged: merged_at !== null,
    isOwn: merge_commit_sha === commit,
  }));
}
