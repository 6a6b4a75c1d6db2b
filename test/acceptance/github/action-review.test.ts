/**
 * Whole runs of the built Action in the workflow that may write: what it publishes, for whom, and what it never does. The
 * token has the rights that the workflow gives this job and no others. The fake's head says what this does not prove.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { approvalWorkflow } from '../../../action/workflows/approval-workflow.ts';
import { buildBundle } from '../../support/bundle.ts';
import { startFakeGitHub, type FakeGitHub } from '../../support/github/fake-github.ts';
import { runAction, type StepResult } from '../../support/github/run-action.ts';
import type { Files } from '../../support/github/world/pull-acts.ts';
import type { Delivery } from '../../support/github/webhooks.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

const policy = `version: 1
services:
  shop:
    paths: [shop/**]
    config: [{ files: 'shop/config/*.json', schema: shop/config.schema.json }]
    code: { commands: [touch ../ran-in-review] }
approval: { required: 1 }
unclaimed: allow
`;
const landed = {
  'evenkeel.yml': policy,
  'shop/config.schema.json': JSON.stringify({
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: { timeoutMs: { type: 'integer', minimum: 1 } },
  }),
  'shop/config/shop.json': '{ "timeoutMs": 100 }\n',
};
const good = { 'shop/config/shop.json': '{ "timeoutMs": 200 }\n' };
const bad = { 'shop/config/shop.json': '{ "timeoutMs": "soon" }\n' };
const marker = '<!-- evenkeel:check -->';

/** What `permissions:` of the job gives, so that a right too few fails here. */
const rights = (
  parse(approvalWorkflow(null)) as { jobs: { review: { permissions: Record<string, 'read' | 'write'> } } }
).jobs.review.permissions;

interface Scene extends FakeGitHub {
  number: number;
  head: string;
  run(delivery?: { name: string; payload: unknown }, inputs?: Record<string, string>): Promise<StepResult>;
  gates(): [string, string | null][];
  comments(): { by: number | null; body: string }[];
}

async function sceneOf(
  context: TestContext,
  files: Files,
  options: { base?: string; by?: string } = {},
): Promise<Scene> {
  const fake = await startFakeGitHub(context);
  const { world } = fake;
  for (const login of ['ola', 'bo']) world.addPerson(login, { role: 'write' });
  world.addPerson('eve', { role: 'read' });
  world.pushBranch({ by: 'ola', files: landed });
  if (options.base !== undefined)
    world.pushBranch({ by: 'ola', branch: options.base, from: 'refs/heads/main', files: { 'a.txt': 'a\n' } });
  const { number, head } = world.openPull({
    by: 'ola',
    branch: 'topic',
    title: '</summary> `x` @bo ::error::',
    files,
    ...(options.base === undefined ? {} : { base: options.base }),
  });
  const temporary = temporaryDirectory(context);
  const directory = join(temporary, 'clone');
  execFileSync('git', ['clone', '--quiet', world.git, directory]);
  const sha = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: directory, encoding: 'utf8' }).trim();
  const token = world.token(rights);
  let runs = 0;
  return {
    ...fake,
    number,
    head,
    run: (delivery = { name: 'pull_request_target', payload: { pull_request: { number } } }, inputs = {}) =>
      runAction({
        bundle: join(bundle, 'index.js'),
        directory,
        temporary: join(temporary, `runner-${++runs}`),
        apiUrl: fake.url,
        eventName: delivery.name,
        event: delivery.payload,
        sha,
        inputs: { token, command: 'review', ...inputs },
      }),
    gates: () =>
      world.state.checkRuns.map((run): [string, string | null] => [run.name, run.conclusion]).sort(),
    comments: () => world.state.comments.map(({ by, body }) => ({ by, body })),
  };
}

