/**
 * Commands in comments, carried out by the built bundle as a process of its own, with the rights of its job and no others.
 * The fake's head says what this does not prove.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test, type TestContext } from 'node:test';
import { buildBundle } from '../../support/bundle.ts';
import { breakGlass, commandScene, type CommandScene } from '../../support/github/command-scene.ts';
import { until } from '../../support/until.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

const sceneOf = (context: TestContext): Promise<CommandScene> =>
  commandScene(context, join(bundle, 'index.js'));

// The client leaves seconds between what it writes, as GitHub asks for: several wait at once.
void suite('commands in comments', { concurrency: 7 }, () => {
  test('a risky command is shown, refused to the person who typed it, and done once for another', async (context) => {
    const scene = await sceneOf(context);
    const asked = scene.say('bo', breakGlass);
    const first = await scene.sweep();
    assert.equal(first.exitCode, 0, first.log);
    assert.deepEqual(scene.reactionsTo(asked), ['eyes']);
    assert.match(scene.repliesTo(asked)[0] ?? '', /waits for a second person/);
    assert.match(scene.repliesTo(asked)[0] ?? '', new RegExp(scene.head.slice(0, 12)));
    assert.equal(scene.entries('break-glass.opened').length, 0);

    const digest = scene.digestFor(asked);
    const self = scene.say('bo', `/evenkeel confirm ${digest}`);
    assert.equal((await scene.sweep()).exitCode, 0);
    assert.deepEqual(scene.reactionsTo(self), ['confused']);
    assert.match(scene.repliesTo(self)[0] ?? '', /somebody else has to confirm it/);
    assert.equal(scene.entries('break-glass.opened').length, 0);

    const other = scene.say('kim', `/evenkeel confirm ${digest}`);
    const done = await scene.sweep();
    assert.equal(done.exitCode, 0, done.log);
    assert.deepEqual(scene.reactionsTo(other), ['rocket']);
    assert.deepEqual(scene.reactionsTo(asked), ['rocket']);
    assert.equal(scene.repliesTo(asked).length, 1);
    assert.match(scene.repliesTo(asked)[0] ?? '', /Evenkeel: done/);
    assert.equal(scene.entries('break-glass.opened').length, 1);

    // Nothing is left to do, and what is shown already is not written again.
    scene.world.requests.length = 0;
    assert.equal((await scene.sweep()).exitCode, 0);
    assert.deepEqual(
      scene.world.requests.filter(({ method }) => method !== 'GET'),
      [],
    );
    context.diagnostic(`a sweep with nothing to do: ${scene.world.requests.length} requests`);
    assert.equal(scene.entries('break-glass.opened').length, 1);
  });

  const voids: [what: string, act: (scene: CommandScene, asked: number) => unknown, reason: RegExp][] = [
    [
      'edited',
      (scene, asked) => scene.world.editComment(asked, { body: `${breakGlass} now` }),
      /edited since/,
    ],
    ['deleted', (scene, asked) => scene.world.deleteComment(asked), /deleted since/],
    [
      'about a head that moved',
      (scene) => scene.world.push(scene.number, { by: 'ola', files: { 'shop/a.txt': 'c\n' } }),
      /not what was shown/,
    ],
    [
      'by somebody who lost the role',
      (scene) => scene.world.setRole('bo', 'read'),
      /bo has the role read|names/,
    ],
    ['by an account that is gone', (scene) => scene.world.suspend('bo'), /is void|gone|not known/],
  ];
  for (const [what, act, reason] of voids) {
    test(`a command that is ${what} is void, says so, and can be confirmed by nobody`, async (context) => {
      const scene = await sceneOf(context);
      const asked = scene.say('bo', breakGlass);
      await scene.sweep();
      const digest = scene.digestFor(asked);
      act(scene, asked);
      const other = scene.say('kim', `/evenkeel confirm ${digest}`);
      const step = await scene.sweep();
      assert.equal(step.exitCode, 0, step.log);
      assert.match(scene.repliesTo(asked)[0] ?? '', reason);
      assert.equal(scene.repliesTo(asked).length, 1);
      assert.deepEqual(scene.reactionsTo(other), ['confused']);
      assert.equal(scene.entries('command.voided').length, 1);
      assert.equal(scene.entries('break-glass.opened').length, 0);
    });
  }

  const noCommands: [what: string, body: string][] = [
    ['quoted', `> ${breakGlass}`],
    ['in a block of code', `\`\`\`\n${breakGlass}\n\`\`\``],
    ['indented', `    ${breakGlass}`],
    ['in an HTML comment', `<!--\n${breakGlass}\n-->`],
    ['with a letter of another script', breakGlass.replace('evenkeel', 'еvenkeel')],
    ['with a character of no width', breakGlass.replace('even', 'even\u200b')],
    ['longer than any command', `${breakGlass} ${'a'.repeat(60_000)}`],
    ['not alone', `please\n${breakGlass}`],
  ];
  test('what only looks like a command gets a reason and no action', async (context) => {
    const scene = await sceneOf(context);
    const ids = noCommands.map(([, body], index) => {
      scene.world.addPerson(`reader-${index}`, { role: 'write' });
      return scene.say(`reader-${index}`, body);
    });
    const step = await scene.sweep();
    assert.equal(step.exitCode, 0, step.log);
    for (const [index, id] of ids.entries()) {
      assert.ok(!scene.reactionsTo(id).includes('rocket'), noCommands[index]?.[0]);
      assert.ok(!scene.reactionsTo(id).includes('eyes'), noCommands[index]?.[0]);
    }
    assert.deepEqual(
      scene.entries('command.requested').filter(({ inputs }) => inputs?.['state'] !== 'refused'),
      [],
    );
  });

  test('a stranger, a bot and an edited comment get a reason; many refusals end in silence', async (context) => {
    const scene = await sceneOf(context);
    const { world } = scene;
    world.addPerson('robo', { role: 'write', type: 'Bot' });
    const bot = scene.say('robo', breakGlass);
    const edited = scene.say('kim', 'later');
    world.editComment(edited, { by: 'kim', body: breakGlass });
    const strangers = Array.from({ length: 6 }, () => scene.say('eve', '/evenkeel status'));
    const commands = Array.from({ length: 6 }, () => scene.say('eve', breakGlass));
    const step = await scene.sweep();
    assert.equal(step.exitCode, 0, step.log);
    assert.match(scene.repliesTo(bot)[0] ?? '', /refused/);
    assert.match(scene.repliesTo(edited)[0] ?? '', /edited after it was written/);
    const told = [...strangers, ...commands].filter((id) => scene.repliesTo(id)[0]?.includes('refused'));
    assert.equal(told.length, 3);
    assert.equal(scene.entries('break-glass.opened').length, 0);
  });

  test('two runs at once: one reply, one entry, one outcome', async (context) => {
    const scene = await sceneOf(context);
    const asked = scene.say('bo', breakGlass);
    await Promise.all([scene.sweep(), scene.sweep()]);
    const other = scene.say('kim', `/evenkeel confirm ${scene.digestFor(asked)}`);
    await Promise.all([scene.sweep(), scene.sweep(), scene.sweep()]);
    await scene.sweep();
    assert.equal(scene.entries('break-glass.opened').length, 1);
    assert.equal(scene.entries('command.confirmed').length, 1);
    for (const id of [asked, other]) {
      assert.equal(scene.repliesTo(id).length, 1);
      assert.deepEqual(scene.reactionsTo(id), ['rocket']);
    }
  });

  test('killed after it was done and before it was told: told once by the next run, and not done again', async (context) => {
    const scene = await sceneOf(context);
    const asked = scene.say('bo', breakGlass);
    await scene.sweep();
    const other = scene.say('kim', `/evenkeel confirm ${scene.digestFor(asked)}`);
    let kill = (): void => undefined;
    const killed = new Promise<void>((resolve) => (kill = resolve));
    // The reply never arrives: the process waits for it when it is killed.
    scene.world.faults.push({ operation: 'issues/create-comment', until: new Promise(() => undefined) });
    const run = scene.sweep({ killed });
    await until('the command is done', () => scene.entries('command.done').length === 1, 120);
    kill();
    assert.equal((await run).exitCode, null);
    const next = await scene.sweep();
    assert.equal(next.exitCode, 0, next.log);
    assert.equal(scene.entries('break-glass.opened').length, 1);
    assert.equal(scene.repliesTo(other).length, 1);
    assert.match(scene.repliesTo(asked)[0] ?? '', /Evenkeel: done/);
  });

  test('killed before anything was asked: the next run does it', async (context) => {
    const scene = await sceneOf(context);
    const asked = scene.say('bo', breakGlass);
    let kill = (): void => undefined;
    const killed = new Promise<void>((resolve) => (kill = resolve));
    scene.world.faults.push({
      operation: 'repos/get-collaborator-permission-level',
      until: new Promise(() => undefined),
    });
    const run = scene.sweep({ killed });
    const isAsked = (): boolean =>
      scene.world.requests.some(({ operation }) => operation === 'repos/get-collaborator-permission-level');
    await until('the role is asked for', isAsked, 120);
    kill();
    assert.equal((await run).exitCode, null);
    assert.equal(scene.entries('command.requested').length, 0);
    await scene.sweep();
    assert.deepEqual(scene.reactionsTo(asked), ['eyes']);
  });

  test('lost answers and secondary limits in the middle: one reply, and nothing done twice', async (context) => {
    const scene = await sceneOf(context);
    const asked = scene.say('bo', breakGlass);
    scene.world.faults.push(
      { operation: 'issues/create-comment', status: 502, isDone: true },
      {
        operation: 'reactions/create-for-issue-comment',
        status: 403,
        headers: { 'retry-after': '1' },
        message: 'You have exceeded a secondary rate limit.',
      },
    );
    const step = await scene.sweep();
    assert.equal(step.exitCode, 0, step.log);
    assert.equal(scene.repliesTo(asked).length, 1);
    assert.deepEqual(scene.reactionsTo(asked), ['eyes']);
  });

  test('5,000 comments: read to the end, with the command in the last page', async (context) => {
    const scene = await sceneOf(context);
    scene.say('bo', '/evenkeel help');
    await scene.sweep();
    for (let index = 0; index < 5000; index++) scene.say('ola', `comment ${index}`);
    const asked = scene.say('bo', breakGlass);
    scene.world.requests.length = 0;
    const step = await scene.sweep();
    assert.equal(step.exitCode, 0, step.log);
    assert.deepEqual(scene.reactionsTo(asked), ['eyes']);
    context.diagnostic(`${scene.world.requests.length} requests`);
  });

  test('a command that nobody took up for hours is not decided on what is live now', async (context) => {
    const scene = await sceneOf(context);
    const late = scene.say('bo', breakGlass);
    const read = scene.say('bo', '/evenkeel status');
    scene.world.clock.advance(2 * 3600);
    const step = await scene.sweep();
    assert.equal(step.exitCode, 0, step.log);
    assert.match(scene.repliesTo(late)[0] ?? '', /written 120 minutes before.*write it anew/s);
    assert.deepEqual(scene.reactionsTo(late), ['confused']);
    assert.deepEqual(scene.reactionsTo(read), ['rocket']);
    const [entry] = scene
      .entries('command.requested')
      .filter(({ inputs }) => inputs?.['state'] === 'refused');
    assert.equal(entry?.inputs?.['plan'], null);
  });

  test('a login that somebody else has taken meanwhile is not the person who asked', async (context) => {
    const scene = await sceneOf(context);
    const asked = scene.say('bo', breakGlass);
    await scene.sweep();
    const digest = scene.digestFor(asked);
    scene.world.rename('bo', 'bo-before');
    scene.world.addPerson('bo', { role: 'write' });
    const renamed = scene.say('bo-before', `/evenkeel confirm ${digest}`);
    await scene.sweep();
    assert.match(scene.repliesTo(renamed)[0] ?? '', /somebody else has to confirm it/);
    assert.equal(scene.entries('break-glass.opened').length, 0);
  });
});
