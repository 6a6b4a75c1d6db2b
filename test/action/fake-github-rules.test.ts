/**
 * What GitHub does beyond its description, as the fake does it: each case is a rule that somebody could get around if the
 * fake were kinder than GitHub. What it does not prove: that GitHub has not changed the rule since it was written down.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startFakeGitHub, workflowToken, type FakeGitHub } from '../support/github/fake-github.ts';
import { isObject, listOf, member } from '../support/github/json.ts';

const repo = '/repos/acme/shop';

async function startedWith(context: TestContext): Promise<FakeGitHub & { number: number; head: string }> {
  const fake = await startFakeGitHub(context);
  const { world } = fake;
  world.addPerson('ada', { role: 'write' });
  world.addPerson('grace', { role: 'maintain' });
  world.pushBranch({ by: 'ada', files: { 'a.txt': '1\n' } });
  return {
    ...fake,
    ...world.openPull({ by: 'ada', branch: 'topic', title: 'A', files: { 'a.txt': '2\n' } }),
  };
}

interface Asked {
  status: number;
  body: unknown;
  headers: Headers;
}

async function ask(
  { url }: FakeGitHub,
  path: string,
  {
    method = 'GET',
    secret = workflowToken,
    body,
    headers = {},
  }: { method?: string; secret?: string; body?: object; headers?: Record<string, string> } = {},
): Promise<Asked> {
  const response = await fetch(path.startsWith('http') ? path : url + path, {
    method,
    headers: { authorization: `token ${secret}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, body: parsed, headers: response.headers };
}

const messageOf = ({ body }: Asked): unknown => member(body, 'message');

/** Everything that a list has, by its Link headers alone. */
async function allPages(fake: FakeGitHub, path: string): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page: Asked = await ask(fake, next);
    assert.equal(page.status, 200, String(messageOf(page)));
    items.push(...listOf(page.body));
    next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
  }
  return items;
}

test('a token may do what its permissions name, and no more', async (context) => {
  const fake = await startedWith(context);
  const { world, number, head } = fake;
  const reading = world.token({ contents: 'read', checks: 'read' });
  const body = { name: 'a', head_sha: head, status: 'in_progress' };
  const cases: [string, string, object | undefined, number][] = [
    ['GET', `${repo}/contents/a.txt`, undefined, 200],
    ['GET', `${repo}/pulls/${number}`, undefined, 403],
    ['POST', `${repo}/check-runs`, body, 403],
    ['GET', '/user', undefined, 403],
    ['GET', '/orgs/acme/teams/owners/members', undefined, 403],
    ['GET', '/repos/acme/other', undefined, 404],
    ['GET', '/repos/somebody/shop', undefined, 404],
  ];
  for (const [method, path, sent, status] of cases) {
    const asked = await ask(fake, path, {
      method,
      secret: reading,
      ...(sent === undefined ? {} : { body: sent }),
    });
    assert.equal(asked.status, status, `${method} ${path}: ${JSON.stringify(asked.body)}`);
  }
  const writing = world.token({ checks: 'write' });
  assert.equal(
    (await ask(fake, `${repo}/check-runs`, { method: 'POST', secret: writing, body })).status,
    201,
  );
  assert.equal((await ask(fake, `${repo}/pulls`, { secret: 'made-up' })).status, 401);
});

test('what is asked of a right beside it is refused: the documented permission, and no neighbour of it', async (context) => {
  const fake = await startedWith(context);
  const { world, number, head } = fake;
  const { id } = world.comment(number, { by: 'grace', body: 'a' });
  const react = { content: 'eyes' };
  const cases: [Record<string, 'read' | 'write'>, string, string, object | undefined, number][] = [
    // A reaction to a comment is an issue's, though the comment stands in a pull request.
    [{ 'pull-requests': 'write' }, 'POST', `/issues/comments/${id}/reactions`, react, 403],
    [{ issues: 'read' }, 'POST', `/issues/comments/${id}/reactions`, react, 403],
    [{ issues: 'write' }, 'POST', `/issues/comments/${id}/reactions`, react, 201],
    [{ 'pull-requests': 'write' }, 'POST', `/issues/${number}/comments`, { body: 'b' }, 201],
    [{ issues: 'write' }, 'GET', `/pulls/${number}/reviews`, undefined, 403],
    [{ contents: 'read' }, 'GET', `/commits/${head}/pulls`, undefined, 403],
    [{ 'pull-requests': 'read' }, 'GET', `/commits/${head}/pulls`, undefined, 200],
    [{ 'pull-requests': 'write' }, 'PUT', `/pulls/${number}/merge`, { sha: head }, 403],
    [{ contents: 'write' }, 'GET', '/teams', undefined, 403],
    [{ contents: 'read' }, 'GET', '/collaborators/grace/permission', undefined, 200],
    [{ statuses: 'write' }, 'GET', `/commits/${head}/check-runs`, undefined, 403],
    [{ checks: 'write' }, 'GET', `/commits/${head}/statuses`, undefined, 403],
    [{ checks: 'write' }, 'GET', '/deployments', undefined, 403],
    [{ deployments: 'read' }, 'POST', '/deployments', { ref: head, required_contexts: [] }, 403],
  ];
  for (const [rights, method, path, body, status] of cases) {
    const secret = world.token(rights);
    const asked = await ask(fake, repo + path, { method, secret, ...(body === undefined ? {} : { body }) });
    assert.equal(asked.status, status, `${JSON.stringify(rights)} ${method} ${path}`);
  }
});

