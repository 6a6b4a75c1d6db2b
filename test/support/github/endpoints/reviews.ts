/** Reviews of pull requests. */
import { resolveCommit } from '../bare-repository.ts';
import { notFound, ok, refusal, type Call, type Handler } from '../call.ts';
import { textOf } from '../json.ts';
import { reviewBody } from '../shapes/pulls.ts';
import { nextId, type Review, type ReviewState } from '../state.ts';
import { pullOf } from './pulls.ts';

const stateOf: Record<string, ReviewState> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

const byId = (call: Call): Review | undefined =>
  call.state.reviews.find(
    ({ id, pull }) => id === call.path['review_id'] && pull === call.path['pull_number'],
  );

export const reviewHandlers = {
  'pulls/list-reviews': (call) => {
    const pull = pullOf(call);
    if (pull === undefined) return notFound;
    const reviews = call.state.reviews.filter((review) => review.pull === pull.number);
    return ok(reviews.map((review) => reviewBody(call, review)));
  },
  'pulls/get-review': (call) => {
    const review = byId(call);
    return review === undefined ? notFound : ok(reviewBody(call, review));
  },
  'pulls/create-review': (call) => {
    const pull = pullOf(call);
    if (pull === undefined) return notFound;
    const state = stateOf[textOf(call.body['event'], 'COMMENT')] ?? 'COMMENTED';
    const body = textOf(call.body['body']);
    if (state !== 'COMMENTED' && pull.by === call.token.by) {
      const what = state === 'APPROVED' ? 'approve' : 'request changes on';
      return refusal(422, 'Unprocessable Entity', [`Can not ${what} your own pull request`]);
    }
    if (state !== 'APPROVED' && body === '')
      return refusal(422, 'Unprocessable Entity', ["Body can't be blank"]);
    const commit = textOf(call.body['commit_id'], pull.headCommit);
    if (resolveCommit(call.git, commit) === null)
      return refusal(422, 'Unprocessable Entity', ['The commit_id is not part of the pull request']);
    const review: Review = {
      id: nextId(call.state),
      pull: pull.number,
      by: call.token.by,
      state,
      body,
      commit,
      at: call.now,
    };
    call.state.reviews.push(review);
    return ok(reviewBody(call, review));
  },
  'pulls/dismiss-review': (call) => {
    const review = byId(call);
    if (review === undefined) return notFound;
    if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED')
      return refusal(422, 'Can not dismiss a commented pull request review');
    review.state = 'DISMISSED';
    return ok(reviewBody(call, review));
  },
} satisfies Record<string, Handler>;
