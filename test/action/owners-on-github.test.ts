/**
 * `evenkeel owners --check` with a token: owners looked up on GitHub, and GitHub's own errors beside ours.
 *
 * What this does not prove: that GitHub's own list of errors is the fake's. The fake reads the file by itself, from what
 * GitHub documents, and its answers have GitHub's form.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { git } from '../support/git-repository.ts';
import { startFakeGitHub, workflowToken, type FakeGitHub } from '../support/github/fake-github.ts';
import { runEvenkeel } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface CheckResult {
  findings: { code: string; level: string; line?: number; message: string }[];
  people: { checkedWith: string | null };
  gitHub: { errors: { line: number }[] | null; onlyHere: { code: string; line: number }[]; message: string };
}

const lines = [
  '* @ann', // 1: may write
  '/a/ @reader', // 2: may only read
  '/b/ @nobody-at-all', // 3: no such account
  '/c/ @acme/shop', // 4: a team that may write
  '/d/ @acme/readers', // 5: a team that may only read
  '/e/ @acme/secret', // 6: no team that anybody can see
  '/f/ @other/shop', // 7: another organisation's
  '/g/***/x @ann', // 8: three stars; the fake's GitHub takes them
  '/h/ ann@example.com', // 9: GitHub knows whose it is, and tells nobody
];

function clone(context: TestContext, { world }: FakeGitHub): string {
  const directory = temporaryDirectory(context);
  const files = { 'a/1': '', 'b/1': '', 'c/1': '', 'd/1': '', 'e/1': '', 'f/1': '', 'h/1': '' };
  world.addPerson('ann', { role: 'admin' });
  world.addPerson('reader', { role: 'read' });
  world.addTeam('shop', ['ann'], { role: 'write' });
  world.addTeam('readers', ['ann'], { role: 'read' });
  world.pushBranch({ by: 'ann', files: { ...files, '.github/CODEOWNERS': `${lines.join('\n')}\n` } });
  git(directory, 'clone', '--quiet', world.git, '.');
  return directory;
}

async function check(directory: string, url: string, token: string) {
  const env = { GITHUB_TOKEN: token, GITHUB_REPOSITORY: 'acme/shop', GITHUB_API_URL: url };
  const run = await runEvenkeel(['owners', '--check', '--json'], { directory, env });
  assert.notEqual(run.stdout, '', run.stderr);
  const answer = JSON.parse(run.stdout) as { reasonCode: string; result: CheckResult };
  return { ...run, ...answer };
}

test('who is no owner, with what only GitHub or only we find', async (context) => {
  const gitHub = await startFakeGitHub(context);
  const directory = clone(context, gitHub);
  const token = gitHub.world.token(
    { contents: 'read', members: 'read', administration: 'read' },
    { kind: 'person', by: 'ann' },
  );
  const { result, exitCode, stderr } = await check(directory, gitHub.url, token);
  assert.equal(exitCode, 1, stderr);
  assert.equal(result.people.checkedWith, 'github');
  assert.deepEqual(
    result.findings.map(({ code, line }) => [line, code]),
    [
      [2, 'owner-without-write'],
      [3, 'unknown-owner'],
      [5, 'owner-without-write'],
      [6, 'owner-not-checked'],
      [6, 'reported-by-github'],
      [7, 'unknown-owner'],
      [8, 'invalid-line'],
      [9, 'owner-not-checked'],
    ],
  );
  assert.deepEqual(
    result.gitHub.errors?.map(({ line }) => line),
    [2, 3, 5, 6, 7],
  );
  assert.deepEqual(
    result.gitHub.onlyHere.map(({ code, line }) => [line, code]),
    [[8, 'invalid-line']],
  );
});

test('what a workflow token may not see is not checked, and not called missing', async (context) => {
  const gitHub = await startFakeGitHub(context);
  const directory = clone(context, gitHub);
  const { result } = await check(directory, gitHub.url, gitHub.world.token({ contents: 'read' }));
  // What teams may do, only a token with the right to read the administration is told.
  const teams = result.findings.filter(({ line = 0 }) => line >= 4 && line <= 6);
  assert.deepEqual(
    teams.map(({ line, code }) => [line, code]),
    [
      [4, 'owner-not-checked'],
      [5, 'owner-not-checked'],
      [5, 'reported-by-github'],
      [6, 'owner-not-checked'],
      [6, 'reported-by-github'],
    ],
  );
  assert.equal(
    result.findings.some(({ line, code }) => line === 3 && code === 'unknown-owner'),
    true,
  );
});

test('a commit that GitHub does not know: its errors are said not to be read, which is no pass', async (context) => {
  const gitHub = await startFakeGitHub(context);
  const directory = clone(context, gitHub);
  git(directory, 'commit', '--quiet', '--allow-empty', '--message', 'here only');
  const { result, stderr } = await check(directory, gitHub.url, workflowToken);
  assert.equal(result.gitHub.errors, null, stderr);
  assert.match(result.gitHub.message, /does not show this token the commit/);
});

test('GitHub that fails for good: exit code 4, and no half an answer', async (context) => {
  const gitHub = await startFakeGitHub(context);
  const directory = clone(context, gitHub);
  gitHub.world.faults.push({ method: 'GET', path: /collaborators/, status: 400 });
  const run = await check(directory, gitHub.url, workflowToken);
  assert.deepEqual([run.exitCode, run.reasonCode], [4, 'github-failed']);
  assert.match(run.stderr, /the owner @ann could not be looked up: GitHub answered 400/);
});