test('nobody approves what they opened', async (context) => {
  const fake = await startedWith(context);
  const secret = fake.world.token({ 'pull-requests': 'write' }, { kind: 'person', by: 'ada' });
  const asked = await ask(fake, `${repo}/pulls/1/reviews`, {
    method: 'POST',
    secret,
    body: { event: 'APPROVE' },
  });
  assert.equal(asked.status, 422);
  assert.match(JSON.stringify(asked.body), /your own pull request/);
});

test('a ref moves forward, or by force', async (context) => {
  const fake = await startedWith(context);
  const old = fake.store.git.run(['rev-parse', 'main']);
  const update = (force: boolean): Promise<Asked> =>
    ask(fake, `${repo}/git/refs/heads/topic`, { method: 'PATCH', body: { sha: old, force } });
  const refused = await update(false);
  assert.deepEqual([refused.status, messageOf(refused)], [422, 'Update is not a fast forward']);
  assert.equal((await update(true)).status, 200);
  const [activity] = listOf((await ask(fake, `${repo}/activity?ref=topic`)).body);
  assert.equal(member(activity, 'activity_type'), 'force_push');
});

test('limits of a check run: 50 annotations, columns of one line, 65,535 characters; what is refused is not half done', async (context) => {
  const fake = await startedWith(context);
  const annotation = { path: 'a.txt', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'm' };
  const create = (output: object): Promise<Asked> =>
    ask(fake, `${repo}/check-runs`, {
      method: 'POST',
      body: {
        name: 'a',
        head_sha: fake.head,
        status: 'in_progress',
        output: { title: 't', summary: 's', ...output },
      },
    });
  const fifty = Array.from({ length: 50 }, () => annotation);
  assert.equal((await create({ annotations: fifty })).status, 201);
  assert.equal((await create({ annotations: [...fifty, annotation] })).status, 422);
  assert.equal(
    (await create({ annotations: [{ ...annotation, end_line: 2, start_column: 1 }] })).status,
    422,
  );
  assert.equal((await create({ summary: 'x'.repeat(65_535) })).status, 201);
  assert.equal((await create({ summary: 'x'.repeat(65_536) })).status, 422);
  const [run] = fake.store.state.checkRuns;
  const more = { output: { title: 't', summary: 's', annotations: [...fifty, annotation] } };
  const updated = await ask(fake, `${repo}/check-runs/${run?.id ?? 0}`, { method: 'PATCH', body: more });
  assert.equal(updated.status, 422);
  assert.equal(run?.annotations.length, 50);
  assert.equal(fake.store.state.checkRuns.length, 2);
});

test('a comment has 65,536 characters; edited it has another time, deleted it is gone', async (context) => {
  const fake = await startedWith(context);
  const { world, number } = fake;
  const post = (length: number): Promise<Asked> =>
    ask(fake, `${repo}/issues/${number}/comments`, { method: 'POST', body: { body: 'x'.repeat(length) } });
  const made = await post(65_536);
  assert.equal(made.status, 201);
  assert.equal(member(made.body, 'user', 'login'), 'github-actions[bot]');
  assert.equal((await post(65_537)).status, 422);
  const own = `${repo}/issues/comments/${String(member(made.body, 'id'))}`;
  const patched = await ask(fake, own, { method: 'PATCH', body: { body: 'ours, edited' } });
  assert.ok(String(member(patched.body, 'updated_at')) > String(member(patched.body, 'created_at')));
  const { id } = world.comment(number, { by: 'grace', body: 'approve' });
  const [edited] = world.editComment(id, { body: 'abort' });
  assert.equal(member(edited?.payload, 'changes', 'body', 'from'), 'approve');
  const read = await ask(fake, `${repo}/issues/comments/${id}`);
  assert.ok(String(member(read.body, 'updated_at')) > String(member(read.body, 'created_at')));
  // A workflow's token edits its own, and nobody else's.
  const other = await ask(fake, `${repo}/issues/comments/${id}`, { method: 'PATCH', body: { body: 'mine' } });
  assert.equal(other.status, 403);
  world.deleteComment(id);
  assert.equal((await ask(fake, `${repo}/issues/comments/${id}`)).status, 404);
});

