/**
 * Two changes from their pull requests into production, and the second one back again by a comment, since without users
 * nobody can say that it is good, which opens one issue; then a risky command, which takes two people. The workflows as `init`
 * writes them, each job with its own rights, the built bundle in processes of its own, a service that really runs. The
 * heads of the fake and of the player say what this does not prove.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildBundle } from '../support/bundle.ts';
import { freePort } from '../support/free-port.ts';
import { lifeScene, logOf, rollingShop, shopServer } from '../support/github/life-scene.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

test('approved, merged, deployed, brought back by a comment; a risky command by two people', async (context) => {
  const port = await freePort();
  const scene = await lifeScene(context, join(bundle, 'index.js'), rollingShop(port));
  const { world } = scene;
  const answer = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${port}/`)).text();
  const land = async (words: string): Promise<number> => {
    const files = { 'shop/server.js': shopServer(words) };
    const { number } = world.openPull({ by: 'ola', branch: words, title: words, files });
    world.review(number, { by: 'bo', state: 'APPROVED' });
    const { deliveries } = world.merge(number, { by: 'ola', method: 'squash' });
    const jobs = await scene.play(deliveries.filter(({ name }) => name === 'push'));
    assert.equal(jobs.find(({ job }) => job === 'deploy')?.conclusion, 'success', logOf(jobs));
    return number;
  };
  try {
    await land('first');
    assert.equal(await answer(), 'first');
    const number = await land('second');
    // Stopping takes one person, and no confirmation.
    const back = await scene.say(number, 'kim', '/evenkeel rollback');
    assert.match(scene.replyTo(back), /Evenkeel: done/);
    assert.equal(scene.entries('rollout.rolled-back').length, 1);
    assert.equal(await answer(), 'first');
    const tickets = (): string[] => world.state.issues.map(({ title }) => title);
    assert.deepEqual(tickets(), ['shop in production was rolled back']);
    const body = world.state.issues[0]?.body ?? '';
    assert.match(body, /approved by bo;/);
    assert.match(body, /- \[ \] Tell &#64;<!-- -->support\n- \[ \] Look at the till/);
    assert.match(body, new RegExp(`by \\[its pull request\\]\\(\\S+/pull/${number}\\)`));

    const asked = await scene.say(number, 'kim', '/evenkeel break-glass orders cannot be paid');
    const [, digest = ''] = /evenkeel confirm ([0-9a-f]{12})/.exec(scene.replyTo(asked)) ?? [];
    assert.notEqual(digest, '', scene.replyTo(asked));
    const self = await scene.say(number, 'kim', `/evenkeel confirm ${digest}`);
    assert.match(scene.replyTo(self), /somebody else has to confirm it/);
    assert.equal(scene.entries('break-glass.opened').length, 0);
    const other = await scene.say(number, 'bo', `/evenkeel confirm ${digest}`);
    assert.match(scene.replyTo(other), /Evenkeel: done/);
    assert.match(scene.replyTo(asked), /Evenkeel: done/);
    assert.equal(scene.entries('break-glass.opened').length, 1);
    assert.equal(tickets().length, 1, 'every later run finds it again');
  } finally {
    // Before the directory goes, which holds what is known of the processes.
    const down = [join(bundle, 'cli.js'), 'down', '--service', 'shop', '--yes'];
    execFileSync(process.execPath, down, { cwd: scene.directory, stdio: 'pipe' });
  }
});
