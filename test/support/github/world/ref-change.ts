/** What follows from a branch's change: an entry in the activity list, and pull requests that look at it again. */
import {
  commitTree,
  isAncestor,
  mergeTrees,
  noCommit,
  refOf,
  resolveCommit,
  setRef,
} from '../bare-repository.ts';
import type { View } from '../call.ts';
import { nextId, type Activity, type Pull } from '../state.ts';

/** A view at a moment. */
export interface Moment extends View {
  now: string;
}

export interface RefChange {
  ref: string;
  before: string | null;
  after: string | null;
  /** Null once the account was deleted. */
  by: number | null;
  type?: Activity['type'];
}

export const webFlowIdentity = { name: 'GitHub', email: 'noreply@github.com' };

/** Records the change of a ref that was made already; returns the open pull requests whose head it moved. */
export function recordRefChange(moment: Moment, change: RefChange): Pull[] {
  const { state, now } = moment;
  const { before, after } = change;
  // A fork's branch is called in the fork as any other is.
  const [, fork, forkBranch] = /^refs\/forks\/([^/]+)\/heads\/(.+)$/.exec(change.ref) ?? [];
  const owner = fork ?? state.organisation;
  const ref = forkBranch === undefined ? change.ref : `refs/heads/${forkBranch}`;
  if (before === after || (!ref.startsWith('refs/heads/') && !ref.startsWith('refs/tags/'))) return [];
  state.activities.push({
    id: nextId(state),
    owner,
    before: before ?? noCommit,
    after: after ?? noCommit,
    ref,
    at: now,
    type: change.type ?? typeOf(moment, before, after),
    by: change.by,
  });
  const branch = ref.replace('refs/heads/', '');
  const moved: Pull[] = [];
  for (const pull of state.pulls.filter((one) => one.state === 'open')) {
    if (pull.head.owner === owner && pull.head.name === branch && after !== null) {
      moved.push(pull);
      // What its commits count from is looked at again when the head moves, and not whenever the base does.
      pull.baseCommit = tipOf(moment, pull) ?? pull.baseCommit;
      pull.headCommit = after;
      pull.updatedAt = now;
      refreshPullRefs(moment, pull);
    } else if (owner === state.organisation && pull.base === branch) {
      refreshPullRefs(moment, pull);
    }
  }
  return moved;
}

function typeOf({ git }: Moment, before: string | null, after: string | null): Activity['type'] {
  if (before === null) return 'branch_creation';
  if (after === null) return 'branch_deletion';
  return isAncestor(git, before, after) ? 'push' : 'force_push';
}

/** The commit that the pull request's base is at now. */
export function tipOf({ git, state }: View, pull: Pull): string | null {
  return resolveCommit(git, refOf({ owner: state.organisation, name: pull.base }, state.organisation));
}

/** Keeps `refs/pull/N/head` and, where they merge, `refs/pull/N/merge`. */
export function refreshPullRefs(moment: Moment, pull: Pull): void {
  const { git, now, state } = moment;
  setRef(git, `refs/pull/${pull.number}/head`, pull.headCommit);
  const tip = tipOf(moment, pull);
  const tree = tip === null ? null : mergeTrees(git, tip, pull.headCommit);
  if (tip === null || tree === null) {
    pull.testMerge = null;
    if (resolveCommit(git, `refs/pull/${pull.number}/merge`) !== null)
      setRef(git, `refs/pull/${pull.number}/merge`, null);
    return;
  }
  const author = state.accounts.find(({ id }) => id === pull.by);
  const by = {
    author: { name: author?.login ?? 'ghost', email: author?.emails[0] ?? webFlowIdentity.email, at: now },
    committer: { ...webFlowIdentity, at: now },
  };
  const message = `Merge ${pull.headCommit} into ${tip}`;
  pull.testMerge = commitTree(git, tree, [tip, pull.headCommit], by, message);
  state.verified.add(pull.testMerge);
  setRef(git, `refs/pull/${pull.number}/merge`, pull.testMerge);
}