test('who must still approve, by name; the review that does; and one comment all along', async (context) => {
  const scene = await sceneOf(context, good);
  const { world } = scene;
  world.comment(scene.number, { by: 'eve', body: `${marker}\napproved, trust me` });
  const waiting = await scene.run();
  assert.equal(waiting.exitCode, 0, waiting.log);
  assert.equal(waiting.outputs['decision'], 'await-approval');
  assert.deepEqual(scene.gates(), [
    ['Evenkeel / approval', 'action_required'],
    ['Evenkeel / check', 'success'],
  ]);
  const own = () => scene.comments().filter(({ body }) => !body.includes('trust me'));
  assert.equal(own().length, 1);
  assert.match(own()[0]?.body ?? '', /Still needed/);
  assert.match(own()[0]?.body ?? '', /Not run here.*touch/);

  world.review(scene.number, { by: 'bo', state: 'APPROVED' });
  world.requests.length = 0;
  const approved = await scene.run();
  assert.equal(approved.exitCode, 0, approved.log);
  assert.equal(approved.outputs['decision'], 'allow');
  assert.deepEqual(scene.gates(), [
    ['Evenkeel / approval', 'success'],
    ['Evenkeel / check', 'success'],
  ]);
  assert.equal(own().length, 1);
  assert.match(own()[0]?.body ?? '', /Approved by bo/);
  assert.doesNotMatch(own()[0]?.body ?? '', /@bo/);
  assert.equal(scene.comments()[0]?.body, `${marker}\napproved, trust me`);
  context.diagnostic(
    `${world.requests.length} requests: ${world.requests.map(({ method, path }) => `${method} ${path}`).join(', ')}`,
  );
  assert.ok(world.requests.length <= 12);

  const writes = () => world.requests.filter(({ method }) => method !== 'GET').length;
  world.requests.length = 0;
  assert.equal((await scene.run()).exitCode, 0);
  assert.equal(writes(), 0, 'what is shown already is not written again');
});

test('a push after the approval: the new head waits, and the comment is about it', async (context) => {
  const scene = await sceneOf(context, good);
  scene.world.review(scene.number, { by: 'bo', state: 'APPROVED' });
  assert.equal((await scene.run()).exitCode, 0);
  const { head } = scene.world.push(scene.number, {
    by: 'ola',
    files: { 'shop/config/shop.json': '{ "timeoutMs": 250 }\n' },
  });
  const step = await scene.run();
  assert.equal(step.outputs['decision'], 'await-approval', step.log);
  const atHead = scene.world.state.checkRuns.filter((run) => run.head_sha === head);
  assert.deepEqual(atHead.map(({ name, conclusion }) => [name, conclusion]).sort(), [
    ['Evenkeel / approval', 'action_required'],
    ['Evenkeel / check', 'success'],
  ]);
  assert.match(scene.comments()[0]?.body ?? '', new RegExp(`About ${head.slice(0, 12)}`));
});

test('an error is an annotation at its line, approved or not', async (context) => {
  const scene = await sceneOf(context, bad);
  scene.world.review(scene.number, { by: 'bo', state: 'APPROVED' });
  const step = await scene.run();
  assert.equal(step.exitCode, 1, step.log);
  const run = scene.world.state.checkRuns.find(({ name }) => name === 'Evenkeel / check');
  assert.equal(run?.conclusion, 'failure');
  assert.equal(run.annotations[0]?.path, 'shop/config/shop.json');
  assert.deepEqual(
    run.annotations.map(({ annotation_level: level }) => level),
    ['failure', 'warning'],
    'the worst first',
  );
});

test('more annotations than a call may bring, with an answer lost: all of them, once', async (context) => {
  const many = Array.from({ length: 120 }, (_, index): [string, string] => [
    `shop/config/c${index}.json`,
    '{ "timeoutMs": 0 }\n',
  ]);
  const scene = await sceneOf(context, Object.fromEntries(many));
  scene.world.faults.push({ method: 'POST', path: /check-runs$/, status: 502, isDone: true });
  scene.world.faults.push({ method: 'PATCH', path: /check-runs/, status: 502, isDone: true });
  const step = await scene.run();
  assert.equal(step.exitCode, 1, step.log);
  const runs = scene.world.state.checkRuns.filter(({ name }) => name === 'Evenkeel / check');
  assert.equal(runs.length, 1);
  assert.equal(new Set(runs[0]?.annotations.map(({ path }) => path)).size, 120);
  assert.equal(runs[0]?.annotations.length, 120);
});

