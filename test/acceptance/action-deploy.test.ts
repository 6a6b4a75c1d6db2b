/** Whole runs of the built Action on a push to the default branch, against the fake GitHub. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { buildBundle } from '../support/bundle.ts';
import { freePort } from '../support/free-port.ts';
import { startFakeGitHub, type FakeGitHub } from '../support/github/fake-github.ts';
import { placeOf, runAction, type StepResult } from '../support/github/run-action.ts';
import type { Delivery } from '../support/github/webhooks.ts';
import { checkOut } from '../support/github/workflow/checkout.ts';
import type { Push } from '../support/github/world/pull-acts.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

const policy = `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: PORT, instances: 1 }
    metrics: [{ name: errors, critical: true, slack: 1% }]
approval: { required: 1 }
rollout: { preset: fast, steps: [50%], soak: 1s, deadline: 30s, bake: 1s }
unclaimed: allow
`;

const server = `import { createServer } from 'node:http';
createServer((request, response) => {
  response.writeHead(200, { 'x-evenkeel-release': process.env.EVENKEEL_RELEASE });
  response.end(JSON.stringify({ status: 'ok', release: process.env.EVENKEEL_RELEASE }));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

interface MergedPull extends FakeGitHub {
  number: number;
  head: string;
  directory: string;
  publicPort: number;
  /** Merges it, and runs what the push to the default branch starts. */
  run(): Promise<StepResult>;
}

/** A pull request of Ada's, which Lin merges once a test has done with it what it wants. */
async function pullOf(context: TestContext, push: Partial<Push> = {}): Promise<MergedPull> {
  const temporary = temporaryDirectory(context);
  const directory = join(temporary, 'repository');
  const publicPort = await freePort();
  const fake = await startFakeGitHub(context);
  const { world } = fake;
  for (const login of ['ada', 'grace', 'lin']) world.addPerson(login, { role: 'write' });
  world.pushBranch({
    by: 'lin',
    files: {
      'evenkeel.yml': policy.replace('PORT', String(publicPort)),
      'shop/package.json': '{ "type": "module" }\n',
      'shop/server.js': '1;\n',
    },
  });
  const files = { 'shop/server.js': server };
  const opened = world.openPull({ by: 'ada', branch: 'topic', title: 'A change', files, ...push });
  const run = (): Promise<StepResult> => {
    const { deliveries } = world.merge(opened.number, { by: 'lin' });
    return runPush(fake, deliveries, { directory, temporary });
  };
  return { ...fake, number: opened.number, head: opened.head, directory, publicPort, run };
}

function runPush(
  { store, url }: FakeGitHub,
  deliveries: Delivery[],
  { directory, temporary }: { directory: string; temporary: string },
): Promise<StepResult> {
  const event = deliveries.find(({ name }) => name === 'push')?.payload;
  const place = placeOf(store, 'push', event);
  assert.ok(place !== null);
  checkOut(store.git.path, directory, place);
  return runAction({
    bundle: join(bundle, 'index.js'),
    directory,
    temporary: join(temporary, 'runner'),
    apiUrl: url,
    eventName: 'push',
    event,
    ...place,
  });
}

/** Waiting is a notice and no failure; nothing was started. */
function assertWaits(step: StepResult, directory: string, reason: RegExp): void {
  assert.equal(step.exitCode, 0, step.log);
  assert.equal(step.outputs['decision'], 'await-approval', step.log);
  assert.match(step.log, /^::notice /m);
  assert.match(step.log, reason);
  assert.equal(existsSync(join(directory, '.evenkeel', 'run', 'shop-production', 'stable.json')), false);
}

/** What can never be approved as it is fails the step. */
function assertRefused(step: StepResult, reason: RegExp): void {
  assert.equal(step.exitCode, 1, step.log);
  assert.equal(step.outputs['decision'], 'block', step.log);
  assert.match(step.log, reason);
}

test('nobody approved: the run waits, and nothing is deployed', async (context) => {
  const { directory, run } = await pullOf(context);
  assertWaits(await run(), directory, /approval/);
});

