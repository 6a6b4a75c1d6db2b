/**
 * Binds an approval to content. A trust boundary: an approval is of one commit of a branch, and what is deployed is
 * another commit that a merge, a squash, a rebase or a queue made of it. Which of these it was is never believed: the
 * merge is computed again, and the outcome has to be exactly what is deployed.
 *
 *  B1  What the approved head gives, merged into the commit before, has the tree that is deployed.
 *  B2  That merge brings no commit which the pull request does not hold. Without it, a head that was branched off later
 *      would carry somebody else's change past its own review.
 *  B3  Unknown is never equal: an empty or absent id binds nothing.
 */
export interface ContentToBind {
  deployedCommit: string;
  deployedTree: string | null;
  approvedCommit: string;
  /** The tree that merging the approved commit into the commit before gives, free of conflicts; null: it gives none. */
  mergedTree: string | null;
  /** Commits that this merge brings and the pull request does not hold; null where git cannot say. */
  foreignCommits: readonly string[] | null;
}

export type ContentBinding = { ok: true } | { ok: false; reasonCode: 'content-drift'; message: string };

/** Whether an approval of one commit explains the step from the commit before to the one that is deployed. */
export function bindContent(content: ContentToBind): ContentBinding {
  const { deployedCommit, deployedTree, approvedCommit, mergedTree, foreignCommits } = content;
  const approved = short(approvedCommit);
  if (!isId(approvedCommit) || !isId(deployedCommit))
    return drift(
      `${approved} was approved and ${short(deployedCommit)} is no commit that it can be compared with`,
    );
  if (foreignCommits === null)
    return drift(`git does not know what ${approved} brings; fetch the whole history (\`fetch-depth: 0\`)`);
  const [foreign] = foreignCommits;
  if (foreign !== undefined)
    return drift(
      `${approved} was approved and brings ${short(foreign)} along, which is no part of its pull request: have that approved as well`,
    );
  if (!isId(mergedTree ?? '') || mergedTree !== deployedTree)
    return drift(
      `${approved} was approved and ${short(deployedCommit)} holds something else: have exactly what is deployed approved`,
    );
  return { ok: true };
}

function drift(message: string): ContentBinding {
  return { ok: false, reasonCode: 'content-drift', message };
}

function isId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

function short(commit: string): string {
  return commit === '' ? 'no commit' : commit.slice(0, 12);
}
