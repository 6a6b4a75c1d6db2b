import { bindContent, type ContentBinding } from '../../policies/approval/bind-content.ts';
import { printable } from '../report/describe-finding.ts';
import { isObjectId } from '../repository/find-revisions.ts';
import { mergeTree, treeOf } from '../repository/merge-tree.ts';
import { decodePath, splitFields } from '../repository/path-name.ts';
import { readGit, runGit } from '../repository/run-git.ts';

/** What is known of an approved pull request: the head that was approved, and the commits that it holds. */
export interface ApprovedContent {
  headCommit: string;
  commits: ReadonlySet<string>;
}

/** `base` is the commit before the explained ones; null: there is nothing before them. */
export type Explanation =
  | { ok: true; base: string | null }
  | { ok: false; reasonCode: 'content-drift'; message: string; difference: string };

const maxShownPaths = 5;

/**
 * Explains a commit on the default branch, and those before it that came with it, by one approved pull request: a merge
 * commit, a squash, a rebase, what a merge queue made, or the approved head itself. Which method it was is not asked:
 * the merge into each commit that can have been the one before is computed again, the farthest first, because a rebase
 * puts several commits on the branch and only the first of them stands on what was there.
 */
export async function explainCommit(
  repository: string,
  commit: string,
  approved: ApprovedContent,
): Promise<Explanation> {
  const deployedTree = await treeOf(repository, commit);
  let nearest: { base: string | null; binding: ContentBinding; mergedTree: string | null } | null = null;
  for (const base of await possibleBases(repository, commit, approved)) {
    const { headCommit } = approved;
    const foreignCommits = await foreignTo(repository, base, approved);
    const mergedTree = foreignCommits === null ? null : await mergeTree(repository, base, headCommit);
    const binding = bindContent({
      deployedCommit: commit,
      deployedTree,
      approvedCommit: headCommit,
      mergedTree,
      foreignCommits,
    });
    if (binding.ok) return { ok: true, base };
    nearest = { base, binding, mergedTree };
  }
  const message = nearest?.binding.ok === false ? nearest.binding.message : `git has no commit ${commit}`;
  const difference =
    nearest?.mergedTree == null
      ? await describeDifference(repository, nearest?.base ?? null, commit)
      : await describeDifference(repository, nearest.mergedTree, commit);
  return { ok: false, reasonCode: 'content-drift', message, difference };
}

/**
 * The commits that may have stood on the branch before, the farthest first; null stands for nothing. Only a rebase and a
 * fast-forward put several on it, each with one parent and each with a change that the pull request makes as well.
 * Without that, going back to before somebody else's change would count as what was approved.
 */
async function possibleBases(
  repository: string,
  commit: string,
  { headCommit, commits }: ApprovedContent,
): Promise<(string | null)[]> {
  // One more than the pull request has commits: no method puts more on the branch than it holds.
  const printed = await readGit(repository, [
    'log',
    '--first-parent',
    `--max-count=${commits.size + 1}`,
    '--format=%H %T %P',
    '--end-of-options',
    commit,
  ]);
  if (printed === null || !isObjectId(headCommit)) return [];
  const chain = printed.split('\n').map((line) => {
    const [sha = '', tree = '', ...parents] = line.split(' ');
    return { sha, tree, parents };
  });
  const isForward = commit === headCommit;
  const changes = isForward
    ? null
    : await changesOf(repository, [...commits, ...chain.map(({ sha }) => sha)]);
  const own = new Set([...commits].map((sha) => changes?.get(sha)));
  const bases: (string | null)[] = [];
  for (const [index, { sha, tree, parents }] of chain.entries()) {
    const change = changes?.get(sha);
    const isOwn = isForward ? commits.has(sha) : change !== undefined && own.has(change);
    const isEmpty = tree === chain[index + 1]?.tree;
    if (bases.length > 0 && !isOwn && !isEmpty) break;
    bases.push(parents[0] ?? null);
    if (parents[0] === undefined || (parents.length > 1 && !isForward)) break;
    // The newest may be a squash, which has a change of its own.
    if (!isOwn && !isEmpty) break;
  }
  return bases.reverse();
}

/** What each commit changes, as an id that does not depend on where in a file it stands; merges have none. */
async function changesOf(repository: string, commits: readonly string[]): Promise<Map<string, string>> {
  const wanted = `${[...new Set(commits)].filter(isObjectId).join('\n')}\n`;
  const patches = await runGit(
    repository,
    [
      'log',
      '--no-walk=unsorted',
      '--stdin',
      '--ignore-missing',
      '--patch',
      '--unified=0',
      '--full-index',
      '--binary',
      '--no-color',
      '--no-renames',
      '--no-ext-diff',
      '--no-textconv',
    ],
    wanted,
  );
  const printed = patches === null ? null : await runGit(repository, ['patch-id', '--verbatim'], patches);
  const pairs = printed?.toString('latin1').trim().split('\n') ?? [];
  return new Map(
    pairs.flatMap((line): [string, string][] => {
      const [change, commit] = line.split(' ');
      return change === undefined || commit === undefined ? [] : [[commit, change]];
    }),
  );
}

/** What a merge of the approved head into `base` brings beyond the pull request; null where git cannot say. */
async function foreignTo(
  repository: string,
  base: string | null,
  { headCommit, commits }: ApprovedContent,
): Promise<string[] | null> {
  const not = base === null ? [] : [`^${base}`];
  const printed = await readGit(repository, ['rev-list', headCommit, ...not, '--']);
  if (printed === null) return null;
  return printed.split('\n').filter((sha) => sha !== '' && !commits.has(sha));
}

/**
 * What stands in `to` and not in `from`, as one line of at most five paths with their added and removed lines; empty when
 * nothing does. Without `from` it is everything that `to` holds. File names are untrusted, and come out printable.
 */
export async function describeDifference(
  repository: string,
  from: string | null,
  to: string,
): Promise<string> {
  const compared = from === null ? ['--root', to] : [from, to];
  const printed = await runGit(repository, [
    'diff-tree',
    '-r',
    '-z',
    '--numstat',
    '--no-commit-id',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules=none',
    ...compared,
  ]);
  if (printed === null) return 'git cannot say where they differ';
  const paths = splitFields(printed).map((field) => {
    const [added = '', removed = ''] = field.toString('latin1').split('\t', 2);
    const { path } = decodePath(field.subarray(added.length + removed.length + 2));
    const size = added === '-' ? 'binary' : `+${added} −${removed}`;
    return `${printable(path)} (${size})`;
  });
  const shown = paths.slice(0, maxShownPaths).join(', ');
  return paths.length <= maxShownPaths ? shown : `${shown} and ${paths.length - maxShownPaths} more paths`;
}
