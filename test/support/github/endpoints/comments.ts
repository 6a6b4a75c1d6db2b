/** Comments of issues and pull requests, and reactions to them. */
import { created, noContent, notFound, ok, refusal, type Call, type Handler } from '../call.ts';
import { textOf } from '../json.ts';
import { commentBody, reactionBody } from '../shapes/pulls.ts';
import { nextId, type Comment } from '../state.ts';

const maxBodyLength = 65_536;

const tooLong = refusal(422, 'Validation Failed', [
  {
    resource: 'IssueComment',
    code: 'unprocessable',
    field: 'data',
    message: 'Body is too long (maximum is 65536 characters)',
  },
]);
const blank = refusal(422, 'Validation Failed', [
  { resource: 'IssueComment', code: 'missing_field', field: 'body', message: "Body can't be blank" },
]);

const byId = (call: Call): Comment | undefined =>
  call.state.comments.find(({ id }) => id === call.path['comment_id']);

function hasIssue({ state }: Call, number: unknown): boolean {
  return [...state.pulls, ...state.issues].some((one) => one.number === number);
}

/** Who may change a comment: who wrote it, and who may write to the repository; a workflow's token only its own. */
function mayChange(call: Call, comment: Comment): boolean {
  if (comment.by === call.token.by) return true;
  const role = call.state.roles.get(call.token.by);
  return call.token.kind === 'person' && (role === 'write' || role === 'maintain' || role === 'admin');
}

function since(call: Call, comments: readonly Comment[]): Comment[] {
  const from = textOf(call.query['since']);
  return comments.filter(({ updatedAt }) => from === '' || Date.parse(updatedAt) >= Date.parse(from));
}

export const commentHandlers = {
  'issues/list-comments': (call) => {
    const number = call.path['issue_number'];
    if (!hasIssue(call, number)) return notFound;
    const comments = since(
      call,
      call.state.comments.filter(({ issue }) => issue === number),
    );
    return ok(comments.map((comment) => commentBody(call, comment)));
  },
  'issues/list-comments-for-repo': (call) => {
    const key = call.query['sort'] === 'updated' ? 'updatedAt' : 'createdAt';
    const comments = since(call, call.state.comments).sort(
      (one, other) => Date.parse(one[key]) - Date.parse(other[key]) || one.id - other.id,
    );
    // Without `sort` the direction is not looked at: the order is that of their ids.
    if (call.query['sort'] !== undefined && call.query['direction'] !== 'asc') comments.reverse();
    return ok(comments.map((comment) => commentBody(call, comment)));
  },
  'issues/get-comment': (call) => {
    const comment = byId(call);
    return comment === undefined ? notFound : ok(commentBody(call, comment));
  },
  'issues/create-comment': (call) => {
    const number = call.path['issue_number'];
    const body = textOf(call.body['body']);
    if (typeof number !== 'number' || !hasIssue(call, number)) return notFound;
    if (body.trim() === '') return blank;
    if (body.length > maxBodyLength) return tooLong;
    const comment: Comment = {
      id: nextId(call.state),
      issue: number,
      by: call.token.by,
      body,
      createdAt: call.now,
      updatedAt: call.now,
    };
    call.state.comments.push(comment);
    return created(commentBody(call, comment));
  },
  'issues/update-comment': (call) => {
    const comment = byId(call);
    const body = textOf(call.body['body']);
    if (comment === undefined) return notFound;
    if (!mayChange(call, comment)) return refusal(403, 'Resource not accessible by integration');
    if (body.trim() === '') return blank;
    if (body.length > maxBodyLength) return tooLong;
    comment.body = body;
    comment.updatedAt = call.now;
    return ok(commentBody(call, comment));
  },
  'issues/delete-comment': (call) => {
    const comment = byId(call);
    if (comment === undefined) return notFound;
    if (!mayChange(call, comment)) return refusal(403, 'Resource not accessible by integration');
    call.state.comments = call.state.comments.filter((one) => one !== comment);
    return noContent;
  },
  'reactions/list-for-issue-comment': (call) => {
    const comment = byId(call);
    if (comment === undefined) return notFound;
    const { content } = call.query;
    const reactions = call.state.reactions
      .filter((reaction) => reaction.comment === comment.id)
      .filter((reaction) => content === undefined || reaction.content === content);
    return ok(reactions.map((reaction) => reactionBody(call, reaction)));
  },
  'reactions/create-for-issue-comment': (call) => {
    const comment = byId(call);
    if (comment === undefined) return notFound;
    const content = textOf(call.body['content']);
    const known = call.state.reactions.find(
      (one) => one.comment === comment.id && one.by === call.token.by && one.content === content,
    );
    // The same reaction again is the one that is there.
    if (known !== undefined) return ok(reactionBody(call, known));
    const reaction = {
      id: nextId(call.state),
      comment: comment.id,
      by: call.token.by,
      content,
      at: call.now,
    };
    call.state.reactions.push(reaction);
    return created(reactionBody(call, reaction));
  },
  'reactions/delete-for-issue-comment': (call) => {
    const { comment_id: comment, reaction_id: id } = call.path;
    const reaction = call.state.reactions.find((one) => one.id === id && one.comment === comment);
    if (reaction === undefined) return notFound;
    if (reaction.by !== call.token.by) return refusal(403, 'Resource not accessible by integration');
    call.state.reactions = call.state.reactions.filter((one) => one !== reaction);
    return noContent;
  },
} satisfies Record<string, Handler>;
