/**
 * The fake GitHub keeps to GitHub's own OpenAPI description: every operation in use has an exchange here whose request
 * and answer were both compared with it, and a break on either side is caught.
 *
 * What this does not prove: that GitHub itself keeps to its description, or does what the description leaves open.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  breaksOfAnswer,
  breaksOfWebhook,
  operations,
  readRequest,
} from '../support/github/description/conformance.ts';
import { operationIds, type OperationId } from '../support/github/description/operations.ts';
import { startFakeGitHub, workflowToken, type FakeGitHub } from '../support/github/fake-github.ts';
import { member } from '../support/github/json.ts';

interface Scene extends FakeGitHub {
  number: number;
  head: string;
  comment: number;
  review: number;
  member: string;
  person: string;
}

async function sceneOf(context: TestContext): Promise<Scene> {
  const fake = await startFakeGitHub(context);
  const { world } = fake;
  world.addPerson('ada', { role: 'write' });
  world.addPerson('grace', { role: 'maintain' });
  world.addPerson('kim');
  world.addTeam('owners', ['grace'], { role: 'write', pending: ['kim'] });
  world.pushBranch({ by: 'ada', files: { 'a/b.txt': 'one\n', CODEOWNERS: '* @acme/owners\n/a @nobody\n' } });
  const opened = world.openPull({
    by: 'ada',
    branch: 'feature/x',
    title: 'A change',
    files: { 'a/b.txt': '2\n' },
  });
  const { id: review } = world.review(opened.number, { by: 'grace', state: 'APPROVED' });
  const { id: comment } = world.comment(opened.number, { by: 'grace', body: 'Good.' });
  world.label(opened.number, 'safe');
  world.completeRun({
    workflow: 'check.yml',
    name: 'check',
    event: 'pull_request',
    by: 'ada',
    pull: opened.number,
  });
  const member = world.token({ members: 'read', administration: 'read' }, { kind: 'app' });
  const person = world.token(
    { 'pull-requests': 'write', contents: 'write' },
    { kind: 'person', by: 'grace' },
  );
  return { ...fake, ...opened, comment, review, member, person };
}

interface Exchange {
  path: (scene: Scene) => string;
  body?: (scene: Scene) => object;
  secret?: (scene: Scene) => string;
  status?: number;
}

const repo = '/repos/acme/shop';
const at = (path: string): Exchange => ({ path: () => repo + path });
const of = (path: (scene: Scene) => string): Exchange => ({ path: (scene) => repo + path(scene) });
const sending = (path: (scene: Scene) => string, body: (scene: Scene) => object, status = 201): Exchange => ({
  path: (scene) => repo + path(scene),
  body,
  status,
});
const byPerson = ({ person }: Scene): string => person;
const byMember = ({ member: secret }: Scene): string => secret;

/** In the order in which they are done: what one makes, a later one reads. */
const exchanges: [OperationId, Exchange][] = [
  ['repos/get', at('')],
  ['repos/get-branch', at('/branches/feature%2Fx')],
  ['repos/get-content', at('/contents/a/b.txt?ref=main')],
  ['repos/get-content', at('/contents/a')],
  ['repos/get-commit', of(({ head }) => `/commits/${head}`)],
  ['repos/list-commits', at('/commits?sha=main')],
  ['repos/compare-commits', at('/compare/main...feature%2Fx')],
  ['repos/compare-commits-with-basehead', at('/compare/main...feature/x')],
  ['repos/list-activities', at('/activity?ref=refs/heads/feature/x')],
  ['repos/codeowners-errors', at('/codeowners/errors')],
  ['repos/list-pull-requests-associated-with-commit', of(({ head }) => `/commits/${head}/pulls`)],
  ['repos/get-collaborator-permission-level', at('/collaborators/GRACE/permission')],
  ['repos/list-collaborators', at('/collaborators')],
  ['repos/list-teams', { ...at('/teams'), secret: byMember }],
  ['git/get-ref', at('/git/ref/heads/feature/x')],
  [
    'git/create-ref',
    sending(
      () => '/git/refs',
      ({ head }) => ({ ref: 'refs/heads/copy', sha: head }),
    ),
  ],
  [
    'git/update-ref',
    {
      ...sending(
        () => '/git/refs/heads/copy',
        ({ head }) => ({ sha: head }),
        200,
      ),
    },
  ],
  ['git/delete-ref', { path: () => `${repo}/git/refs/heads/copy`, status: 204 }],
  ['git/get-commit', of(({ head }) => `/git/commits/${head}`)],
  ['git/get-tree', of(({ head }) => `/git/trees/${head}?recursive=1`)],
  ['pulls/get', of(({ number }) => `/pulls/${number}`)],
  ['pulls/list', at('/pulls?state=all')],
  ['pulls/list-commits', of(({ number }) => `/pulls/${number}/commits`)],
  ['pulls/list-files', of(({ number }) => `/pulls/${number}/files`)],
  ['pulls/list-reviews', of(({ number }) => `/pulls/${number}/reviews`)],
  ['pulls/get-review', of(({ number, review }) => `/pulls/${number}/reviews/${review}`)],
  [
    'pulls/create-review',
    {
      ...sending(
        ({ number }) => `/pulls/${number}/reviews`,
        () => ({ event: 'APPROVE' }),
        200,
      ),
      secret: byPerson,
    },
  ],
  [
    'pulls/dismiss-review',
    sending(
      ({ number, review }) => `/pulls/${number}/reviews/${review}/dismissals`,
      () => ({ message: 'Stale.' }),
      200,
    ),
  ],
  ['issues/get', of(({ number }) => `/issues/${number}`)],
  [
    'issues/create',
    sending(
      () => '/issues',
      () => ({ title: 'Debt', labels: ['debt'] }),
    ),
  ],
  [
    'issues/update',
    sending(
      () => '/issues/2',
      () => ({ state: 'closed' }),
      200,
    ),
  ],
  ['issues/list-for-repo', at('/issues?state=all')],
  [
    'issues/add-labels',
    sending(
      ({ number }) => `/issues/${number}/labels`,
      () => ({ labels: ['held'] }),
      200,
    ),
  ],
  ['issues/list-labels-on-issue', of(({ number }) => `/issues/${number}/labels`)],
  ['issues/remove-label', of(({ number }) => `/issues/${number}/labels/held`)],
  ['issues/list-events-for-timeline', of(({ number }) => `/issues/${number}/timeline`)],
  [
    'issues/create-comment',
    sending(
      ({ number }) => `/issues/${number}/comments`,
      () => ({ body: 'Ours.' }),
    ),
  ],
  ['issues/list-comments', of(({ number }) => `/issues/${number}/comments?since=2026-01-01T00:00:00Z`)],
  ['issues/list-comments-for-repo', at('/issues/comments?sort=created&direction=asc')],
  ['issues/get-comment', of(({ comment }) => `/issues/comments/${comment}`)],
  [
    'issues/update-comment',
    sending(
      () => `/issues/comments/OWN`,
      () => ({ body: 'Ours, edited.' }),
      200,
    ),
  ],
  [
    'reactions/create-for-issue-comment',
    sending(
      ({ comment }) => `/issues/comments/${comment}/reactions`,
      () => ({ content: 'eyes' }),
    ),
  ],
  ['reactions/list-for-issue-comment', of(({ comment }) => `/issues/comments/${comment}/reactions`)],
  [
    'reactions/delete-for-issue-comment',
    { path: ({ comment }) => `${repo}/issues/comments/${comment}/reactions/REACTION`, status: 204 },
  ],
  ['issues/delete-comment', { path: () => `${repo}/issues/comments/OWN`, status: 204 }],
  [
    'checks/create',
    sending(
      () => '/check-runs',
      ({ head }) => ({ name: 'a', head_sha: head, status: 'in_progress' }),
    ),
  ],
  [
    'checks/update',
    sending(
      () => '/check-runs/RUN',
      () => ({
        conclusion: 'success',
        output: {
          title: 'a',
          summary: 'b',
          annotations: [
            { path: 'a/b.txt', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'c' },
          ],
        },
      }),
      200,
    ),
  ],
  ['checks/get', at('/check-runs/RUN')],
  ['checks/list-annotations', at('/check-runs/RUN/annotations')],
  ['checks/list-for-ref', of(({ head }) => `/commits/${head}/check-runs?filter=all`)],
  [
    'repos/create-commit-status',
    sending(
      ({ head }) => `/statuses/${head}`,
      () => ({ state: 'success', context: 'a' }),
    ),
  ],
  ['repos/list-commit-statuses-for-ref', of(({ head }) => `/commits/${head}/statuses`)],
  ['repos/get-combined-status-for-ref', of(({ head }) => `/commits/${head}/status`)],
  [
    'repos/create-deployment',
    sending(
      () => '/deployments',
      ({ head }) => ({ ref: head, environment: 'production', required_contexts: [] }),
    ),
  ],
  ['repos/list-deployments', at('/deployments?environment=production')],
  ['repos/get-deployment', at('/deployments/DEPLOYMENT')],
  [
    'repos/create-deployment-status',
    sending(
      () => '/deployments/DEPLOYMENT/statuses',
      () => ({ state: 'in_progress', log_url: 'https://example.com/log', description: 'Half of it.' }),
    ),
  ],
  ['repos/list-deployment-statuses', at('/deployments/DEPLOYMENT/statuses')],
  ['actions/list-workflow-runs-for-repo', at('/actions/runs')],
  ['actions/list-workflow-runs', at('/actions/workflows/check.yml/runs')],
  ['actions/get-workflow-run', at('/actions/runs/WORKFLOWRUN')],
  [
    'actions/create-workflow-dispatch',
    sending(
      () => '/actions/workflows/check.yml/dispatches',
      () => ({ ref: 'main', inputs: { command: 'status' } }),
      204,
    ),
  ],
  ['search/users', { path: () => '/search/users?q=ada%40example.org+in%3Aemail&per_page=2' }],
  ['teams/get-by-name', { path: () => '/orgs/acme/teams/owners', secret: byMember }],
  ['teams/list-members-in-org', { path: () => '/orgs/acme/teams/owners/members', secret: byMember }],
  [
    'teams/list-pending-invitations-in-org',
    { path: () => '/orgs/acme/teams/owners/invitations', secret: byMember },
  ],
  [
    'teams/get-membership-for-user-in-org',
    { path: () => '/orgs/acme/teams/owners/memberships/kim', secret: byMember },
  ],
  ['users/get-authenticated', { path: () => '/user', secret: byPerson }],
  ['users/get-by-username', { path: () => '/users/Ada' }],
  [
    'users/get-by-id',
    { path: ({ world }) => `/user/${world.state.accounts.find(({ login }) => login === 'ada')?.id ?? 0}` },
  ],
  ['rate-limit/get', { path: () => '/rate_limit' }],
  [
    'pulls/merge',
    sending(
      ({ number }) => `/pulls/${number}/merge`,
      ({ head }) => ({ sha: head, merge_method: 'squash' }),
      200,
    ),
  ],
];