test('lists end where GitHub cuts them: 250 commits and 3,000 files, in pages of at most 100', async (context) => {
  const fake = await startedWith(context);
  const files = Object.fromEntries(Array.from({ length: 3001 }, (_, index) => [`f/${index}`, `${index}\n`]));
  const commits = [{ files }, ...Array.from({ length: 250 }, (_, index) => ({ files: { n: `${index}\n` } }))];
  const { number } = fake.world.openPull({ by: 'ada', branch: 'big', title: 'Big', commits });
  assert.equal((await allPages(fake, `${repo}/pulls/${number}/commits?per_page=100`)).length, 250);
  assert.equal((await allPages(fake, `${repo}/pulls/${number}/files?per_page=100`)).length, 3000);
  const { body } = await ask(fake, `${repo}/pulls/${number}`);
  assert.deepEqual([member(body, 'commits'), member(body, 'changed_files')], [251, 3002]);
});

test('a role has its own name beside the folded permission; logins have no case; a renamed one answers by its new name', async (context) => {
  const fake = await startedWith(context);
  const permission = async (login: string): Promise<unknown[]> => {
    const { status, body } = await ask(fake, `${repo}/collaborators/${login}/permission`);
    return [status, member(body, 'permission'), member(body, 'role_name')];
  };
  assert.deepEqual(await permission('GRACE'), [200, 'write', 'maintain']);
  const before = await ask(fake, '/users/grace');
  fake.world.rename('grace', 'hopper');
  assert.deepEqual(await permission('grace'), [404, undefined, undefined]);
  const after = await ask(fake, '/users/hopper');
  assert.equal(member(after.body, 'id'), member(before.body, 'id'));
  fake.world.suspend('hopper');
  assert.equal((await ask(fake, '/users/hopper')).status, 404);
});

test('a deleted account is nobody in reviews and pushes, and the ghost in its pull requests', async (context) => {
  const fake = await startedWith(context);
  fake.world.review(1, { by: 'grace', state: 'APPROVED' });
  fake.world.deleteAccount('grace');
  fake.world.deleteAccount('ada');
  const [review] = listOf((await ask(fake, `${repo}/pulls/1/reviews`)).body);
  assert.equal(member(review, 'user'), null);
  const [push] = listOf((await ask(fake, `${repo}/activity?ref=topic`)).body);
  assert.equal(member(push, 'actor'), null);
  assert.equal(member((await ask(fake, `${repo}/pulls/1`)).body, 'user', 'login'), 'ghost');
});

test('a review keeps its commit after a force push, and its place after it was dismissed', async (context) => {
  const fake = await startedWith(context);
  const { id } = fake.world.review(1, { by: 'grace', state: 'APPROVED' });
  const { head } = fake.world.push(1, { by: 'ada', files: { 'a.txt': '3\n' }, force: true });
  assert.notEqual(head, fake.head);
  fake.world.dismiss(1, id, { by: 'ada' });
  const [review] = listOf((await ask(fake, `${repo}/pulls/1/reviews`)).body);
  assert.deepEqual([member(review, 'state'), member(review, 'commit_id')], ['DISMISSED', fake.head]);
});

test('a base that was changed is told by the timeline', async (context) => {
  const fake = await startedWith(context);
  fake.world.pushBranch({ by: 'ada', branch: 'release', files: { 'r.txt': '1\n' } });
  const [edited] = fake.world.retarget(1, 'release');
  assert.equal(member(edited?.payload, 'changes', 'base', 'ref', 'from'), 'main');
  const [event] = listOf((await ask(fake, `${repo}/issues/1/timeline`)).body);
  assert.deepEqual([member(event, 'event'), member(event, 'actor', 'login')], ['base_ref_changed', 'ada']);
});

test('what has not changed is 304 and is not counted; what is over the limit is refused', async (context) => {
  const fake = await startedWith(context);
  const first = await ask(fake, `${repo}/pulls/1`);
  const etag = first.headers.get('etag') ?? '';
  const again = await fetch(`${fake.url}${repo}/pulls/1`, {
    headers: { authorization: `token ${workflowToken}`, 'if-none-match': etag },
  });
  assert.equal(again.status, 304);
  assert.equal(fake.world.limit.used, 1);
  fake.world.limit.perHour = 1;
  const refused = await ask(fake, `${repo}/pulls/1`);
  assert.deepEqual([refused.status, refused.headers.get('x-ratelimit-remaining')], [403, '0']);
  fake.world.clock.advance(3600);
  assert.equal((await ask(fake, `${repo}/pulls/1`)).status, 200);
});

