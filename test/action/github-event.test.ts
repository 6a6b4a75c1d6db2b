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
