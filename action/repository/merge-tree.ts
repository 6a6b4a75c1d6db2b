import { isObjectId } from './find-revisions.ts';
import { readGit } from './run-git.ts';

/**
 * The tree that merging `theirs` into `ours` gives, computed without touching work tree or index; null when the merge
 * has conflicts, or git cannot say. Where nothing was there before (`ours` is null), it is the tree of `theirs`.
 */
export async function mergeTree(
  repository: string,
  ours: string | null,
  theirs: string,
): Promise<string | null> {
  if (!isObjectId(theirs) || (ours !== null && !isObjectId(ours))) return null;
  if (ours === null) return await treeOf(repository, theirs);
  const printed = await readGit(repository, ['merge-tree', '--write-tree', '--no-messages', ours, theirs]);
  const tree = printed?.split('\n')[0] ?? '';
  return isObjectId(tree) ? tree : null;
}

/** The tree of a commit; null when git has no such commit. */
export async function treeOf(repository: string, commit: string): Promise<string | null> {
  if (!isObjectId(commit)) return null;
  return await readGit(repository, ['rev-parse', '--verify', '--quiet', `${commit}^{tree}`]);
}
