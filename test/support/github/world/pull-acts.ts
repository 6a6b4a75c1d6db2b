/** Pushing, and opening and changing pull requests. */
import {
  addCommits,
  commitTree,
  isAncestor,
  noCommit,
  refOf,
  resolveCommit,
  setRef,
  type Identity,
} from '../bare-repository.ts';
import { nextId, type Branch, type Pull } from '../state.ts';
import type { Store } from '../store.ts';
import { labelOf, pullDelivery, pushDelivery, type Delivery } from '../webhooks.ts';
import { identityOf } from './merge.ts';
import { accountCalled, issueNumbered, pullNumbered } from './named.ts';
import { recordRefChange, refreshPullRefs, tipOf, webFlowIdentity, type Moment } from './ref-change.ts';

/** Text by path; null removes the file. */
export type Files = Record<string, string | Buffer | null>;

export interface Push {
  by: string;
  files?: Files;
  /** New path by old one. */
  renames?: Record<string, string>;
  message?: string;
  /** Whose the commit says it is: a login, or a name and an address that may be nobody's. Who pushes, without it. */
  author?: string | Identity;
  committer?: string | Identity;
  coAuthors?: (string | Identity)[];
  /** Begin again at the base instead of going on from the head. */
  force?: boolean;
  /** The commit to go on from, or to set the branch to when no files are given. */
  from?: string;
  isSigned?: boolean;
  /** Edited on the web: GitHub commits and signs it. */
  isOnWeb?: boolean;
  /** Several commits instead of one. */
  commits?: Omit<Push, 'by' | 'commits' | 'force' | 'from'>[];
}

export interface Pushed {
  head: string;
  deliveries: Delivery[];
}

export interface PullActs {
  /** Straight to a branch of the repository (the default one, unless named), as the first content gets there. */
  pushBranch(push: Push & { branch?: string }): Pushed;
  openPull(
    pull: Push & {
      branch: string;
      title: string;
      body?: string;
      draft?: boolean;
      fork?: boolean;
      base?: string;
    },
  ): Pushed & { number: number };
  push(number: number, push: Push): Pushed;
  /** GitHub's button that merges the base into the pull request's branch. */
  updateBranch(number: number, by: { by: string }): Pushed;
  retarget(number: number, branch: string, by?: { by: string }): Delivery[];
  edit(number: number, change: { by: string; title?: string; body?: string }): Delivery[];
  setDraft(number: number, isDraft: boolean, by?: { by: string }): Delivery[];
  close(number: number, by: { by: string }): Delivery[];
  reopen(number: number, by: { by: string }): Delivery[];
  label(number: number, name: string, by?: { by: string }): Delivery[];
  unlabel(number: number, name: string, by?: { by: string }): Delivery[];
  openIssue(issue: { by: string; title: string; body?: string }): number;
}

