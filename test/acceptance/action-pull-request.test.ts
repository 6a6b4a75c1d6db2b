/** Whole runs of the built Action on pull requests, against the fake GitHub. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { buildBundle } from '../support/bundle.ts';
import { botAccount, startFakeGitHub, type FakeGitHub } from '../support/github/old-fake-github.ts';
import { commitFiles, git } from '../support/git-repository.ts';
import { runAction, type StepResult } from '../support/github/run-action.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

const policy = `version: 1
services:
  shop:
    paths: [shop/**]
    config: [{ files: 'shop/config/*.json', schema: shop/config.schema.json }]
approval: { required: 1 }
unclaimed: allow
`;
const schema = JSON.stringify({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['timeoutMs'],
  properties: { timeoutMs: { type: 'integer', minimum: 1 } },
});
const landed = {
  'evenkeel.yml': policy,
  'shop/config.schema.json': schema,
  'shop/config/shop.json': '{ "timeoutMs": 100 }\n',
};
const good = { 'shop/config/shop.json': '{ "timeoutMs": 200 }\n' };
const bad = { 'shop/config/shop.json': '{ "timeoutMs": "soon" }\n' };

interface PullRequest {
  fake: FakeGitHub;
  head: string;
  run(options?: {
    isFork?: boolean;
    runAttempt?: number;
    inputs?: Record<string, string>;
  }): Promise<StepResult>;
}

/** A repository whose main holds `baseFiles`, and a pull request that changes `headFiles`, checked out as GitHub does. */
async function pullRequestOf(
  context: TestContext,
  baseFiles: Record<string, string>,
  headFiles: Record<string, string>,
): Promise<PullRequest> {
  const temporary = temporaryDirectory(context);
  const directory = join(temporary, 'repository');
  const base = commitFiles(directory, 'base', baseFiles);
  git(directory, 'checkout', '--quiet', '-b', 'topic');
  const head = commitFiles(directory, 'change', headFiles);
  git(directory, 'checkout', '--quiet', '--detach', base);
  git(directory, 'merge', '--quiet', '--no-ff', '--message', 'merge', head);
  const merge = git(directory, 'rev-parse', 'HEAD');
  const fake = await startFakeGitHub(context);
  return {
    fake,
    head,
    run: ({ isFork = false, runAttempt = 1, inputs = {} } = {}) =>
      runAction({
        bundle: join(bundle, 'index.js'),
        directory,
        temporary: join(temporary, 'runner'),
        apiUrl: fake.url,
        eventName: 'pull_request',
        event: {
          pull_request: { number: 7, base: { sha: base }, head: { sha: head, repo: { id: isFork ? 2 : 1 } } },
          repository: { id: 1 },
        },
        sha: merge,
        inputs,
        runAttempt,
      }),
  };
}

test('a harmless change: a check run that succeeds, outputs, and one comment that is updated in place', async (context) => {
  const { fake, head, run } = await pullRequestOf(context, landed, good);
  const marker = '<!-- evenkeel:check -->';
  const stranger = { id: 9, login: 'mallory', type: 'User' as const };
  fake.store.comments.push({ id: 1, issue: 7, user: stranger, body: `${marker}\nallowed, trust me` });
  const first = await run();
  assert.equal(first.exitCode, 0, first.log);
  assert.equal(first.outputs['decision'], 'allow');
  assert.equal(first.outputs['reason-code'], 'clean');
  const result: unknown = JSON.parse(first.outputs['result'] ?? '');
  assert.ok(typeof result === 'object' && result !== null && 'schema' in result);
  assert.equal(result.schema, 'evenkeel/check/v1');
  assert.match(first.summary, /Allowed: no findings/);
  assert.deepEqual(
    fake.store.checkRuns.map(({ head_sha, status, conclusion }) => [head_sha, status, conclusion]),
    [[head, 'completed', 'success']],
  );

  const second = await run({ runAttempt: 2 });
  assert.equal(second.exitCode, 0, second.log);
  const own = fake.store.comments.filter((comment) => comment.user.id === botAccount.id);
  assert.equal(own.length, 1);
  assert.match(own[0]?.body ?? '', /Allowed/);
  // A marker that somebody else typed is not ours.
  assert.equal(fake.store.comments[0]?.body, `${marker}\nallowed, trust me`);
});

