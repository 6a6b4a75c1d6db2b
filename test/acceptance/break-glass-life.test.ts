/**
 * A whole night of a break-glass, through the workflows and the built bundle: asked for by comment, confirmed by another
 * person, deployed by dispatch without its approval, a debt that holds the next ordinary deployment, and a review
 * afterwards by somebody who had no part in it, dispatched as a command. The fake's head says what this does not prove.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildBundle } from '../support/bundle.ts';
import { freePort } from '../support/free-port.ts';
import { breakGlass } from '../support/github/command-scene.ts';
import { lifeScene, logOf, rollingShop, shopServer } from '../support/github/life-scene.ts';
import type { PlayedJob } from '../support/github/workflow/play-workflows.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

test('asked, confirmed, deployed, owed, reviewed, free again', async (context) => {
  const port = await freePort();
  const scene = await lifeScene(context, join(bundle, 'index.js'), rollingShop(port));
  const { world } = scene;
  for (const login of ['uma', 'vic']) world.addPerson(login, { role: 'write' });
  const served = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${port}/`)).text();
  const land = async (words: string, isApproved: boolean): Promise<{ number: number; jobs: PlayedJob[] }> => {
    const files = { 'shop/server.js': shopServer(words) };
    const { number } = world.openPull({ by: 'ola', branch: words, title: words, files });
    if (isApproved) world.review(number, { by: 'bo', state: 'APPROVED' });
    const { deliveries } = world.merge(number, { by: 'ola', method: 'squash' });
    return { number, jobs: await scene.play(deliveries.filter(({ name }) => name === 'push')) };
  };
  const dispatch = async (command: string, by: string): Promise<PlayedJob[]> =>
    scene.play(world.dispatch('evenkeel-deploy.yml', { command, environment: 'production' }, { by }));
  const ends = (jobs: readonly PlayedJob[], job: string): string[] =>
    scene.answers(jobs, job).map(([, reasonCode]) => reasonCode);
  try {
    const { number, jobs } = await land('hotfix', false);
    assert.deepEqual(ends(jobs, 'deploy'), ['approval-missing'], logOf(jobs));

    // Nothing was ever deployed, so that the place has to be named.
    const asked = await scene.say(number, 'kim', breakGlass);
    const digest = /evenkeel confirm ([0-9a-f]{12})/.exec(scene.replyTo(asked))?.[1] ?? scene.replyTo(asked);
    // By a dispatch, as somebody may who cannot reach the pull request; not by the person who asked.
    const own = await dispatch(`confirm ${digest}`, 'kim');
    assert.deepEqual(ends(own, 'command'), ['same-person'], logOf(own));
    const confirmed = await dispatch(`confirm ${digest}`, 'uma');
    assert.deepEqual(ends(confirmed, 'command'), ['break-glass-opened'], logOf(confirmed));
    assert.match(scene.replyTo(asked), /Evenkeel: done/);
    assert.match(confirmed[0]?.steps.at(-1)?.summary ?? '', /may start once until/);

    const deployed = await dispatch('deploy', 'kim');
    assert.deepEqual(scene.answers(deployed, 'deploy')[0]?.[0], 'settled', logOf(deployed));
    assert.match(
      logOf(deployed),
      /break-glass of kim, confirmed by uma .* stands for the approval that is missing/,
    );
    assert.equal(await served(), 'hotfix');

    const next = await land('ordinary', true);
    assert.deepEqual(ends(next.jobs, 'deploy'), ['break-glass-debt'], logOf(next.jobs));

    const full = scene.entries('break-glass.opened')[0]?.inputs?.['digest'];
    assert.ok(typeof full === 'string');
    const close = `/evenkeel break-glass close ${full}`;
    const refused = (['ola', 'kim', 'uma', 'eve'] as const).map((by) =>
      world.comment(number, { by, body: close }),
    );
    const closed = await scene.say(number, 'vic', close);
    for (const [index, reason] of [
      /ola took part/,
      /kim took part/,
      /uma took part/,
      /eve has the role read/,
    ].entries()) {
      assert.match(scene.replyTo(refused[index]?.id ?? 0), reason);
    }
    assert.match(scene.replyTo(closed), /is reviewed; ordinary rollouts start again/);
    assert.equal(scene.entries('break-glass.closed').length, 1);

    const free = await dispatch('deploy', 'ola');
    // Nobody uses it in this test, and a step without users is held; that it began is what was owed.
    assert.deepEqual(ends(free, 'deploy'), ['no-data'], logOf(free));
    assert.equal(scene.entries('rollout.started').length, 2);
  } finally {
    const down = [join(bundle, 'cli.js'), 'down', '--service', 'shop', '--yes'];
    execFileSync(process.execPath, down, { cwd: scene.directory, stdio: 'pipe' });
  }
});
