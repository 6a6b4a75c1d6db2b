/** Whole runs of the built Action in the job that runs the code of a pull request and has no rights. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { buildBundle } from '../../support/bundle.ts';
import { startFakeGitHub, type FakeGitHub } from '../../support/github/fake-github.ts';
import { placeOf, runAction, type StepResult } from '../../support/github/run-action.ts';
import { checkOut } from '../../support/github/workflow/checkout.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

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
  run(options?: { inputs?: Record<string, string> }): Promise<StepResult>;
}

/** A repository whose main holds `baseFiles`, and a pull request that changes `headFiles`, checked out as GitHub does. */
async function pullRequestOf(
  context: TestContext,
  baseFiles: Record<string, string>,
  headFiles: Record<string, string>,
  { isFork = false } = {},
): Promise<PullRequest> {
  const temporary = temporaryDirectory(context);
  const directory = join(temporary, 'repository');
  const fake = await startFakeGitHub(context);
  const { store, url, world } = fake;
  world.addPerson('grace', { role: 'admin' });
  world.addPerson('ada', { role: isFork ? 'none' : 'write' });
  world.pushBranch({ by: 'grace', files: baseFiles });
  const opened = world.openPull({
    by: 'ada',
    branch: 'topic',
    title: 'A change',
    files: headFiles,
    fork: isFork,
  });
  const event = opened.deliveries.find(({ name }) => name === 'pull_request')?.payload;
  const place = placeOf(store, 'pull_request', event);
  assert.ok(place !== null);
  checkOut(world.git, directory, place);
  return {
    fake,
    run: ({ inputs = {} } = {}) =>
      runAction({
        bundle: join(bundle, 'index.js'),
        directory,
        temporary: join(temporary, 'runner'),
        apiUrl: url,
        eventName: 'pull_request',
        event,
        ...place,
        inputs,
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
  const { run } = await pullRequestOf(context, landed, bad, { isFork: true });
  const blocked = await run();
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
    /::error::the input `command` is "destroy"; it can be check, review, commands, deploy or advance/,
  );
});
