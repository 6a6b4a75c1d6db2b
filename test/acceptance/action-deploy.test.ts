/** Whole runs of the built Action on a push to the default branch, against the fake GitHub. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { buildBundle } from '../support/bundle.ts';
import { freePort } from '../support/free-port.ts';
import {
  startFakeGitHub,
  type Account,
  type FakeGitHub,
  type FakePull,
} from '../support/github/old-fake-github.ts';
import { commitFiles, git } from '../support/git-repository.ts';
import { runAction, type StepResult } from '../support/github/run-action.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

const ada: Account = { id: 101, login: 'ada', type: 'User' };
const grace: Account = { id: 102, login: 'grace', type: 'User' };

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

interface MergedPull {
  fake: FakeGitHub;
  pull: FakePull;
  head: string;
  directory: string;
  publicPort: number;
  run(): Promise<StepResult>;
}

/** A pull request of Ada's that was merged, and the push that this makes. */
async function mergedPullOf(context: TestContext): Promise<MergedPull> {
  const temporary = temporaryDirectory(context);
  const directory = join(temporary, 'repository');
  const publicPort = await freePort();
  const base = commitFiles(directory, 'base', {
    'evenkeel.yml': policy.replace('PORT', String(publicPort)),
    'shop/package.json': '{ "type": "module" }\n',
    'shop/server.js': '1;\n',
  });
  git(directory, 'checkout', '--quiet', '-b', 'topic');
  const head = commitFiles(directory, 'change', { 'shop/server.js': server });
  git(directory, 'checkout', '--quiet', 'main');
  git(directory, 'merge', '--quiet', '--no-ff', '--message', 'merge', head);
  const merge = git(directory, 'rev-parse', 'HEAD');
  const fake = await startFakeGitHub(context);
  const pull: FakePull = {
    number: 7,
    user: ada,
    draft: false,
    merged_at: '2026-01-05T11:00:00Z',
    merge_commit_sha: merge,
    base: { ref: 'main', sha: base },
    head: { ref: 'topic', sha: head, repo: { name: 'shop', owner: { login: 'acme' } } },
    commits: [
      {
        sha: head,
        author: ada,
        committer: ada,
        parents: [{ sha: base }],
        commit: { message: 'change', verification: { verified: false } },
      },
    ],
    files: [{ filename: 'shop/server.js', status: 'modified' }],
    reviews: [],
  };
  fake.store.pulls.push(pull);
  fake.store.roles = { grace: 'write', ada: 'write' };
  fake.store.accounts.push(ada, grace);
  fake.store.activities.push({
    after: head,
    ref: 'refs/heads/topic',
    timestamp: '2026-01-05T09:00:00Z',
    actor: ada,
  });
  const run = (): Promise<StepResult> =>
    runAction({
      bundle: join(bundle, 'index.js'),
      directory,
      temporary: join(temporary, 'runner'),
      apiUrl: fake.url,
      eventName: 'push',
      event: {},
      sha: merge,
    });
  return { fake, pull, head, directory, publicPort, run };
}

function approval(by: Account, commit: string): object {
  return { user: by, state: 'APPROVED', commit_id: commit, submitted_at: '2026-01-05T10:00:00Z' };
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
  const { directory, run } = await mergedPullOf(context);
  assertWaits(await run(), directory, /approval/);
});

test('the author approved: that is nobody else', async (context) => {
  const { pull, head, directory, run } = await mergedPullOf(context);
  pull.reviews.push(approval(ada, head));
  assertWaits(await run(), directory, /approval/);
});

test('who pushed the commits made the change too, whatever the commits say', async (context) => {
  const { fake, pull, head, directory, run } = await mergedPullOf(context);
  pull.reviews.push(approval(grace, head));
  fake.store.activities = [
    { after: head, ref: 'refs/heads/topic', timestamp: '2026-01-05T09:00:00Z', actor: grace },
  ];
  assertWaits(await run(), directory, /approval/);
});

test('an author whose e-mail maps to no account blocks, since it could be the approver', async (context) => {
  const { pull, head, run } = await mergedPullOf(context);
  pull.reviews.push(approval(grace, head));
  pull.commits = pull.commits.map((commit) => ({ ...commit, author: null }));
  assertRefused(await run(), /cannot be traced to an account/);
});

test('a list of commits that GitHub cut off blocks', async (context) => {
  const { pull, head, run } = await mergedPullOf(context);
  pull.reviews.push(approval(grace, head));
  const [commit] = pull.commits;
  pull.commits = [
    ...Array.from({ length: 250 }, (_, index) => ({ ...commit, sha: String(index).padStart(40, '0') })),
    commit ?? {},
  ];
  assertRefused(await run(), /cut off/);
});

test('a push that no merged pull request brought waits', async (context) => {
  const { fake, directory, run } = await mergedPullOf(context);
  fake.store.pulls = [];
  assertWaits(await run(), directory, /no merged pull request brought/);
});

test('a token that may not read the reviews is a sentence and a failed step', async (context) => {
  const { fake, run } = await mergedPullOf(context);
  fake.store.faults.push({
    method: 'GET',
    path: /\/reviews$/,
    status: 403,
    message: 'Resource not accessible',
  });
  const step = await run();
  assert.equal(step.exitCode, 1);
  assert.match(step.log, /::error::the reviews could not be read: GitHub answered 403/);
  assert.equal(step.outputs['reason-code'], 'github-failed');
});

test('a peer approved exactly this content: it is deployed, and answers', async (context) => {
  const { pull, head, directory, publicPort, run } = await mergedPullOf(context);
  pull.reviews.push(approval(grace, head));
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