test('faults on demand: a status, a cut connection, an effect whose answer is lost, a late answer', async (context) => {
  const fake = await startedWith(context);
  const path = `${repo}/issues/1/comments`;
  const post = (): Promise<Asked> => ask(fake, path, { method: 'POST', body: { body: 'once' } });
  fake.world.faults.push({
    operation: 'issues/create-comment',
    status: 403,
    headers: { 'retry-after': '60' },
  });
  const limited = await post();
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [403, '60']);
  assert.equal(fake.store.state.comments.length, 0);
  fake.world.faults.push({ operation: 'issues/create-comment', isDone: true });
  await assert.rejects(post());
  assert.equal(fake.store.state.comments.length, 1);
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => (release = resolve));
  fake.world.faults.push({ operation: 'issues/list-comments', until });
  const waiting = ask(fake, path);
  release();
  assert.equal(listOf((await waiting).body).length, 1);
});

test('a list that lags tells what was true before, for as many reads as were said', async (context) => {
  const fake = await startedWith(context);
  fake.world.lag('issues/list-comments', 2);
  fake.world.comment(1, { by: 'grace', body: 'late' });
  const lengths: number[] = [];
  for (let read = 0; read < 3; read++)
    lengths.push(listOf((await ask(fake, `${repo}/issues/1/comments`)).body).length);
  assert.deepEqual(lengths, [0, 0, 1]);
});

test('each method of merging makes the commits that GitHub makes', async (context) => {
  for (const method of ['merge', 'squash', 'rebase', 'queue'] as const) {
    const fake = await startFakeGitHub(context);
    const { world, store } = fake;
    world.addPerson('ada', { role: 'write' });
    world.addPerson('grace', { role: 'write' });
    world.pushBranch({ by: 'ada', files: { 'a.txt': '1\n' } });
    const commits = [{ files: { 'b.txt': '1\n' } }, { files: { 'b.txt': '2\n' }, author: 'grace' }];
    const { number, head } = world.openPull({ by: 'ada', branch: 'topic', title: 'B', commits });
    world.pushBranch({ by: 'grace', files: { 'c.txt': '1\n' } });
    const base = store.git.run(['rev-parse', 'main']);
    const { commit, deliveries } = world.merge(number, { by: 'grace', method });
    const { body } = await ask(fake, `${repo}/commits/${commit}`);
    const shown = isObject(body) ? body : {};
    const parents = listOf(shown['parents']).map((parent) => member(parent, 'sha'));
    const isWeb = member(shown, 'committer', 'login') === 'web-flow';
    assert.equal(isWeb, method !== 'rebase', method);
    assert.equal(member(shown, 'commit', 'verification', 'verified'), method !== 'rebase', method);
    if (method === 'merge' || method === 'queue') assert.deepEqual(parents, [base, head], method);
    if (method === 'squash') assert.deepEqual(parents, [base], method);
    if (method === 'squash')
      assert.match(String(member(shown, 'commit', 'message')), /^B \(#1\)\n\nCo-authored-by: grace/);
    if (method === 'rebase') {
      assert.equal(store.git.run(['rev-list', '--count', `${base}..${commit}`]), '2');
      assert.deepEqual(
        [member(shown, 'author', 'login'), member(shown, 'committer', 'login')],
        ['grace', 'grace'],
      );
    }
    assert.deepEqual(
      deliveries.map(({ name }) => name),
      [...(method === 'queue' ? ['pull_request', 'merge_group', 'merge_group'] : []), 'pull_request', 'push'],
    );
    // What was merged is the base and the pull request, and nothing else, however it was merged.
    const tree = store.git.run(['ls-tree', '--name-only', commit]).split('\n');
    assert.deepEqual(tree, ['a.txt', 'b.txt', 'c.txt'], method);
  }
});

test('a fork is a repository of its own: its branch is in no clone, its activity is told by itself', async (context) => {
  const fake = await startedWith(context);
  fake.world.addPerson('mallory');
  const { number, head } = fake.world.openPull({
    by: 'mallory',
    branch: 'theirs',
    title: 'C',
    files: { x: '1\n' },
    fork: true,
  });
  assert.equal(
    fake.store.git.run(['for-each-ref', '--format=%(refname)', 'refs/heads']),
    'refs/heads/main\nrefs/heads/topic',
  );
  assert.equal(fake.store.git.run(['rev-parse', `refs/pull/${number}/head`]), head);
  assert.equal(listOf((await ask(fake, `${repo}/activity?ref=theirs`)).body).length, 0);
  const own = await ask(fake, '/repos/mallory/shop/activity?ref=theirs');
  assert.equal(member(listOf(own.body)[0], 'actor', 'login'), 'mallory');
});
