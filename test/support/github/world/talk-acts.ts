/** Reviewing and commenting. */
import { nextId, type Comment, type Review } from '../state.ts';
import type { Store } from '../store.ts';
import { commentDelivery, reviewDelivery, type Delivery } from '../webhooks.ts';
import { accountCalled, issueNumbered, pullNumbered } from './named.ts';
import type { Moment } from './ref-change.ts';

export interface Said {
  id: number;
  deliveries: Delivery[];
}

export interface TalkActs {
  /** Of the head, unless a commit is named: what somebody had open in the browser when they clicked. */
  review(
    number: number,
    review: {
      by: string;
      state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED';
      commit?: string;
      body?: string;
    },
  ): Said;
  dismiss(number: number, review: number, by: { by: string }): Delivery[];
  comment(number: number, comment: { by: string; body: string }): Said;
  editComment(id: number, edit: { by?: string; body: string }): Delivery[];
  deleteComment(id: number, by?: { by: string }): Delivery[];
}

export function talkActs(store: Store): TalkActs {
  const { state } = store;
  const moment = (): Moment => ({ state, git: store.git, url: store.url, now: store.clock.tick() });
  const commentWith = (id: number): Comment => {
    const comment = state.comments.find((one) => one.id === id);
    if (comment === undefined) throw new Error(`there is no comment ${id}`);
    return comment;
  };
  return {
    review(number, { by, state: given, commit, body = given === 'APPROVED' ? '' : 'See above.' }) {
      const pull = pullNumbered(state, number);
      const { id: reviewer } = accountCalled(state, by);
      if (reviewer === pull.by && given !== 'COMMENTED')
        throw new Error('GitHub: 422 Can not approve your own pull request');
      const at = moment();
      const review: Review = {
        id: nextId(state),
        pull: number,
        by: reviewer,
        state: given,
        body,
        commit: commit ?? pull.headCommit,
        at: at.now,
      };
      state.reviews.push(review);
      return { id: review.id, deliveries: [reviewDelivery(at, 'submitted', pull, review, reviewer)] };
    },
    dismiss(number, id, { by }) {
      const review = state.reviews.find((one) => one.id === id && one.pull === number);
      if (review === undefined) throw new Error(`there is no review ${id} of ${number}`);
      review.state = 'DISMISSED';
      const at = moment();
      return [
        reviewDelivery(at, 'dismissed', pullNumbered(state, number), review, accountCalled(state, by).id),
      ];
    },
    comment(number, { by, body }) {
      const issue = issueNumbered(state, number);
      const { id: author } = accountCalled(state, by);
      if (body.length > 65_536) throw new Error('GitHub: 422 Body is too long (maximum is 65536 characters)');
      const at = moment();
      const comment = {
        id: nextId(state),
        issue: number,
        by: author,
        body,
        createdAt: at.now,
        updatedAt: at.now,
      };
      state.comments.push(comment);
      return { id: comment.id, deliveries: [commentDelivery(at, 'created', issue, comment, author)] };
    },
    editComment(id, { by, body }) {
      const comment = commentWith(id);
      const before = comment.body;
      const at = moment();
      comment.body = body;
      comment.updatedAt = at.now;
      const editor = by === undefined ? (comment.by ?? 0) : accountCalled(state, by).id;
      return [commentDelivery(at, 'edited', issueNumbered(state, comment.issue), comment, editor, before)];
    },
    deleteComment(id, by) {
      const comment = commentWith(id);
      const at = moment();
      state.comments = state.comments.filter((one) => one !== comment);
      const who = by === undefined ? (comment.by ?? 0) : accountCalled(state, by.by).id;
      return [commentDelivery(at, 'deleted', issueNumbered(state, comment.issue), comment, who)];
    },
  };
}
