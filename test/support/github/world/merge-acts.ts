/** Merging, at once or through a merge queue. */
import { resolveCommit, setRef } from '../bare-repository.ts';
import { webFlow, type Pull } from '../state.ts';
import type { Store } from '../store.ts';
import { mergeGroupDelivery, pullDelivery, pushDelivery, type Delivery } from '../webhooks.ts';
import { close, commitsOfMerge, mergePull, type MergeMethod } from './merge.ts';
import { accountCalled, pullNumbered } from './named.ts';
import { recordRefChange, tipOf, type Moment } from './ref-change.ts';

export interface MergeOutcome {
  commit: string;
  deliveries: Delivery[];
}

/** What waits in the merge queue: a commit on top of the base, or of what waits before it. */
export interface QueuedGroup {
  /** `refs/heads/gh-readonly-queue/main/pr-N-<sha>`. */
  ref: string;
  head: string;
  base: string;
  deliveries: Delivery[];
}

export interface MergeActs {
  /** `extra`: what somebody who may push puts into the merge that they made by hand. */
  merge(
    number: number,
    how: { by: string; method?: MergeMethod | 'queue'; extra?: Record<string, string> },
  ): MergeOutcome;
  /** Puts it into the queue, whose checks then have to pass. */
  enqueue(number: number, how: { by: string; method?: MergeMethod }): QueuedGroup;
  /** The queue merges what passed: the base moves to the very commit that was checked. */
  finishQueue(number: number, by: { by: string }): MergeOutcome;
  /** Takes it out of the queue again, since a check failed or somebody wanted so. */
  dequeue(number: number, by: { by: string }): Delivery[];
}

interface Waiting extends Omit<QueuedGroup, 'deliveries'> {
  number: number;
  baseRef: string;
}

export function mergeActs(store: Store): MergeActs {
  const { state, git } = store;
  const queue: Waiting[] = [];
  const moment = (): Moment => ({ state, git, url: store.url, now: store.clock.tick() });
  const waiting = (number: number): Waiting => {
    const group = queue.find((one) => one.number === number);
    if (group === undefined) throw new Error(`the pull request ${number} is not in the queue`);
    return group;
  };
  const leave = (group: Waiting): void => {
    queue.splice(queue.indexOf(group), 1);
    setRef(git, group.ref, null);
  };
  const moved = (at: Moment, pull: Pull, before: string, commit: string, by: number): Delivery[] => {
    const push = pushDelivery(at, { ref: `refs/heads/${pull.base}`, before, after: commit, by });
    return [pullDelivery(at, 'closed', pull, by), ...(push === null ? [] : [push])];
  };

  const acts: MergeActs = {
    merge(number, { by, method = 'merge', extra = {} }) {
      if (method === 'queue') {
        const queued = acts.enqueue(number, { by });
        const done = acts.finishQueue(number, { by });
        return { commit: done.commit, deliveries: [...queued.deliveries, ...done.deliveries] };
      }
      const at = moment();
      const pull = pullNumbered(state, number);
      const { id } = accountCalled(state, by);
      const merged = mergePull(at, pull, { by: id, method, at: at.now, extra });
      if (merged === null) throw new Error('GitHub: 405 Pull Request is not mergeable');
      return { commit: merged.commit, deliveries: moved(at, pull, merged.before, merged.commit, id) };
    },
    enqueue(number, { by, method = 'merge' }) {
      const at = moment();
      const pull = pullNumbered(state, number);
      const { id } = accountCalled(state, by);
      const baseRef = `refs/heads/${pull.base}`;
      const last = queue.filter((one) => one.baseRef === baseRef).at(-1);
      const base = last?.head ?? resolveCommit(git, baseRef);
      const head = base === null ? null : commitsOfMerge(at, pull, base, { by: id, method, at: at.now });
      if (base === null || head === null || pull.isDraft || pull.state === 'closed')
        throw new Error('GitHub: the pull request cannot be queued');
      const ref = `refs/heads/gh-readonly-queue/${pull.base}/pr-${number}-${base}`;
      setRef(git, ref, head);
      recordRefChange(at, { ref, before: null, after: head, by: webFlow.id });
      const group = { number, ref, head, base, baseRef };
      queue.push(group);
      const deliveries = [
        pullDelivery(at, 'enqueued', pull, id),
        mergeGroupDelivery(at, 'checks_requested', group, id),
      ];
      return { ref, head, base, deliveries };
    },
    finishQueue(number, { by }) {
      const at = moment();
      const pull = pullNumbered(state, number);
      const group = waiting(number);
      const { id } = accountCalled(state, by);
      const before = tipOf(at, pull);
      if (before !== group.base)
        throw new Error('GitHub: the base moved, or what waits before it is not merged yet');
      const gone = mergeGroupDelivery(at, 'destroyed', group, id);
      leave(group);
      close(pull, { at: at.now, by: id, commit: group.head }, before);
      setRef(git, group.baseRef, group.head);
      const change = { ref: group.baseRef, before, after: group.head, by: id };
      recordRefChange(at, { ...change, type: 'merge_queue_merge' });
      return { commit: group.head, deliveries: [gone, ...moved(at, pull, before, group.head, id)] };
    },
    dequeue(number, { by }) {
      const at = moment();
      const group = waiting(number);
      const { id } = accountCalled(state, by);
      leave(group);
      return [pullDelivery(at, 'dequeued', pullNumbered(state, number), id, { reason: 'CI_FAILURE' })];
    },
  };
  return acts;
}
