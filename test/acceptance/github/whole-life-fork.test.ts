/**
 * A change from outside: a fork's code runs with a token that can only read and that it never sees, what outsiders say
 * counts for nothing, and who pushed into the fork is known or blocks. The workflows as `init` writes them, the built
 * bundle, each job with its own rights. Production is frozen, so that `held` is the answer to content that is approved.
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

test('a pull request from a fork, from its check to its deployment', async (context) => {
  const scene = await lifeScene(context, join(bundle, 'index.js'), frozenShop());
  const { world } = scene;
  for (const login of ['mallory', 'zed']) world.addPerson(login);
  const opened = world.openPull({
    by: 'mallory',
    branch: 'topic',
    title: 'From outside',
    files: { 'shop/a.txt': 'a\n' },
    fork: true,
  });
  const { number } = opened;
  let { head } = opened;
  const shows = async (what: string, conclusion: string, deliveries = opened.deliveries) => {
    const jobs = await scene.play(deliveries.filter(({ name }) => name !== 'push'));
    assert.equal(scene.gate('approval', head), conclusion, `${what}\n${logOf(jobs)}`);
    return jobs;
  };

  const jobs = await shows('opened', 'action_required');
  const check = jobs.find(({ workflow, job }) => workflow === 'evenkeel check' && job === 'check');
  assert.equal(check?.conclusion, 'success');
  assert.equal(scene.gate('check', head), 'success');

  const zed = world.review(number, { by: 'zed', state: 'APPROVED' });
  await shows('somebody else from outside approves', 'action_required', zed.deliveries);
  const command = world.comment(number, { by: 'mallory', body: `/evenkeel approve ${head}` });
  await shows('the author approves by comment', 'action_required', command.deliveries);
  const bo = world.review(number, { by: 'bo', state: 'APPROVED' });
  await shows(
    'a peer approves: the event of a review in a fork names no pull request',
    'success',
    bo.deliveries,
  );

  const hide = (): void => {
    world.faults.push({ operation: 'repos/list-activities', status: 404, times: 20 });
  };
  hide();
  await shows(
    "a fork of the author's own whose record is hidden",
    'success',
    world.edit(number, { by: 'mallory', title: 'x' }),
  );
  const pull = world.state.pulls.find((one) => one.number === number);
  assert.ok(pull);
  pull.mayMaintainersPush = true;
  await shows(
    'maintainers may push into it, and nobody says who did',
    'failure',
    world.edit(number, { by: 'mallory', title: 'y' }),
  );
  world.faults.length = 0;

  const pushed = world.push(number, { by: 'kim', author: 'mallory', files: { 'shop/b.txt': 'b\n' } });
  ({ head } = pushed);
  await shows("a maintainer pushes in the author's name", 'action_required', pushed.deliveries);
  const kim = world.review(number, { by: 'kim', state: 'APPROVED' });
  await shows('and approves it', 'action_required', kim.deliveries);
  const again = world.review(number, { by: 'bo', state: 'APPROVED' });
  await shows('another one approves', 'success', again.deliveries);

  const { deliveries } = world.merge(number, { by: 'kim', method: 'squash' });
  const landed = await scene.play(deliveries);
  assert.deepEqual(scene.answers(landed, 'deploy'), [['held', 'frozen']], logOf(landed));
});
