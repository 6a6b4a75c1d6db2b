/** People act in the fake GitHub, and its API and its git tell what GitHub would. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Octokit } from '@octokit/rest';
import { startFakeGitHub, workflowToken } from '../support/github/fake-github.ts';

const at = { owner: 'acme', repo: 'shop' };

test('a pull request from its first push to its merge', async (context) => {
  const { url, world } = await startFakeGitHub(context);
  const github = new Octokit({ baseUrl: url, auth: workflowToken });
  world.addPerson('ada', { role: 'write' });
  world.addPerson('grace', { role: 'maintain' });
  world.pushBranch({ by: 'ada', files: { 'a.txt': 'one\n', 'b.txt': 'two\nthree\nfour\n' } });
  const { number, head, deliveries } = world.openPull({
    by: 'ada',
    branch: 'topic',
    title: 'A change',
    files: { 'a.txt': 'other\n' },
    renames: { 'b.txt': 'c.txt' },
  });
  assert.deepEqual(
    deliveries.map(({ name, payload }) => [name, payload['action']]),
    [
      ['push', undefined],
      ['pull_request', 'opened'],
    ],
  );
  const pull = await github.rest.pulls.get({ ...at, pull_number: number });
  assert.equal(pull.data.head.sha, head);
  assert.equal(pull.data.commits, 1);
  const files = await github.rest.pulls.listFiles({ ...at, pull_number: number });
  assert.deepEqual(
    files.data.map(({ filename, status, previous_filename }) => [filename, status, previous_filename]),
    [
      ['a.txt', 'modified', undefined],
      ['c.txt', 'renamed', 'b.txt'],
    ],
  );
  world.review(number, { by: 'grace', state: 'APPROVED' });
  const reviews = await github.rest.pulls.listReviews({ ...at, pull_number: number });
  assert.deepEqual(
    reviews.data.map((review) => [review.user?.login, review.state, review.commit_id]),
    [['grace', 'APPROVED', head]],
  );
  world.push(number, { by: 'grace', files: { 'a.txt': 'again\n' }, force: true });
  const activities = await github.rest.repos.listActivities({ ...at, ref: 'refs/heads/topic' });
  assert.deepEqual(
    activities.data.map(({ activity_type, actor }) => [activity_type, actor?.login]),
    [
      ['force_push', 'grace'],
      ['branch_creation', 'ada'],
    ],
  );
  const merged = world.merge(number, { by: 'grace', method: 'squash' });
  const found = await github.rest.repos.listPullRequestsAssociatedWithCommit({
    ...at,
    commit_sha: merged.commit,
  });
  assert.deepEqual(
    found.data.map((one) => [one.number, one.merge_commit_sha]),
    [[number, merged.commit]],
  );
});
