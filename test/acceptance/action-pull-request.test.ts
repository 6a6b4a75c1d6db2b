/** Whole runs of the built Action in the job that runs the code of a pull request and has no rights. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { buildBundle } from '../support/bundle.ts';
import { startFakeGitHub, type FakeGitHub } from '../support/github/old-fake-github.ts';
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

test('a harmless change: outputs and a summary, and GitHub is asked for nothing', async (context) => {
  const { fake, run } = await pullRequestOf(context, landed, good);
  const step = await run();
  assert.equal(step.exitCode, 0, step.log);
  assert.equal(step.outputs['decision'], 'allow');
  assert.equal(step.outputs['reason-code'], 'clean');
  const result: unknown = JSON.parse(step.outputs['result'] ?? '');
  assert.ok(typeof result === 'object' && result !== null && 'schema' in result);
  assert.equal(result.schema, 'evenkeel/check/v1');
  assert.match(step.summary, /Allowed: no findings/);
  assert.deepEqual(fake.store.requests, []);
});

test('a value that its schema forbids: an annotation on its line through the log, a failed step', async (context) => {
  const { run } = await pullRequestOf(context, landed, bad);
  const step = await run();
  assert.equal(step.exitCode, 1, step.log);
  assert.equal(step.outputs['decision'], 'block');
  assert.equal(step.outputs['reason-code'], 'findings-block');
  assert.match(step.log, /^::error .*file=shop\/config\/shop\.json/m);
});

test('from a fork everything is the same: the result needs no right to write', async (context) => {
  const { run } = await pullRequestOf(context, landed, bad);
  const blocked = await run({ isFork: true });
  assert.equal(blocked.exitCode, 1, blocked.log);
  assert.match(blocked.log, /::error .*file=shop\/config\/shop\.json/);
  assert.match(blocked.summary, /Blocked/);
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
  assert.match(
    step.log,
    /::error::the input `command` is "destroy"; it can be check, review, commands or deploy/,
  );
});
