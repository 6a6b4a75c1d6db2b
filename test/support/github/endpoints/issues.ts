/** Issues, labels and the timeline. */
import { created, notFound, ok, refusal, type Call, type Handler } from '../call.ts';
import { listOf, member, textOf, type JsonObject } from '../json.ts';
import { nodeId, userBody, userOrNull } from '../shapes/people.ts';
import { commentBody, issueBody, labelBody } from '../shapes/pulls.ts';
import { repositoryUrl } from '../shapes/repository.ts';
import { ghost, nextId, type Comment, type Issue, type Pull, type TimelineEvent } from '../state.ts';

function byNumber({ state, path }: Call): Issue | Pull | undefined {
  return [...state.pulls, ...state.issues].find(({ number }) => number === path['issue_number']);
}

const nameOf = (label: unknown): string => textOf(label, textOf(member(label, 'name')));

function eventBody(call: Call, event: TimelineEvent): JsonObject {
  return {
    id: event.id,
    node_id: nodeId('Event', event.id),
    url: `${repositoryUrl(call)}/issues/events/${event.id}`,
    actor: userOrNull(call, event.by),
    event: event.event,
    commit_id: null,
    commit_url: null,
    created_at: event.at,
    performed_via_github_app: null,
    ...(event.label === undefined ? {} : { label: { name: event.label, color: 'ededed' } }),
    ...(event.rename === undefined ? {} : { rename: event.rename }),
  };
}

/** A comment as the timeline has it: written by somebody, by the ghost where the account is gone. */
function commentedBody(call: Call, comment: Comment): JsonObject {
  const user = userOrNull(call, comment.by) ?? userBody(call, ghost);
  return { ...commentBody(call, comment), event: 'commented', user, actor: user };
}

export const issueHandlers = {
  'issues/get': (call) => {
    const issue = byNumber(call);
    return issue === undefined ? notFound : ok(issueBody(call, issue));
  },
  'issues/list-for-repo': (call) => {
    const { state = 'open', creator, labels } = call.query;
    const wanted = textOf(labels)
      .split(',')
      .filter((label) => label !== '');
    const issues = [...call.state.pulls, ...call.state.issues]
      .filter((one) => state === 'all' || one.state === state)
      .filter((one) => wanted.every((label) => one.labels.includes(label)))
      .map((one) => issueBody(call, one))
      .filter((body) => creator === undefined || member(body['user'], 'login') === creator)
      .sort((one, other) => Number(other['number']) - Number(one['number']));
    return ok(issues);
  },
  'issues/create': (call) => {
    const issue: Issue = {
      id: nextId(call.state),
      number: ++call.state.lastNumber,
      by: call.token.by,
      title: textOf(call.body['title']),
      body: textOf(call.body['body']),
      state: 'open',
      labels: listOf(call.body['labels']).map(nameOf),
      createdAt: call.now,
      updatedAt: call.now,
      closedAt: null,
    };
    for (const label of issue.labels) if (!call.state.labels.includes(label)) call.state.labels.push(label);
    call.state.issues.push(issue);
    return created(issueBody(call, issue));
  },
  'issues/update': (call) => {
    const issue = byNumber(call);
    if (issue === undefined) return notFound;
    issue.title = textOf(call.body['title'], issue.title);
    issue.body = textOf(call.body['body'], issue.body);
    const { state } = call.body;
    if (state === 'open' || state === 'closed') {
      issue.state = state;
      issue.closedAt = state === 'closed' ? call.now : null;
    }
    issue.updatedAt = call.now;
    return ok(issueBody(call, issue));
  },
  'issues/list-labels-on-issue': (call) => {
    const issue = byNumber(call);
    return issue === undefined ? notFound : ok(issue.labels.map((name) => labelBody(call, name)));
  },
  'issues/add-labels': (call) => {
    const issue = byNumber(call);
    if (issue === undefined) return notFound;
    for (const label of listOf(call.body['labels']).map(nameOf)) {
      if (!call.state.labels.includes(label)) call.state.labels.push(label);
      if (issue.labels.includes(label)) continue;
      issue.labels.push(label);
      const event = { id: nextId(call.state), issue: issue.number, event: 'labeled', by: call.token.by };
      call.state.timeline.push({ ...event, at: call.now, label });
    }
    return ok(issue.labels.map((name) => labelBody(call, name)));
  },
  'issues/remove-label': (call) => {
    const issue = byNumber(call);
    const name = textOf(call.path['name']);
    if (issue === undefined) return notFound;
    if (!issue.labels.includes(name)) return refusal(404, 'Label does not exist');
    issue.labels = issue.labels.filter((label) => label !== name);
    const event = { id: nextId(call.state), issue: issue.number, event: 'unlabeled', by: call.token.by };
    call.state.timeline.push({ ...event, at: call.now, label: name });
    return ok(issue.labels.map((label) => labelBody(call, label)));
  },
  'issues/list-events-for-timeline': (call) => {
    const issue = byNumber(call);
    if (issue === undefined) return notFound;
    const events = call.state.timeline
      .filter((event) => event.issue === issue.number)
      .map((event) => ({ at: event.at, body: eventBody(call, event) }));
    const comments = call.state.comments
      .filter((comment) => comment.issue === issue.number)
      .map((comment) => ({ at: comment.createdAt, body: commentedBody(call, comment) }));
    const all = [...events, ...comments].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
    return ok(all.map(({ body }) => body));
  },
} satisfies Record<string, Handler>;
