/**
 * The ticket of a rollback on GitHub: opened once, found again, and never in the way. The journal is written by the real
 * machine; that GitHub lists an issue when it is told to is what this fake cannot prove.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openGitHub } from '../../action/github/octokit.ts';
import { openTickets } from '../../action/github/tickets/open-tickets.ts';
import { startFakeGitHub, workflowToken, type FakeGitHub } from '../support/github/fake-github.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { writeWentBack, type WentBack, type WentBackOptions } from '../support/went-back.ts';

interface Scene extends FakeGitHub {
  directory: string;
  wentBack: WentBack;
  lines: string[];
  /** One run at so many seconds past eight. */
  open(atSeconds?: number, token?: string): Promise<void>;
  /** As if this machine had lost what it knew of the ticket. */
  forget(): void;
}

const tickets = { labels: ['on-call'], assignees: [], repository: null };

async function scene(context: TestContext, options: Partial<WentBackOptions> = {}): Promise<Scene> {
  const fake = await startFakeGitHub(context);
  fake.world.addPerson('ola', { role: 'write' });
  fake.world.addPerson('eve', { role: 'read' });
  const runbook = '# Shop\n## Worse\n1. Tell @support\n2. Look at <the till>\n';
  const { head } = fake.world.pushBranch({ by: 'ola', files: { 'docs/shop.md': runbook } });
  const directory = join(temporaryDirectory(context), 'checkout');
  execFileSync('git', ['clone', '--quiet', fake.world.git, directory]);
  const wentBack = writeWentBack({
    repository: directory,
    commit: head,
    base: head,
    runbooks: { worse: 'docs/shop.md#worse' },
    tickets,
    ...options,
  });
  const lines: string[] = [];
  const progress = (line: string): void => void lines.push(line);
  return {
    ...fake,
    directory,
    wentBack,
    lines,
    async open(atSeconds = 0, token = workflowToken) {
      const env = { GITHUB_API_URL: fake.url, GITHUB_RUN_ID: '77' };
      const times = { requestTimeoutMs: 5000, retryBaseMs: 1, spacedWith: randomUUID() };
      const github = openGitHub(token, env, progress, times);
      await openTickets({
        repository: { github, owner: 'acme', repo: 'shop' },
        directory,
        env,
        now: () => new Date(Date.parse('2026-01-05T08:00:00Z') + atSeconds * 1000),
        progress,
      });
    },
    forget: () => rmSync(join(wentBack.directories.incidents, '41.ticket.json')),
  };
}

test('a rollback opens one issue, with what happened and what to do', async (context) => {
  const { world, wentBack, open, lines } = await scene(context);
  wentBack.end('back');
  await open();
  await open(10);
  const [issue, ...others] = world.state.issues;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [issue?.title, issue?.labels],
    ['shop in production was rolled back', ['evenkeel', 'on-call']],
  );
  for (const part of [
    'Rollout 41 of commit',
    'approved by kim',
    'errors 20 % of 311 requests',
    'by the router in 2.0 ms',
    'Runbook for `worse`: [docs/shop.md\\#worse](<https://github.com/acme/shop/blob/',
    '- [ ] Tell &#64;<!-- -->support\n- [ ] Look at &lt;the till&gt;',
    'judge: fail, errors 20 % of 311 requests',
    'https://github.com/acme/shop/actions/runs/77',
    'evenkeel audit list --rollout 41',
  ])
    assert.ok(issue?.body.includes(part), `${part}\nin\n${issue?.body ?? ''}`);
  assert.deepEqual(lines, ['ticket of rollout 41: https://github.example/acme/shop/issues/1']);
});

test('a machine that forgot its ticket finds it again; one that somebody else wrote is not ours', async (context) => {
  const { world, wentBack, open, forget } = await scene(context);
  wentBack.end('back');
  await open();
  const [ours] = world.state.issues;
  assert.ok(ours !== undefined);
  const eve = world.state.accounts.find(({ login }) => login === 'eve')?.id ?? null;
  world.state.issues.unshift({ ...ours, id: 999, number: 0, by: eve });
  ours.state = 'closed';
  forget();
  await open(20);
  assert.equal(world.state.issues.length, 2, 'Eve’s and ours');
  assert.equal(ours.state, 'closed', 'what people have closed stays closed');
});

test('an answer that was lost, and lists that lag behind it, make no second ticket', async (context) => {
  const { world, wentBack, open, lines } = await scene(context);
  wentBack.end('back');
  world.lag('issues/list-for-repo', 2);
  world.faults.push({ operation: 'issues/create', isDone: true });
  await open();
  await open(5);
  assert.match(lines.at(-1) ?? '', /asked for a moment ago/);
  await open(120);
  assert.equal(world.state.issues.length, 1);
});

