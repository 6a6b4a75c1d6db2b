/** What GitHub would send for what was done: payloads as its description of webhooks has them. */
import { isAncestor, noCommit, readCommit, readCommits } from './bare-repository.ts';
import { breaksOfWebhook } from './description/conformance.ts';
import { webhookIds } from './description/operations.ts';
import type { JsonObject } from './json.ts';
import { nodeId, userOrNull, webUrl } from './shapes/people.ts';
import { commentBody, issueBody, labelBody, pullBody, reviewBody } from './shapes/pulls.ts';
import { repositoryBody, repositoryUrl } from './shapes/repository.ts';
import { workflowRunBody } from './shapes/workflow-run.ts';
import {
  accountOf,
  ghost,
  type Comment,
  type Issue,
  type Pull,
  type Review,
  type WorkflowRun,
} from './state.ts';
import type { Moment, RefChange } from './world/ref-change.ts';

/** One event as a workflow gets it: GITHUB_EVENT_NAME, and what GITHUB_EVENT_PATH holds. */
export interface Delivery {
  name: string;
  payload: JsonObject;
}

/** Compares a payload with GitHub's description. Fails loudly: a world that sends what GitHub never would proves nothing. */
function checked(name: string, payload: JsonObject): Delivery {
  const action = typeof payload['action'] === 'string' ? `-${payload['action'].replaceAll('_', '-')}` : '';
  const wanted = `${name.replaceAll('_', '-')}${action}`;
  const id = webhookIds.find((one) => one === wanted);
  if (id === undefined) throw new Error(`the webhook ${wanted} is not among those in use`);
  const breaks = breaksOfWebhook(id, payload);
  if (breaks.length > 0) throw new Error(`the webhook breaks GitHub's description: ${breaks.join('; ')}`);
  return { name, payload };
}

function common(moment: Moment, sender: number): JsonObject {
  const { state } = moment;
  return {
    repository: { ...repositoryBody(moment), custom_properties: {} },
    organization: {
      login: state.organisation,
      id: 1,
      node_id: nodeId('Organization', 1),
      url: `${moment.url}/orgs/${state.organisation}`,
      repos_url: `${moment.url}/orgs/${state.organisation}/repos`,
      events_url: `${moment.url}/orgs/${state.organisation}/events`,
      hooks_url: `${moment.url}/orgs/${state.organisation}/hooks`,
      issues_url: `${moment.url}/orgs/${state.organisation}/issues`,
      members_url: `${moment.url}/orgs/${state.organisation}/members{/member}`,
      public_members_url: `${moment.url}/orgs/${state.organisation}/public_members{/member}`,
      avatar_url: `${webUrl}/avatars/1`,
      description: null,
    },
    sender: userOrNull(moment, sender) ?? userOrNull(moment, ghost.id),
  };
}

export function pullDelivery(
  moment: Moment,
  action: string,
  pull: Pull,
  sender: number,
  more: JsonObject = {},
): Delivery {
  return checked('pull_request', {
    action,
    number: pull.number,
    pull_request: pullBody(moment, pull),
    ...more,
    ...common(moment, sender),
  });
}

export const labelOf = (moment: Moment, name: string): JsonObject => ({ label: labelBody(moment, name) });

export function reviewDelivery(
  moment: Moment,
  action: 'submitted' | 'dismissed' | 'edited',
  pull: Pull,
  review: Review,
  sender: number,
): Delivery {
  return checked('pull_request_review', {
    action,
    // In a webhook the state is in small letters.
    review: { ...reviewBody(moment, review), state: review.state.toLowerCase() },
    pull_request: pullBody(moment, pull),
    ...(action === 'edited' ? { changes: {} } : {}),
    ...common(moment, sender),
  });
}

export function commentDelivery(
  moment: Moment,
  action: 'created' | 'edited' | 'deleted',
  issue: Issue | Pull,
  comment: Comment,
  sender: number,
  before?: string,
): Delivery {
  return checked('issue_comment', {
    action,
    issue: issueBody(moment, issue),
    comment: commentBody(moment, comment),
    ...(before === undefined ? {} : { changes: { body: { from: before } } }),
    ...common(moment, sender),
  });
}