/** Ids that are known only once something was made. */
function filledIn(path: string, { world: { state } }: Scene): string {
  const made = {
    OWN: state.comments.find(({ body }) => body.startsWith('Ours'))?.id,
    REACTION: state.reactions[0]?.id,
    WORKFLOWRUN: state.runs[0]?.id,
    RUN: state.checkRuns[0]?.id,
    DEPLOYMENT: state.deployments[0]?.id,
  };
  return Object.entries(made).reduce((text, [name, id]) => text.replace(name, String(id)), path);
}

async function ask(
  scene: Scene | FakeGitHub,
  method: string,
  path: string,
  { body, secret = workflowToken }: { body?: object; secret?: string } = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(scene.url + path, {
    method,
    headers: { authorization: `Bearer ${secret}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

test('every operation in use has an exchange that keeps to the description on both sides', async (context) => {
  const scene = await sceneOf(context);
  for (const [id, exchange] of exchanges) {
    const operation = operations.find((one) => one.id === id);
    const path = filledIn(exchange.path(scene), scene);
    const answer = await ask(scene, operation?.method ?? '', path, {
      ...(exchange.body === undefined ? {} : { body: exchange.body(scene) }),
      ...(exchange.secret === undefined ? {} : { secret: exchange.secret(scene) }),
    });
    assert.equal(
      answer.status,
      exchange.status ?? 200,
      `${id}: ${JSON.stringify(answer.body ?? null).slice(0, 1000)}`,
    );
    const known = scene.store.requests.at(-1)?.operation;
    assert.ok(known === id || id === 'repos/compare-commits', `${path} was taken as ${known ?? 'nothing'}`);
  }
  const shown = new Set(exchanges.map(([id]) => id));
  assert.deepEqual(
    operationIds.filter((id) => !shown.has(id)),
    [],
  );
});

test('an answer that breaks the description is named, with what is wrong and where', () => {
  assert.deepEqual(breaksOfAnswer('users/get-by-username', 404, { message: 'Not Found' }), []);
  assert.match(
    breaksOfAnswer('users/get-by-username', 200, { login: 7 }).join('\n'),
    /must have required property 'avatar_url'/,
  );
  assert.match(breaksOfAnswer('pulls/list-reviews', 200, {}).join('\n'), /must be array/);
  assert.match(breaksOfAnswer('checks/create', 200, {}).join('\n'), /never answers 200/);
  assert.match(breaksOfWebhook('push', { ref: 1 }).join('\n'), /must have required property 'before'/);
});

test('formats and null are compared as well', () => {
  const reaction = { id: 1, node_id: 'a', user: null, content: 'eyes', created_at: 'yesterday' };
  const breaks = breaksOfAnswer('reactions/list-for-issue-comment', 200, [reaction]);
  assert.deepEqual(breaks, [
    'reactions/list-for-issue-comment 200 /0/created_at must match format "date-time"',
  ]);
});

test('what a request holds beside the description is wrong, in its query and in its body', () => {
  const operation = operations.find(({ id }) => id === 'issues/create-comment');
  assert.ok(operation !== undefined);
  const path = { owner: 'acme', repo: 'shop', issue_number: '1' };
  assert.deepEqual(readRequest(operation, path, new URLSearchParams(), { body: 'a' }).breaks, []);
  const { breaks } = readRequest(operation, { ...path, issue_number: 'x' }, new URLSearchParams('page=1'), {
    text: 1,
  });
  assert.deepEqual(breaks, [
    'path /issue_number must be integer',
    'the query parameter page is not described',
    "body  must have required property 'body'",
    "the body's member text is not described",
  ]);
});

test('a break on either side is answered with 500 and fails the test; a path nobody answers is 404 and kept', async (context) => {
  const scene = await sceneOf(context);
  const asked = await ask(scene, 'POST', `${repo}/issues/1/comments`, { body: { text: 'a' } });
  assert.equal(asked.status, 500);
  assert.match(String(member(asked.body, 'message')), /the request breaks GitHub's description/);
  // What the state cannot hold by any act: an answer of ours that GitHub would never give.
  const [pull] = scene.world.state.pulls;
  assert.ok(pull !== undefined);
  pull.createdAt = 'yesterday';
  assert.equal((await ask(scene, 'GET', `${repo}/pulls/1`)).status, 500);
  assert.equal(scene.store.breaks.length, 2);
  assert.match(scene.store.breaks[1] ?? '', /created_at must match format "date-time"/);
  scene.store.breaks.length = 0;
  assert.equal((await ask(scene, 'GET', `${repo}/stargazers`)).status, 404);
  assert.deepEqual(scene.store.unknown, [`GET ${repo}/stargazers`]);
  scene.store.unknown.length = 0;
});