test('the author approved: that is nobody else', async (context) => {
  const { world, number, head, directory, run } = await pullOf(context);
  assert.throws(() => world.review(number, { by: 'ada', state: 'APPROVED' }), /your own pull request/);
  // As if GitHub had let it through all the same.
  const ada = world.state.accounts.find(({ login }) => login === 'ada')?.id ?? null;
  const at = world.clock.now();
  world.state.reviews.push({ id: 1, pull: number, by: ada, state: 'APPROVED', body: '', commit: head, at });
  assertWaits(await run(), directory, /approval/);
});

test('who pushed the commits made the change too, whatever the commits say', async (context) => {
  const { world, number, directory, run } = await pullOf(context);
  world.push(number, { by: 'grace', author: 'ada', files: { 'shop/more.js': '2;\n' } });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  assertWaits(await run(), directory, /approval/);
});

test('an author whose e-mail maps to no account blocks, since it could be the approver', async (context) => {
  const author = { name: 'Somebody', email: 'somebody@elsewhere.example' };
  const { world, number, run } = await pullOf(context, { author });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  assertRefused(await run(), /cannot be traced to an account/);
});

test('behind the 250 commits that GitHub lists, the approver wrote one: that is seen, and waits', async (context) => {
  const commits = Array.from({ length: 251 }, (_, index) => ({
    files: { 'shop/server.js': `${index};\n` },
    ...(index === 250 ? { author: 'grace' } : {}),
  }));
  const { world, number, directory, run } = await pullOf(context, { commits });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  assertWaits(await run(), directory, /approval/);
});

test('a push that no merged pull request brought waits', async (context) => {
  const fake = await pullOf(context);
  const { deliveries } = fake.world.pushBranch({ by: 'ada', files: { 'shop/server.js': server } });
  const step = await runPush(fake, deliveries, {
    directory: fake.directory,
    temporary: temporaryDirectory(context),
  });
  assertWaits(step, fake.directory, /no merged pull request brought/);
});

test('a token that may not read the reviews is a sentence and a failed step', async (context) => {
  const { world, run } = await pullOf(context);
  world.faults.push({ operation: 'pulls/list-reviews', status: 403, message: 'Resource not accessible' });
  const step = await run();
  assert.equal(step.exitCode, 1);
  assert.match(step.log, /::error::the reviews could not be read: GitHub answered 403/);
  assert.equal(step.outputs['reason-code'], 'github-failed');
});

test('whatever of the evidence cannot be read: approved or not, nothing is deployed, with a sentence', async (context) => {
  const waiting = await pullOf(context);
  await waiting.run();
  const reads = new Set(
    waiting.world.requests.flatMap(({ method, operation }) => (method === 'GET' ? (operation ?? []) : [])),
  );
  assert.ok(reads.size >= 6, [...reads].join(', '));
  await Promise.all(
    [...reads, 'repos/get-collaborator-permission-level' as const].map(async (operation) => {
      const pull = await pullOf(context);
      pull.world.review(pull.number, { by: 'grace', state: 'APPROVED' });
      pull.world.faults.push({ operation, status: 500, times: 1000 });
      const step = await pull.run();
      assert.notEqual(step.outputs['decision'], 'deployed', `${operation}: ${step.log}`);
      assert.match(step.log, /^::(?:error|notice)(?: [^:]*)?::\S.{20,}$/m, `${operation}: ${step.log}`);
      assert.doesNotMatch(step.log, /^\s+at \S+ \(/m);
      const stable = join(pull.directory, '.evenkeel', 'run', 'shop-production', 'stable.json');
      assert.equal(existsSync(stable), false, operation);
      context.diagnostic(`${operation}: ${step.outputs['reason-code'] ?? ''}`);
    }),
  );
});

test('a peer approved exactly this content: it is deployed, and answers', async (context) => {
  const { world, number, directory, publicPort, run } = await pullOf(context);
  world.review(number, { by: 'grace', state: 'APPROVED' });
  try {
    const step = await run();
    assert.equal(step.exitCode, 0, step.log);
    assert.equal(step.outputs['decision'], 'settled', step.log);
    const answer = await fetch(`http://127.0.0.1:${publicPort}/`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('x-evenkeel-release') ?? '', /^sha256:/);
  } finally {
    // Before the directory goes, which holds what is known of the processes.
    const down = [join(bundle, 'cli.js'), 'down', '--service', 'shop', '--yes'];
    execFileSync(process.execPath, down, { cwd: directory, stdio: 'pipe' });
  }
});