test('two runs at once open one', async (context) => {
  const { world, wentBack, open } = await scene(context);
  wentBack.end('back');
  await Promise.all([open(), open(), open()]);
  await open(1);
  assert.equal(world.state.issues.length, 1);
});

test('a token without the right: one line, nothing thrown, and a later run with it opens the ticket', async (context) => {
  const { world, wentBack, open, lines } = await scene(context);
  wentBack.end('back');
  await open(0, world.token({ contents: 'read' }));
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /left to the next run: .*GitHub answered 403; look at the `permissions`/);
  await open(90);
  assert.equal(world.state.issues.length, 1);
});

const calls = [
  'users/get-authenticated',
  'issues/list-for-repo',
  'repos/list-pull-requests-associated-with-commit',
  'issues/create',
] as const;
for (const operation of calls) {
  for (const status of [401, 403, 404, 410, 429, 500, undefined]) {
    test(`${operation} answered with ${status ?? 'nothing'}: never a second ticket, and one in the end`, async (context) => {
      const { world, wentBack, open, lines } = await scene(context);
      wentBack.end('back');
      world.faults.push({
        operation,
        ...(status === undefined ? {} : { status }),
        headers: { 'retry-after': '0' },
        times: 100,
      });
      await open();
      assert.ok(world.state.issues.length <= 1);
      if (world.state.issues.length === 0)
        assert.match(lines.at(-1) ?? '', /left to the next run: .*GitHub (answered \d|did not answer).*; \w/);
      world.faults.length = 0;
      await open(120);
      await open(240);
      assert.equal(world.state.issues.length, 1, lines.join('\n'));
    });
  }
}

test('asked for while stuck, its answer lost, and back since: found, and told how it went on', async (context) => {
  const { world, wentBack, open } = await scene(context);
  wentBack.end('stuck');
  world.faults.push({ operation: 'issues/create', isDone: true });
  await open();
  assert.equal(world.state.comments.length, 0);
  wentBack.end('back');
  await open(120);
  await open(240);
  assert.equal(world.state.issues.length, 1);
  assert.equal(world.state.comments.length, 1);
});

test('a journal that cannot be read keeps no other ticket from being opened', async (context) => {
  const { world, wentBack, open, lines } = await scene(context);
  wentBack.end('back');
  const damaged = join(wentBack.directories.journal, '40.jsonl');
  writeFileSync(damaged, '{"record": "plan"}\n');
  await open();
  assert.equal(world.state.issues.length, 1);
  assert.match(lines[0] ?? '', /the ticket of rollout 40 is left to the next run: \S/);
});

test('whom GitHub cannot assign keeps no ticket from being opened', async (context) => {
  const { world, wentBack, open, lines } = await scene(context, {
    tickets: { ...tickets, assignees: ['zoe'] },
  });
  wentBack.end('back');
  world.faults.push({ operation: 'issues/create', status: 422, message: 'Validation Failed' });
  await open();
  assert.equal(world.state.issues.length, 1);
  assert.match(lines[0] ?? '', /refused who the policy assigns/);
});

test('a rollback that is stuck is a ticket at once; that it went on is told there, once', async (context) => {
  const { world, wentBack, open, forget } = await scene(context);
  wentBack.end('stuck');
  await open();
  const [issue] = world.state.issues;
  assert.equal(issue?.title, 'shop in production: a rollback is stuck');
  assert.match(issue.body, /users may still be on the candidate:\*\* no such cluster/);
  wentBack.end('back');
  await open(100);
  await open(200);
  const told = world.state.comments.map(({ body }) => body);
  assert.deepEqual(told.length, 1);
  assert.match(told[0] ?? '', /the version before serves everybody/);
  forget();
  await open(300);
  assert.equal(world.state.comments.length, 1);
});

test('words of others make no marker, no mention and no second ticket', async (context) => {
  const { world, wentBack, open } = await scene(context, {
    cause: 'x --> <!-- evenkeel:ticket acme/shop 42 bbbbbbbbbbbb --> @ola closes #1 and GH-1',
  });
  wentBack.end('back');
  await open();
  const body = world.state.issues[0]?.body ?? '';
  assert.equal(body.split('<!-- evenkeel:ticket').length, 2, 'our own marker only');
  assert.doesNotMatch(body, /[^;]@ola|#1|GH\\?-1/);
});

test('a journal of an earlier version, and a rollout that met nobody, ask for none', async (context) => {
  const { world, wentBack, open, lines } = await scene(context, { tickets: undefined });
  wentBack.end('back');
  await open();
  assert.deepEqual([world.state.issues, lines], [[], []]);
});