export function pullActs(store: Store): PullActs {
  const { state, git } = store;
  const moment = (): Moment => ({ state, git, url: store.url, now: store.clock.tick() });
  const owner = (number: number): string => {
    const { by } = issueNumbered(state, number);
    return state.accounts.find(({ id }) => id === by)?.login ?? state.organisation;
  };

  const toBranch = (at: Moment, branch: Branch, push: Push, start: string | null): Pushed => {
    const { id } = accountCalled(state, push.by);
    const ref = refOf(branch, state.organisation);
    const before = resolveCommit(git, ref);
    const parent = push.from ?? (push.force === true || before === null ? start : before);
    const list = push.commits ?? (push.files === undefined && push.renames === undefined ? [] : [push]);
    const after = list.length === 0 ? parent : commitsOf(at, list, push, parent);
    if (after === null) throw new Error('a push without a commit');
    if (before !== null && push.force !== true && !isAncestor(git, before, after))
      throw new Error('Update is not a fast forward; GitHub takes it with force only');
    setRef(git, ref, after);
    const change = { ref, before, after, by: id };
    const moved = recordRefChange(at, change);
    const deliveries = moved.map((pull) =>
      pullDelivery(at, 'synchronize', pull, id, { before: before ?? noCommit, after }),
    );
    const pushed = pushDelivery(at, change);
    return { head: after, deliveries: pushed === null ? deliveries : [...deliveries, pushed] };
  };

  const commitsOf = (
    at: Moment,
    list: readonly Omit<Push, 'by'>[],
    push: Push,
    parent: string | null,
  ): string | null => {
    const who = (named: string | Identity): Identity =>
      typeof named === 'string' ? identityOf(at, accountCalled(state, named).id) : named;
    const made = addCommits(
      git,
      parent,
      list.map((one, index) => {
        const author = who(one.author ?? push.author ?? push.by);
        const coAuthors = (one.coAuthors ?? push.coAuthors ?? []).map(who);
        const trailers = coAuthors.map(({ name, email }) => `\nCo-authored-by: ${name} <${email}>`).join('');
        return {
          files: one.files ?? {},
          ...(one.renames === undefined ? {} : { renames: one.renames }),
          author,
          committer: one.isOnWeb === true ? webFlowIdentity : who(one.committer ?? push.committer ?? author),
          message: `${one.message ?? `Change ${index + 1}`}${trailers === '' ? '' : `\n${trailers}`}\n`,
          at: at.now,
        };
      }),
    );
    list.forEach((one, index) => {
      const sha = made[index];
      const isVerified = (one.isSigned ?? push.isSigned) === true || one.isOnWeb === true;
      if (isVerified && sha !== undefined) state.verified.add(sha);
    });
    return made.at(-1) ?? null;
  };

  const changed = (
    number: number,
    by: string | undefined,
    change: (pull: Pull, at: Moment, id: number) => Delivery,
  ) => {
    const at = moment();
    const pull = pullNumbered(state, number);
    pull.updatedAt = at.now;
    return [change(pull, at, accountCalled(state, by ?? owner(number)).id)];
  };
  const recorded = (at: Moment, pull: Pull, event: string, id: number, more: object = {}): void =>
    void state.timeline.push({ id: nextId(state), issue: pull.number, event, by: id, at: at.now, ...more });

  return {
    pushBranch: ({ branch = state.defaultBranch, ...push }) =>
      toBranch(
        moment(),
        { owner: state.organisation, name: branch },
        push,
        resolveCommit(git, `refs/heads/${state.defaultBranch}`),
      ),
    openPull({ branch, title, body = '', draft = false, fork = false, base = state.defaultBranch, ...push }) {
      const { id, login } = accountCalled(state, push.by);
      const head = { owner: fork ? login : state.organisation, name: branch };
      if (fork && !state.forks.includes(login)) state.forks.push(login);
      const at = moment();
      const start = resolveCommit(git, `refs/heads/${base}`);
      if (start === null) throw new Error(`there is no branch ${base}; push to it first`);
      const pushed = toBranch(at, head, push, start);
      const pull: Pull = {
        id: nextId(state),
        number: ++state.lastNumber,
        by: id,
        title,
        body,
        isDraft: draft,
        state: 'open',
        base,
        baseCommit: start,
        head,
        headCommit: pushed.head,
        isHeadDeleted: false,
        testMerge: null,
        labels: [],
        createdAt: at.now,
        updatedAt: at.now,
        closedAt: null,
        merged: null,
      };
      state.pulls.push(pull);
      refreshPullRefs(at, pull);
      const deliveries = [...pushed.deliveries, pullDelivery(at, 'opened', pull, id)];
      return { number: pull.number, head: pushed.head, deliveries };
    },
    push(number, push) {
      const pull = pullNumbered(state, number);
      return toBranch(moment(), pull.head, push, resolveCommit(git, `refs/heads/${pull.base}`));
    },
    updateBranch(number, { by }) {
      const at = moment();
      const pull = pullNumbered(state, number);
      const tip = tipOf(at, pull);
      if (pull.testMerge === null || tip === null)
        throw new Error('GitHub: merge conflict between base and head');
      const tree = git.run(['rev-parse', `${pull.testMerge}^{tree}`]);
      const author = { ...identityOf(at, accountCalled(state, by).id), at: at.now };
      const message = `Merge branch '${pull.base}' into ${pull.head.name}`;
      const committer = { ...webFlowIdentity, at: at.now };
      const merge = commitTree(git, tree, [pull.headCommit, tip], { author, committer }, message);
      state.verified.add(merge);
      return toBranch(at, pull.head, { by, from: merge }, null);
    },
    retarget: (number, branch, by) =>
      changed(number, by?.by, (pull, at, id) => {
        const from = pull.base;
        const before = pull.baseCommit;
        pull.base = branch;
        pull.baseCommit = tipOf(at, pull) ?? pull.baseCommit;
        refreshPullRefs(at, pull);
        recorded(at, pull, 'base_ref_changed', id);
        return pullDelivery(at, 'edited', pull, id, {
          changes: { base: { ref: { from }, sha: { from: before } } },
        });
      }),
    edit: (number, { by, title, body }) =>
      changed(number, by, (pull, at, id) => {
        const changes = {
          ...(title === undefined ? {} : { title: { from: pull.title } }),
          ...(body === undefined ? {} : { body: { from: pull.body } }),
        };
        if (title !== undefined)
          recorded(at, pull, 'renamed', id, { rename: { from: pull.title, to: title } });
        pull.title = title ?? pull.title;
        pull.body = body ?? pull.body;
        return pullDelivery(at, 'edited', pull, id, { changes });
      }),
    setDraft: (number, isDraft, by) =>
      changed(number, by?.by, (pull, at, id) => {
        pull.isDraft = isDraft;
        const action = isDraft ? 'converted_to_draft' : 'ready_for_review';
        recorded(at, pull, isDraft ? 'convert_to_draft' : action, id);
        return pullDelivery(at, action, pull, id);
      }),
    close: (number, { by }) =>
      changed(number, by, (pull, at, id) => {
        pull.state = 'closed';
        pull.closedAt = at.now;
        recorded(at, pull, 'closed', id);
        return pullDelivery(at, 'closed', pull, id);
      }),
    reopen: (number, { by }) =>
      changed(number, by, (pull, at, id) => {
        pull.state = 'open';
        pull.closedAt = null;
        recorded(at, pull, 'reopened', id);
        return pullDelivery(at, 'reopened', pull, id);
      }),
    label: (number, name, by) =>
      changed(number, by?.by, (pull, at, id) => {
        if (!state.labels.includes(name)) state.labels.push(name);
        if (!pull.labels.includes(name)) pull.labels.push(name);
        recorded(at, pull, 'labeled', id, { label: name });
        return pullDelivery(at, 'labeled', pull, id, labelOf(at, name));
      }),
    unlabel: (number, name, by) =>
      changed(number, by?.by, (pull, at, id) => {
        pull.labels = pull.labels.filter((one) => one !== name);
        recorded(at, pull, 'unlabeled', id, { label: name });
        return pullDelivery(at, 'unlabeled', pull, id, labelOf(at, name));
      }),
    openIssue({ by, title, body = '' }) {
      const at = store.clock.tick();
      const { id } = accountCalled(state, by);
      const number = ++state.lastNumber;
      const dates = { createdAt: at, updatedAt: at, closedAt: null };
      state.issues.push({
        id: nextId(state),
        number,
        by: id,
        title,
        body,
        state: 'open',
        labels: [],
        ...dates,
      });
      return number;
    },
  };
}