test('two runs at once: one comment, and one check run of each gate that is shown', async (context) => {
  const scene = await sceneOf(context, good);
  const steps = await Promise.all([scene.run(), scene.run()]);
  for (const step of steps) assert.equal(step.outputs['decision'], 'await-approval', step.log);
  // Whichever saw two of them has deleted one; a later run finds nothing to do.
  assert.equal((await scene.run()).exitCode, 0);
  assert.equal(scene.comments().length, 1);
});

test('a base that nobody protects is never shown as success: the same commit could be proposed for main', async (context) => {
  const scene = await sceneOf(context, good, { base: 'playground' });
  scene.world.review(scene.number, { by: 'bo', state: 'APPROVED' });
  await scene.run();
  assert.deepEqual(scene.gates(), [
    ['Evenkeel / approval', 'action_required'],
    ['Evenkeel / check', 'action_required'],
  ]);
});

test('reviews that cannot be read take back the success of before', async (context) => {
  const scene = await sceneOf(context, good);
  scene.world.review(scene.number, { by: 'bo', state: 'APPROVED' });
  assert.equal((await scene.run()).exitCode, 0);
  for (let times = 0; times < 8; times += 1)
    scene.world.faults.push({ method: 'GET', path: /\/reviews/, status: 404 });
  const step = await scene.run();
  assert.notEqual(step.exitCode, 0, step.log);
  assert.equal(scene.gates()[0]?.[1], 'failure');
});

test('events that are forged, late or about nothing: everything is read anew', async (context) => {
  const scene = await sceneOf(context, good);
  const table: [string, Delivery | { name: string; payload: unknown }][] = [
    ['a number of nobody', { name: 'pull_request_target', payload: { pull_request: { number: 999 } } }],
    ['an issue', { name: 'issue_comment', payload: { issue: { number: 1 }, comment: { id: 1 } } }],
  ];
  for (const [what, delivery] of table) {
    const step = await scene.run(delivery);
    assert.equal(step.exitCode, 0, `${what}: ${step.log}`);
    assert.equal(step.outputs['reason-code'], 'nothing-to-review');
  }
  const forged = {
    pull_request: { number: scene.number, head: { sha: 'f'.repeat(40) }, state: 'approved' },
    review: { state: 'approved' },
  };
  const step = await scene.run({ name: 'pull_request_target', payload: forged });
  assert.equal(step.outputs['decision'], 'await-approval', step.log);
});

test('a review reaches this job through the run that it started, also for a fork, and a schedule finds what was lost', async (context) => {
  const scene = await sceneOf(context, good);
  const run = (owner: string, branch: string) => ({
    name: 'workflow_run',
    payload: {
      workflow_run: {
        event: 'pull_request_review',
        head_sha: scene.head,
        head_branch: branch,
        head_repository: { owner: { login: owner } },
      },
    },
  });
  assert.equal((await scene.run(run('acme', 'topic'))).outputs['decision'], 'await-approval');
  assert.equal(scene.gates().length, 2);
  assert.equal((await scene.run(run('acme', 'elsewhere'))).outputs['reason-code'], 'nothing-to-review');
  assert.equal((await scene.run({ name: 'schedule', payload: {} })).outputs['decision'], 'await-approval');
});

test('a job with rights runs no code of a change', async (context) => {
  const scene = await sceneOf(context, good);
  const step = await scene.run(undefined, { command: 'check' });
  assert.equal(step.exitCode, 1);
  assert.match(step.log, /has rights that this code must not get/);
});