/** Null for what GitHub sends no push for: a branch of a fork. */
export function pushDelivery(moment: Moment, change: RefChange & { by: number }): Delivery | null {
  if (!change.ref.startsWith('refs/heads/')) return null;
  const { before, after } = change;
  const pushed =
    after === null ? [] : readCommits(moment.git, before === null ? ['-1', after] : [`${before}..${after}`]);
  const commits = pushed.map((commit) => ({
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.at,
    url: `${webUrl}/${moment.state.organisation}/${moment.state.repository}/commit/${commit.sha}`,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
    added: [],
    removed: [],
    modified: [],
  }));
  const sender = common(moment, change.by);
  return checked('push', {
    ref: change.ref,
    before: before ?? noCommit,
    after: after ?? noCommit,
    created: before === null,
    deleted: after === null,
    forced: before !== null && after !== null && !isAncestor(moment.git, before, after),
    base_ref: null,
    compare: `${webUrl}/${moment.state.organisation}/${moment.state.repository}/compare/${before ?? ''}...${after ?? ''}`,
    // GitHub tells the last 2,048 of them.
    commits: commits.slice(-2048),
    head_commit: commits.at(-1) ?? null,
    pusher: { name: accountOf(moment.state, change.by)?.login ?? 'ghost' },
    ...sender,
  });
}

/** `destroyed` when the group left the queue, merged or not. */
export function mergeGroupDelivery(
  moment: Moment,
  action: 'checks_requested' | 'destroyed',
  group: { ref: string; head: string; base: string; baseRef: string },
  sender: number,
): Delivery {
  const commit = readCommit(moment.git, group.head);
  if (commit === undefined) throw new Error(`there is no commit ${group.head}`);
  return checked('merge_group', {
    action,
    ...(action === 'destroyed' ? { reason: 'merged' } : {}),
    merge_group: {
      head_sha: group.head,
      head_ref: group.ref,
      base_sha: group.base,
      base_ref: group.baseRef,
      head_commit: {
        id: commit.sha,
        tree_id: commit.tree,
        message: commit.message,
        timestamp: commit.committer.at,
        author: { name: commit.author.name, email: commit.author.email },
        committer: { name: commit.committer.name, email: commit.committer.email },
      },
    },
    ...common(moment, sender),
  });
}

export function dispatchDelivery(
  moment: Moment,
  workflow: string,
  ref: string,
  inputs: Record<string, string>,
  sender: number,
): Delivery {
  return checked('workflow_dispatch', { inputs, ref, workflow, ...common(moment, sender) });
}

export function workflowRunDelivery(
  moment: Moment,
  run: WorkflowRun,
  pull: Pull | null,
  sender: number,
): Delivery {
  const isFork = pull !== null && pull.head.owner !== moment.state.organisation;
  const body = workflowRunBody(moment, run);
  const side = (ref: string, sha: string): JsonObject => ({
    ref,
    sha,
    repo: { id: 500_000, name: moment.state.repository, url: repositoryUrl(moment) },
  });
  return checked('workflow_run', {
    action: 'completed',
    workflow: {
      id: 60_000,
      node_id: nodeId('Workflow', 60_000),
      name: run.name,
      path: run.path,
      state: 'active',
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
      url: `${repositoryUrl(moment)}/actions/workflows/60000`,
      html_url: `${webUrl}/${moment.state.organisation}/${moment.state.repository}/blob/main/${run.path}`,
      badge_url: `${webUrl}/${moment.state.organisation}/${moment.state.repository}/workflows/badge.svg`,
    },
    workflow_run: {
      ...body,
      // The pull requests of a fork are not named here.
      pull_requests:
        pull === null || isFork
          ? []
          : [
              {
                id: pull.id,
                number: pull.number,
                url: `${repositoryUrl(moment)}/pulls/${pull.number}`,
                head: side(pull.head.name, pull.headCommit),
                base: side(pull.base, pull.baseCommit),
              },
            ],
      head_repository: repositoryBody(moment, pull?.head.owner ?? moment.state.organisation),
    },
    ...common(moment, sender),
  });
}