test('a value that its schema forbids: an annotation on its line, a failed check run, a failed step', async (context) => {
  const { fake, run } = await pullRequestOf(context, landed, bad);
  const step = await run();
  assert.equal(step.exitCode, 1, step.log);
  assert.equal(step.outputs['decision'], 'block');
  assert.equal(step.outputs['reason-code'], 'findings-block');
  const [checkRun] = fake.store.checkRuns;
  assert.equal(checkRun?.conclusion, 'failure');
  const [annotation] = checkRun.annotations;
  assert.equal(annotation?.path, 'shop/config/shop.json');
  assert.equal(annotation.annotation_level, 'failure');
  assert.match(step.log, /^::error::/m);
});

test('more findings than an API call may bring: all of them arrive, once each, also when an answer is lost', async (context) => {
  const many = Array.from({ length: 60 }, (_, index): [string, string] => [
    `shop/config/c${index}.json`,
    '{ "timeoutMs": 0 }\n',
  ]);
  const { fake, run } = await pullRequestOf(context, landed, Object.fromEntries(many));
  // The first part arrives and its answer is lost.
  fake.store.faults.push({ method: 'PATCH', path: /check-runs/, status: 502, isDone: true });
  const step = await run();
  assert.equal(step.exitCode, 1, step.log);
  const [checkRun] = fake.store.checkRuns;
  const paths = checkRun?.annotations.map(({ path }) => path) ?? [];
  assert.equal(paths.length, 60);
  assert.equal(new Set(paths).size, 60);
  assert.equal(checkRun?.conclusion, 'failure');
});

test('from a fork the token can only read: annotations in the log, the summary, and a sentence', async (context) => {
  const { fake, run } = await pullRequestOf(context, landed, bad);
  fake.store.token = 'read';
  const blocked = await run({ isFork: true });
  assert.equal(blocked.exitCode, 1, blocked.log);
  assert.match(blocked.log, /::error .*file=shop\/config\/shop\.json/);
  assert.match(blocked.log, /comes from a fork, whose token can only read/);
  assert.match(blocked.summary, /Blocked/);
  assert.deepEqual([fake.store.checkRuns.length, fake.store.comments.length], [0, 0]);
});

test('a harmless change from a fork is no failure because nothing could be written', async (context) => {
  const { fake, run } = await pullRequestOf(context, landed, good);
  fake.store.token = 'read';
  const step = await run({ isFork: true });
  assert.equal(step.exitCode, 0, step.log);
  assert.equal(step.outputs['decision'], 'allow');
});

test('no policy anywhere: one sentence that says what to do', async (context) => {
  const { run } = await pullRequestOf(context, { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
  const step = await run();
  assert.equal(step.exitCode, 1);
  assert.match(step.log, /::error::there is no evenkeel\.yml .*evenkeel init/);
  assert.equal(step.outputs['reason-code'], 'policy-missing');
  assert.doesNotMatch(step.log, /\n\s+at /);
});

test('a change cannot loosen the policy that it is checked under', async (context) => {
  const loose = { 'evenkeel.yml': policy.replace(/ {4}config.*\n/, ''), ...bad };
  const { run } = await pullRequestOf(context, landed, loose);
  const step = await run();
  assert.equal(step.outputs['decision'], 'block', step.log);
});

test('a secondary rate limit is waited for, and an answer of 500 is tried again without doubling the comment', async (context) => {
  const { fake, run } = await pullRequestOf(context, landed, good);
  fake.store.faults.push(
    {
      method: 'GET',
      path: /\/check-runs$/,
      status: 403,
      headers: { 'retry-after': '1' },
      message: 'You have exceeded a secondary rate limit',
    },
    { method: 'POST', path: /\/comments$/, status: 500, isDone: true },
  );
  const step = await run();
  assert.equal(step.exitCode, 0, step.log);
  assert.match(step.log, /secondary rate limit is reached; going on in 1 s/);
  assert.deepEqual([fake.store.checkRuns.length, fake.store.comments.length], [1, 1]);
});

test('commands that the policy declares do not see the token', async (context) => {
  const withCommand = policy.replace('approval:', `    code: { commands: [node spy.js] }\napproval:`);
  const files = {
    ...landed,
    'evenkeel.yml': withCommand,
    'spy.js': "process.exit(JSON.stringify(process.env).includes('secret-token') ? 1 : 0);\n",
    'shop/main.js': '1;\n',
  };
  const { run } = await pullRequestOf(context, files, { 'shop/main.js': '2;\n' });
  const step = await run();
  assert.equal(step.outputs['decision'], 'allow', step.log);
});

test('an input that is not known is refused by name', async (context) => {
  const { run } = await pullRequestOf(context, landed, good);
  const step = await run({ inputs: { command: 'destroy' } });
  assert.equal(step.exitCode, 1);
  assert.match(step.log, /::error::the input `command` is "destroy"; it can be check or deploy/);
});
