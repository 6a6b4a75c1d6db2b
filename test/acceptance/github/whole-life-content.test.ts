/**
 * Pull requests from their first push to what `deploy` decides: what voids an approval, what does not, and that only what
 * was approved is deployed. The workflows as `init` writes them, the built bundle in processes of its own, each job with
 * its own rights. Nothing is rolled out: production is frozen, so that `held` is the answer to content that is approved.
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

const file = join(bundle, 'index.js');
const held = [['held', 'frozen']];

test('one pull request through everything that can happen to it', async (context) => {
  const scene = await lifeScene(context, file, {
    ...frozenShop('{ required: 1, codeOwners: true }'),
    CODEOWNERS: '/shop/db/ @kim\n',
    'shop/db/1.sql': 'select 1;\nselect 2;\nselect 3;\n',
  });
  const { world } = scene;
  const opened = world.openPull({ by: 'ola', branch: 'topic', title: 'A', files: { 'shop/a.txt': 'a\n' } });
  const { number } = opened;
  let { head } = opened;
  const shows = async (what: string, conclusion: string, deliveries = opened.deliveries): Promise<void> => {
    const jobs = await scene.play(deliveries.filter(({ name }) => name !== 'push'));
    assert.equal(scene.gate('approval', head), conclusion, `${what}\n${logOf(jobs)}`);
  };
  const approve = (by: string) => world.review(number, { by, state: 'APPROVED' });
  const push = (pushed: { head: string; deliveries: typeof opened.deliveries }) => {
    ({ head } = pushed);
    return pushed.deliveries;
  };

  await shows('opened', 'action_required');
  const first = approve('bo');
  await shows('approved', 'success', first.deliveries);
  await shows(
    'title and body are no content',
    'success',
    world.edit(number, { by: 'ola', title: 'B', body: '/evenkeel approve' }),
  );
  await shows(
    'a force-push voids',
    'action_required',
    push(world.push(number, { by: 'ola', force: true, files: { 'shop/a.txt': 'b\n' } })),
  );
  const second = approve('bo');
  await shows('approved again', 'success', second.deliveries);
  await shows('dismissed', 'action_required', world.dismiss(number, second.id, { by: 'kim' }));
  await shows('and again', 'success', approve('bo').deliveries);
  await shows(
    'out of what kim owns: needs kim',
    'action_required',
    push(world.push(number, { by: 'ola', renames: { 'shop/db/1.sql': 'shop/1.sql' } })),
  );
  await shows('bo is not the owner', 'action_required', approve('bo').deliveries);
  await shows('kim is', 'success', approve('kim').deliveries);
  world.pushBranch({ by: 'ola', branch: 'release', from: 'refs/heads/main' });
  world.retarget(number, 'release', { by: 'ola' });
  await shows(
    'another base and back voids',
    'action_required',
    world.retarget(number, 'main', { by: 'ola' }),
  );
  await shows('kim has seen it', 'success', approve('kim').deliveries);
  const { deliveries } = world.merge(number, { by: 'ola', method: 'merge' });
  const jobs = await scene.play(deliveries);
  assert.deepEqual(scene.answers(jobs, 'deploy'), held, logOf(jobs));
});

for (const method of ['merge', 'squash', 'rebase'] as const) {
  test(`${method}: what was approved is accepted; with anything more it is refused, and the difference is named`, async (context) => {
    const scene = await lifeScene(context, file, frozenShop());
    const { world } = scene;
    const open = (name: string): number => {
      const commits = [
        { files: { [`shop/${name}.txt`]: '1\n' } },
        { files: { [`shop/${name}.txt`]: '2\n' } },
      ];
      const { number } = world.openPull({ by: 'ola', branch: name, title: name, commits });
      world.review(number, { by: 'bo', state: 'APPROVED' });
      return number;
    };
    const good = open('good');
    world.pushBranch({ by: 'kim', files: { 'shop/meanwhile.txt': 'x\n' } });
    const merged = world.merge(good, { by: 'ola', method });
    const jobs = await scene.play(merged.deliveries);
    assert.deepEqual(scene.answers(jobs, 'deploy'), held, logOf(jobs));

    // Who may push to main merges by hand, and puts something in that nobody has seen.
    const number = open('evil');
    const evil = world.merge(number, { by: 'ola', method, extra: { 'shop/extra.txt': 'unseen\n' } });
    const refused = await scene.play(evil.deliveries);
    assert.deepEqual(
      scene.answers(refused, 'deploy'),
      [['await-approval', 'approval-missing']],
      logOf(refused),
    );
    assert.match(logOf(refused), /shop\/extra\.txt/);

    const direct = world.pushBranch({ by: 'ola', files: { 'shop/direct.txt': 'x\n' } });
    const straight = await scene.play(direct.deliveries);
    assert.deepEqual(
      scene.answers(straight, 'deploy'),
      [['await-approval', 'approval-missing']],
      logOf(straight),
    );
    assert.match(logOf(straight), /shop\/direct\.txt/);
  });
}

test('a finding that asks for two people asks for two when it is deployed as well', async (context) => {
  const policy = frozenShop('{ required: 1, risk: { high: 2 } }');
  const paths = 'paths: [shop/**]';
  const scene = await lifeScene(context, file, {
    ...policy,
    'evenkeel.yml': String(policy['evenkeel.yml']).replace(
      paths,
      `${paths}\n    config: [{ files: 'shop/config/*.json' }]`,
    ),
    'shop/config/shop.json': '{ "timeoutMs": 100 }\n',
  });
  const { world } = scene;
  // A thousand times as long is a question that nobody can answer by looking at the file: a high risk.
  const { number, head } = world.openPull({
    by: 'ola',
    branch: 'longer',
    title: 'Longer',
    files: { 'shop/config/shop.json': '{ "timeoutMs": 100000 }\n' },
  });
  world.review(number, { by: 'bo', state: 'APPROVED' });
  const jobs = await scene.play(world.edit(number, { by: 'ola', title: 'Look' }));
  assert.equal(scene.gate('approval', head), 'action_required', logOf(jobs));

  const { commit, deliveries } = world.merge(number, { by: 'ola', method: 'squash' });
  const pushed = deliveries.filter(({ name }) => name === 'push');
  const refused = await scene.play(pushed);
  assert.deepEqual(scene.answers(refused, 'deploy'), [['await-approval', 'unproven']], logOf(refused));
  assert.match(logOf(refused), /needs the approval of 2 peers and has that of bo/);
  // GitHub takes a review after the merge too, and the same push is looked at again.
  world.review(number, { by: 'kim', state: 'APPROVED', commit: head });
  const accepted = await scene.play(pushed);
  assert.deepEqual(scene.answers(accepted, 'deploy'), held, `${commit}\n${logOf(accepted)}`);
});
