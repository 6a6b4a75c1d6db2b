import type { Repository } from './octokit.ts';

/** The number of the pull request whose merge is this commit; null when none is. */
export async function pullOfCommit(
  { github, owner, repo }: Repository,
  commit: string,
): Promise<number | null> {
  const { data } = await github.rest.repos.listPullRequestsAssociatedWithCommit({
    owner,
    repo,
    commit_sha: commit,
    per_page: 100,
  });
  const merged = data.find((pull) => pull.merged_at !== null && pull.merge_commit_sha === commit);
  return merged?.number ?? null;
}
