import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readEvent } from '../../action/github/event.ts';
import { Failure } from '../../stacks/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const sha = 'a'.repeat(40);

function environment(context: TestContext, payload: string): Record<string, string> {
  const path = join(temporaryDirectory(context), 'event.json');
  writeFileSync(path, payload);
  return {
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_EVENT_PATH: path,
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_SHA: sha,
  };
}

function payload(head: unknown): string {
  return JSON.stringify({
    repository: { id: 1 },
    pull_request: { number: 7, title: '::error::x', base: { sha }, head },
  });
}

test('a pull request from another repository, or from one that is gone, is a fork', (context) => {
  const isFork = (repo: unknown): unknown => {
    const event = readEvent(environment(context, payload({ sha, repo })));
    return event.name === 'pull_request' && event.pull.isFork;
  };
  assert.deepEqual([isFork({ id: 1 }), isFork({ id: 2 }), isFork(null)], [false, true, true]);
});

test('of every other event only what is used is read, and only in the shape that is expected', (context) => {
  const sender = { id: 3, login: 'ola', type: 'User' };
  const run = { event: 'pull_request_review', head_sha: sha, head_branch: 'topic' };
  const table: [string, object, object][] = [
    ['pull_request_target', { pull_request: { number: 7, title: '`x`' } }, { pull: { number: 7 } }],
    [
      'merge_group',
      {
        merge_group: {
          base_sha: sha,
          head_sha: 'b'.repeat(40),
          head_ref: 'refs/heads/gh-readonly-queue/main/pr-7-x',
        },
      },
      { group: { baseCommit: sha, headCommit: 'b'.repeat(40), headBranch: 'gh-readonly-queue/main/pr-7-x' } },
    ],
    [
      'issue_comment',
      { issue: { number: 7, pull_request: { url: 'x' } }, comment: { id: 11, body: '/evenkeel status' } },
      { number: 7, isOnPull: true, commentId: 11 },
    ],
    [
      'issue_comment',
      { issue: { number: 8 }, comment: { id: 12 } },
      { number: 8, isOnPull: false, commentId: 12 },
    ],
    [
      'workflow_run',
      { workflow_run: { ...run, head_repository: { owner: { login: 'ola' } } } },
      { ofEvent: 'pull_request_review', headCommit: sha, source: { owner: 'ola', branch: 'topic' } },
    ],
    [
      'workflow_run',
      { workflow_run: { ...run, head_repository: null } },
      { ofEvent: 'pull_request_review', headCommit: sha, source: null },
    ],
    [
      'workflow_dispatch',
      { inputs: { command: 'pause', service: '', wave: 2, environment: null }, sender },
      { inputs: { command: 'pause', wave: '2' }, sender },
    ],
    ['schedule', {}, {}],
    ['push', {}, {}],
  ];
  for (const [name, body, expected] of table) {
    const env = { ...environment(context, JSON.stringify(body)), GITHUB_EVENT_NAME: name };
    assert.deepEqual(readEvent(env), {
      name,
      owner: 'acme',
      repository: 'shop',
      commit: sha,
      ...expected,
    });
  }
});

test('what is no event is refused in one sentence', (context) => {
  const refusals: [string, Record<string, string>, RegExp][] = [
    [
      'a revision that is an option',
      environment(context, payload({ sha: '--upload-pack=x', repo: null })),
      /at \/pull_request\/head\/sha/,
    ],
    ['no JSON', environment(context, '{'), /cannot be read as JSON/],
    [
      'another event',
      { ...environment(context, '{}'), GITHUB_EVENT_NAME: 'watch' },
      /the event "watch" is not one/,
    ],
    [
      'a number that is a path',
      {
        ...environment(context, '{ "pull_request": { "number": "7/../8" } }'),
        GITHUB_EVENT_NAME: 'pull_request_target',
      },
      /not a pull_request_target event: at \/pull_request\/number/,
    ],
    ['no repository', { ...environment(context, '{}'), GITHUB_REPOSITORY: '' }, /GITHUB_REPOSITORY/],
    ['no commit', { ...environment(context, '{}'), GITHUB_SHA: 'HEAD' }, /GITHUB_SHA/],
  ];
  for (const [what, env, message] of refusals) {
    assert.throws(
      () => readEvent(env),
      (error) => error instanceof Failure && error.kind === 'input' && message.test(error.message),
      what,
    );
  }
});
