/**
 * Where a pull request begins and ends in git. A trust boundary: its own head is the API's word, the base is what the
 * server has now (or had before the merge), and neither is taken from the branch itself.
 */
import { effectFailure } from '../../../stacks/failure.ts';
import { explainCommit } from '../../deployer/explain-commit.ts';
import { readGit } from '../../repository/run-git.ts';
import { fetchCommits, type FetchRequest } from '../fetch-pull.ts';
import type { PullLists } from './read-pull.ts';

export interface PullEnds {
  /** The base as the server has it now; of a merged pull request, the commit that it was merged into. */
  base: string | null;
  head: string;
}

/** Finds both ends, and fetches what is missing. Null: the head moved while it was read, so everything is read again. */
export async function findEnds(
  { pull, commits }: Pick<PullLists, 'pull' | 'commits'>,
  fetching: FetchRequest,
): Promise<PullEnds | null> {
  const { repository } = fetching;
  const head = pull.head.sha;
  await refuseShallow(repository);
  if (!pull.merged) {
    const tip = await fetchEnds(fetching, pull.number, pull.base.ref);
    if (tip !== null) return tip.head === head ? { base: tip.base, head } : null;
    // Origin cannot be asked. What the API last saw of the base is older than what is there, which finds fewer merges.
    await requireCommits(repository, [head, pull.base.sha]);
    return { base: pull.base.sha, head };
  }
  const merge = pull.merge_commit_sha ?? '';
  if (!(await hasCommits(repository, [head, merge]))) {
    await fetchEnds(fetching, pull.number, pull.base.ref);
    await requireCommits(repository, [head, merge]);
  }
  // After a rebase the commit before the merged one is the pull request's own, so the base is worked out, not counted.
  const own = new Set(commits.map(({ sha }) => sha));
  const explained = await explainCommit(repository, merge, { headCommit: head, commits: own });
  if (explained.ok) return { base: explained.base, head };
  await requireCommits(repository, [pull.base.sha]);
  return { base: pull.base.sha, head };
}

async function fetchEnds(
  fetching: FetchRequest,
  number: number,
  base: string,
): Promise<{ base: string; head: string } | null> {
  try {
    const [head, tip] = await fetchCommits(fetching, [`refs/pull/${number}/head`, `refs/heads/${base}`]);
    return head === undefined || tip === undefined ? null : { base: tip, head };
  } catch (error) {
    if (fetching.signal.aborted) throw error;
    return null;
  }
}

/** At the edge of a shallow clone every commit looks like the first, and what is the base's would look like nobody's. */
async function refuseShallow(repository: string): Promise<void> {
  if ((await readGit(repository, ['rev-parse', '--is-shallow-repository'])) === 'false') return;
  throw effectFailure(
    'history-missing',
    'this clone does not hold the whole history, so what a pull request changes cannot be worked out; fetch all of it (`fetch-depth: 0` with actions/checkout)',
    true,
  );
}

async function requireCommits(repository: string, commits: readonly string[]): Promise<void> {
  if (await hasCommits(repository, commits)) return;
  throw effectFailure(
    'history-missing',
    `git does not hold ${commits.map((commit) => commit.slice(0, 12)).join(' and ')}, and origin could not be asked; fetch them, and look at \`contents: read\``,
    true,
  );
}

async function hasCommits(repository: string, commits: readonly string[]): Promise<boolean> {
  for (const commit of commits) {
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return false;
    if ((await readGit(repository, ['cat-file', '-t', commit])) !== 'commit') return false;
  }
  return true;
}
