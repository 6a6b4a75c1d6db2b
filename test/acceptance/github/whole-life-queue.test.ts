/**
 * A merge queue: what it is about to merge gets a check run of its own, on the commit that it built, and only where every
 * pull request in it is approved. The workflows as `init` writes them, the built bundle, each job with its own rights.
 * Nothing is rolled out: production is frozen, so that `held` is the answer to content that is approved.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildBundle } from '../../support/bundle.ts';
import { frozenShop, lifeScene, logOf } from '../../support/github/life-scene.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

for (const method of ['merge', 'squash'] as const) {
  test(`a queue that merges by ${method}: never success with one that nobody approved, and deployed once all are`, async (context) => {
    const scene = await lifeScene(context, join(bundle, 'index.js'), frozenShop());
    const { world } = scene;
    const open = (name: string): number =>
      world.openPull({ by: 'ola', branch: name, title: name, files: { [`shop/${name}.txt`]: 'new\n' } })
        .number;
    const [first, second] = [open('first'), open('second')];
    world.review(first, { by: 'bo', state: 'APPROVED' });

    const front = world.enqueue(first, { by: 'ola', method });
    const looked = await scene.play(front.deliveries);
    assert.equal(scene.gate('approval', front.head), 'success', logOf(looked));
    assert.equal(scene.gate('check', front.head), 'success');

    // Behind the first one, in one group with it: nobody has approved the second.
    const behind = world.enqueue(second, { by: 'ola', method });
    await scene.play(behind.deliveries);
    assert.equal(scene.gate('approval', behind.head), 'action_required');
    await scene.play(world.dequeue(second, { by: 'ola' }));

    world.review(second, { by: 'kim', state: 'APPROVED' });
    const again = world.enqueue(second, { by: 'ola', method });
    await scene.play(again.deliveries);
    assert.equal(scene.gate('approval', again.head), 'success');

    for (const number of [first, second]) {
      const { deliveries } = world.finishQueue(number, { by: 'ola' });
      const jobs = await scene.play(deliveries.filter(({ name }) => name === 'push'));
      assert.deepEqual(scene.answers(jobs, 'deploy'), [['held', 'frozen']], logOf(jobs));
    }
  });
}

test('a group whose branch is gone before it is looked at: a sentence, and nothing is shown', async (context) => {
  const scene = await lifeScene(context, join(bundle, 'index.js'), frozenShop());
  const { world } = scene;
  const { number } = world.openPull({ by: 'ola', branch: 'x', title: 'x', files: { 'shop/x.txt': 'x\n' } });
  world.review(number, { by: 'bo', state: 'APPROVED' });
  const group = world.enqueue(number, { by: 'ola' });
  const ended = world.completeRun({
    workflow: 'evenkeel-check.yml',
    name: 'evenkeel check',
    event: 'merge_group',
    by: 'ola',
    branch: group.ref.replace('refs/heads/', ''),
    commit: group.head,
  });
  world.finishQueue(number, { by: 'ola' });
  const jobs = await scene.play(ended.deliveries);
  assert.deepEqual(scene.answers(jobs, 'review'), [['done', 'nothing-to-review']], logOf(jobs));
  assert.equal(scene.gate('approval', group.head), undefined);
});
