/** Merging a pull request: the commits that GitHub would make, by each of its methods. */
import {
  addCommits,
  commitTree,
  mergeBase,
  mergeTrees,
  readCommit,
  readCommits,
  refOf,
  setRef,
  type Identity,
  type ReadCommit,
} from '../bare-repository.ts';
import { accountOf, type Pull } from '../state.ts';
import { recordRefChange, tipOf, webFlowIdentity, type Moment } from './ref-change.ts';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface Merged {
  /** What the base was at before. */
  before: string;
  commit: string;
}

/** Merges it into its base; null where it is closed, a draft, or in conflict. */
export function mergePull(
  moment: Moment,
  pull: Pull,
  {
    by,
    method,
    at,
    via = 'pr_merge',
    extra = {},
  }: {
    by: number;
    method: MergeMethod;
    at: string;
    via?: 'pr_merge' | 'merge_queue_merge';
    extra?: Record<string, string>;
  },
): Merged | null {
  const { git, state } = moment;
  const before = tipOf(moment, pull);
  if (before === null || pull.state === 'closed' || pull.isDraft) return null;
  const clean = commitsOfMerge(moment, pull, before, { by, method, at });
  if (clean === null) return null;
  const commit = Object.keys(extra).length === 0 ? clean : amended(moment, clean, extra, by);
  close(pull, { at, by, commit }, before);
  const ref = refOf({ owner: state.organisation, name: pull.base }, state.organisation);
  setRef(git, ref, commit);
  recordRefChange({ ...moment, now: at }, { ref, before, after: commit, by, type: via });
  return { before, commit };
}

/** The same commit with more in it. */
function amended(moment: Moment, sha: string, files: Record<string, string>, by: number): string {
  const { git, now: at } = moment;
  const commit = readCommit(git, sha);
  const who = { ...identityOf(moment, by), at };
  const [after = ''] = addCommits(git, sha, [{ files, author: who, committer: who, message: 'more\n', at }]);
  const tree = readCommit(git, after)?.tree ?? '';
  return commitTree(git, tree, commit?.parents ?? [], { author: who, committer: who }, commit?.message ?? '');
}

/** Marks it as merged, and keeps from where its commits count as it was before. */
export function close(pull: Pull, merged: { at: string; by: number; commit: string }, before: string): void {
  pull.baseCommit = before;
  pull.state = 'closed';
  pull.closedAt = merged.at;
  pull.updatedAt = merged.at;
  pull.merged = merged;
}

/** The commit that the base would be at, without moving it; null where they conflict. */
export function commitsOfMerge(
  moment: Moment,
  pull: Pull,
  base: string,
  { by, method, at }: { by: number; method: MergeMethod; at: string },
): string | null {
  const { git, state } = moment;
  if (method === 'rebase') return rebased(moment, pull, base, by, at);
  const tree = mergeTrees(git, base, pull.headCommit);
  if (tree === null) return null;
  const committer = { ...webFlowIdentity, at };
  const author = { ...identityOf(moment, method === 'squash' ? (pull.by ?? by) : by), at };
  const [parents, message] =
    method === 'merge'
      ? [
          [base, pull.headCommit],
          `Merge pull request #${pull.number} from ${pull.head.owner}/${pull.head.name}\n\n${pull.title}`,
        ]
      : [[base], `${pull.title} (#${pull.number})${coAuthorsOf(moment, pull)}`];
  const commit = commitTree(git, tree, parents, { author, committer }, message);
  state.verified.add(commit);
  return commit;
}

/** How GitHub signs for an account that shows no e-mail address. */
export function identityOf({ state }: Moment, id: number): Identity {
  const account = accountOf(state, id);
  return { name: account?.login ?? 'ghost', email: account?.emails[0] ?? webFlowIdentity.email };
}

/** Those who wrote commits of a squashed pull request beside its author. */
function coAuthorsOf(moment: Moment, pull: Pull): string {
  const own = identityOf(moment, pull.by ?? 0).email;
  const commits = readCommits(moment.git, [`${pull.baseCommit}..${pull.headCommit}`]);
  const others = new Map(
    commits.map(({ author }): [string, string] => [
      author.email,
      `Co-authored-by: ${author.name} <${author.email}>`,
    ]),
  );
  others.delete(own);
  return others.size === 0 ? '' : `\n\n${[...others.values()].join('\n')}`;
}

/** Each commit again on the base: the authors stay, the committer is who merges, and no signature is left. */
function rebased(moment: Moment, pull: Pull, base: string, by: number, at: string): string | null {
  const { git } = moment;
  const start = mergeBase(git, base, pull.headCommit);
  if (start === null) return null;
  let onto = base;
  for (const commit of readCommits(git, ['--no-merges', `${start}..${pull.headCommit}`])) {
    const tree = pickedTree(moment, commit, onto);
    if (tree === null) return null;
    const committer = { ...identityOf(moment, by), at };
    onto = commitTree(git, tree, [onto], { author: commit.author, committer }, commit.message);
  }
  return onto;
}

/** The tree after a commit's own change was made on another commit: a merge whose base is that commit's parent. */
function pickedTree({ git }: Moment, commit: ReadCommit, onto: string): string | null {
  const [parent] = commit.parents;
  const target = readCommit(git, onto);
  if (parent === undefined || target === undefined) return null;
  const stand = commitTree(git, target.tree, [parent], target, 'what it is picked onto');
  return mergeTrees(git, stand, commit.sha);
}
