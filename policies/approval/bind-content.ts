/** What git says about two commits; null where it cannot say. */
export interface ContentToBind {
  deployedCommit: string;
  deployedTree: string | null;
  approvedCommit: string;
  approvedTree: string | null;
  /** The tree that merging the approved commit into the deployed commit's base gives, recomputed and free of conflicts. */
  mergedTree?: string | null;
}

export type ContentBinding =
  | { ok: true; via: 'commit' | 'tree' | 'merge' }
  | { ok: false; reasonCode: 'content-drift'; message: string };

/**
 * Whether an approval of one commit covers the content that is deployed: it is that commit, it has the same tree, or
 * its tree is what merging the approved commit gives. Unknown is never equal: an empty or absent id covers nothing.
 */
export function bindContent(content: ContentToBind): ContentBinding {
  const { deployedCommit, deployedTree, approvedCommit, approvedTree, mergedTree } = content;
  if (deployedCommit !== '' && deployedCommit === approvedCommit) return { ok: true, via: 'commit' };
  if (isSame(deployedTree, approvedTree)) return { ok: true, via: 'tree' };
  if (isSame(deployedTree, mergedTree ?? null)) return { ok: true, via: 'merge' };
  return {
    ok: false,
    reasonCode: 'content-drift',
    message: `${short(approvedCommit)} was approved and ${short(deployedCommit)} holds something else: have exactly what is deployed approved`,
  };
}

function isSame(deployed: string | null, other: string | null): boolean {
  return deployed !== null && deployed !== '' && deployed === other;
}

function short(commit: string): string {
  return commit === '' ? 'no commit' : commit.slice(0, 12);
}
