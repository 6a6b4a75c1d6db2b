/**
 * Webhooks: what the world's acts send keeps to GitHub's description (every act checks that itself), and what the Action
 * reads of a payload it reads from older and stranger ones too, or says in a sentence why not.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEvent } from '../../action/github/event.ts';
import { Failure } from '../../stacks/failure.ts';
import { startFakeGitHub } from '../support/github/fake-github.ts';
import { listOf, member, textOf } from '../support/github/json.ts';
import { placeOf } from '../support/github/run-action.ts';
import type { Delivery } from '../support/github/webhooks.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const examples = join(
  import.meta.dirname,
  '../../node_modules/@octokit/webhooks-examples/api.github.com/index.json',
);

function environmentWith(
  directory: string,
  name: string,
  payload: unknown,
  sha: string,
): Record<string, string> {
  const path = join(directory, 'event.json');
  writeFileSync(path, JSON.stringify(payload));
  return {
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_SHA: sha,
    GITHUB_EVENT_NAME: name,
    GITHUB_EVENT_PATH: path,
  };
}

test('each published example is read, or refused in one sentence', (context) => {
  const directory = temporaryDirectory(context);
  const published: unknown = JSON.parse(readFileSync(examples, 'utf8'));
  let count = 0;
  for (const webhook of listOf(published)) {
    const name = textOf(member(webhook, 'name'));
    for (const payload of listOf(member(webhook, 'examples'))) {
      count++;
      const env = environmentWith(directory, name, payload, 'a'.repeat(40));
      try {
        assert.equal(readEvent(env).name, name);
      } catch (error) {
        assert.ok(error instanceof Failure, `${name}: ${String(error)}`);
        assert.doesNotMatch(error.message, /\n/);
      }
    }
  }
  assert.ok(count > 100, `${count} examples were read`);
});

test('each event of the three workflows, as the world sends it, is read', async (context) => {
  const directory = temporaryDirectory(context);
  const { world, store } = await startFakeGitHub(context);
  world.addPerson('ada', { role: 'write' });
  world.addPerson('grace', { role: 'write' });
  world.pushBranch({ by: 'ada', files: { 'a.txt': '1\n' } });
  const opened = world.openPull({ by: 'ada', branch: 'topic', title: 'A', files: { 'a.txt': '2\n' } });
  const { number } = opened;
  const commented = world.comment(number, { by: 'grace', body: '/evenkeel status' });
  const reviewed = world.review(number, { by: 'grace', state: 'APPROVED' });
  const ended = world.completeRun({
    workflow: 'evenkeel-check.yml',
    name: 'evenkeel check',
    event: 'pull_request_review',
    by: 'grace',
    pull: number,
  });
  const sent: Delivery[] = [
    ...opened.deliveries,
    ...world.push(number, { by: 'ada', files: { 'a.txt': '3\n' } }).deliveries,
    ...world.edit(number, { by: 'ada', title: 'B', body: 'why' }),
    ...world.setDraft(number, true),
    ...world.setDraft(number, false),
    ...world.label(number, 'urgent'),
    ...world.unlabel(number, 'urgent'),
    ...world.close(number, { by: 'ada' }),
    ...world.reopen(number, { by: 'ada' }),
    ...reviewed.deliveries,
    ...world.dismiss(number, reviewed.id, { by: 'grace' }),
    ...commented.deliveries,
    ...world.editComment(commented.id, { body: '/evenkeel abort' }),
    ...world.deleteComment(commented.id),
    ...ended.deliveries,
    ...world.dispatch('evenkeel-deploy.yml', { command: 'status' }, { by: 'grace' }),
  ];
  const group = world.enqueue(number, { by: 'grace' });
  sent.push(...group.deliveries);
  for (const { name, payload } of sent) {
    const place = placeOf(store, name, payload);
    assert.ok(place !== null, name);
    assert.equal(readEvent(environmentWith(directory, name, payload, place.sha)).name, name);
    if (name === 'pull_request')
      assert.equal(
        readEvent(environmentWith(directory, 'pull_request_target', payload, place.sha)).name,
        'pull_request_target',
      );
  }
  const merged = world.finishQueue(number, { by: 'grace' });
  // What was checked in the queue is what the base is at.
  assert.equal(merged.commit, group.head);
});
