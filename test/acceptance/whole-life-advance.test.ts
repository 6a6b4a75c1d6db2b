/**
 * A rollout that no job waits for: a deployment takes its first steps and ends, and the workflow that `init` writes for it
 * takes the rest, with a token of just its own rights. The workflows are played by hand: what the fake and the player do
 * not prove (concurrency groups, schedules) is said at their heads.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { advanceWorkflow } from '../../action/workflows/advance-workflow.ts';
import { buildBundle } from '../support/bundle.ts';
import { freePort } from '../support/free-port.ts';
import { lifeScene, logOf, rollingShop, shopServer } from '../support/github/life-scene.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

test('deployed with `detach`, carried to its end by the advance workflow, and then there is nothing to do', async (context) => {
  const port = await freePort();
  const shop = rollingShop(port);
  const scene = await lifeScene(context, join(bundle, 'index.js'), {
    ...shop,
    // Long enough that the first run has said all that it can before the bake is over.
    'evenkeel.yml': String(shop['evenkeel.yml']).replace('bake: 1s', 'bake: 6s'),
    '.github/workflows/evenkeel-advance.yml': advanceWorkflow(null),
  });
  const { world } = scene;
  const files = { 'shop/server.js': shopServer('first') };
  const { number } = world.openPull({ by: 'ola', branch: 'first', title: 'first', files });
  world.review(number, { by: 'bo', state: 'APPROVED' });
  world.merge(number, { by: 'ola', method: 'squash' });
  const advance = async () => {
    const jobs = await scene.play(world.dispatch('evenkeel-advance.yml', {}, { by: 'ola' }));
    assert.equal(jobs[0]?.conclusion, 'success', logOf(jobs));
    assert.doesNotMatch(logOf(jobs), /answered 403/, 'its rights are enough');
    return { answers: scene.answers(jobs, 'advance'), log: logOf(jobs) };
  };
  try {
    const inputs = { command: 'deploy', detach: 'true' };
    const jobs = await scene.play(world.dispatch('evenkeel-deploy.yml', inputs, { by: 'ola' }));
    assert.deepEqual(scene.answers(jobs, 'deploy'), [['waiting', 'in-progress']], logOf(jobs));
    assert.equal(jobs[0]?.conclusion, 'success');
    const carried = await advance();
    assert.deepEqual(carried.answers, [['settled', 'settled']], carried.log);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'first');
    assert.equal(scene.entries('rollout.settled').length, 1);
    assert.deepEqual((await advance()).answers, [['idle', 'nothing-under-way']]);
  } finally {
    // Before the directory goes, which holds what is known of the processes.
    const down = [join(bundle, 'cli.js'), 'down', '--service', 'shop', '--yes'];
    execFileSync(process.execPath, down, { cwd: scene.directory, stdio: 'pipe' });
  }
});
