/**
 * What tries to pass without a second person: bots, a policy that removes itself, words that only look like an approval,
 * events that lie, and people who are not who they were when they approved. The workflows as `init` writes them, the built
 * bundle, each job with its own rights. Production is frozen, so that `held` is the answer to content that is approved.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildBundle } from '../../support/bundle.ts';
import { frozenShop, lifeScene, logOf, type LifeScene } from '../../support/github/life-scene.ts';
import type { Delivery } from '../../support/github/webhooks.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

const file = join(bundle, 'index.js');
const edited = (scene: LifeScene, number: number): Delivery[] =>
  scene.world.edit(number, { by: 'ola', title: 'Look again' });

test('bots with write access, and words that only look like an approval', async (context) => {
  const scene = await lifeScene(context, file, frozenShop());
  const { world } = scene;
  for (const login of ['ola-bot[bot]', 'reviewer[bot]'])
    world.addPerson(login, { role: 'write', type: 'Bot' });
  const { number, head } = world.openPull({
    by: 'ola',
    branch: 'x',
    title: 'x',
    files: { 'shop/x.txt': 'x\n' },
  });
  for (const by of ['ola-bot[bot]', 'reviewer[bot]']) world.review(number, { by, state: 'APPROVED' });
  const approve = `/evenkeel approve ${head}`;
  const table: [string, string][] = [
    ['quoted', `> ${approve}`],
    ['in a block of code', `\`\`\`\n${approve}\n\`\`\``],
    ['indented as code', `    ${approve}`],
    ['in code', `\`${approve}\``],
    ['in a comment of HTML', `<!--\n${approve}\n-->`],
    ['folded away', `<details>\n\n${approve}\n\n</details>`],
    ['with a letter of another alphabet', approve.replace('a', '\u0430')],
    ['with a letter in the name that is another', approve.replace('e', '\u0435')],
    ['with nothing in it that shows', approve.replace('approve', 'app\u200brove')],
    ['behind nothing that shows', `\u200b${approve}`],
    ['turned around', `\u202e${approve}`],
    ['in the middle of a sentence', `please do not ${approve}`],
    ['in very many words', '/evenkeel approve '.repeat(3600)],
    ['of another commit', `/evenkeel approve ${'0'.repeat(40)}`],
    ['of any commit', '/evenkeel approve'],
  ];
  for (const [, body] of table) world.comment(number, { by: 'bo', body });
  // Longer than GitHub takes today.
  const { id } = world.comment(number, { by: 'bo', body: 'x' });
  for (const comment of world.state.comments)
    if (comment.id === id) comment.body = `/evenkeel approve ${head.slice(0, 7)} ${'a'.repeat(1_000_000)}`;
  const jobs = await scene.play(edited(scene, number));
  assert.equal(scene.gate('approval', head), 'action_required', logOf(jobs));

  const said = world.comment(number, { by: 'bo', body: approve });
  const after = await scene.play(said.deliveries);
  assert.equal(scene.gate('approval', head), 'success', logOf(after));
  const changed = world.editComment(said.id, { by: 'bo', body: `${approve}\n` });
  const undone = await scene.play(changed);
  assert.equal(scene.gate('approval', head), 'action_required', logOf(undone));
});

const noRules = frozenShop('{ required: 0 }')['evenkeel.yml'] ?? '';
const removals: [string, Record<string, string | Buffer | null>, [string, string]][] = [
  ['its own rules', { 'evenkeel.yml': noRules }, ['failed', 'policy-invalid']],
  ['the policy file', { 'evenkeel.yml': null }, ['failed', 'policy-missing']],
  ['CODEOWNERS', { CODEOWNERS: null }, ['block', 'approval-rejected']],
];
for (const [what, files, next] of removals) {
  test(`a change that removes ${what} is decided by what it removes, and opens nothing for the next one`, async (context) => {
    const scene = await lifeScene(context, file, {
      ...frozenShop('{ required: 1, codeOwners: true }'),
      CODEOWNERS: '* @kim\n',
    });
    const { world } = scene;
    const open = (branch: string, brought: typeof files) =>
      world.openPull({ by: 'ola', branch, title: branch, files: brought });
    const { number, head } = open('remove', files);
    world.review(number, { by: 'bo', state: 'APPROVED' });
    const jobs = await scene.play(edited(scene, number));
    assert.equal(scene.gate('approval', head), 'action_required', logOf(jobs));

    world.review(number, { by: 'kim', state: 'APPROVED' });
    world.merge(number, { by: 'ola', method: 'squash' });
    const unseen = open('unseen', { 'shop/unseen.txt': 'x\n' });
    const looked = await scene.play(edited(scene, unseen.number));
    assert.notEqual(scene.gate('approval', unseen.head), 'success', logOf(looked));
    const { deliveries } = world.merge(unseen.number, { by: 'ola', method: 'squash' });
    const landed = await scene.play(deliveries.filter(({ name }) => name === 'push'));
    assert.deepEqual(scene.answers(landed, 'deploy'), [next], logOf(landed));
  });
}

test('events out of order, twice, and with words that are not so', async (context) => {
  const scene = await lifeScene(context, file, frozenShop());
  const { world } = scene;
  const opened = world.openPull({ by: 'ola', branch: 'x', title: 'x', files: { 'shop/x.txt': 'x\n' } });
  const { number } = opened;
  const approved = world.review(number, { by: 'bo', state: 'APPROVED' });
  const pushed = world.push(number, { by: 'ola', files: { 'shop/x.txt': 'y\n' } });
  const target = (deliveries: readonly Delivery[]): Delivery[] =>
    deliveries.filter(({ name }) => name !== 'push');
  // The push is told of first, then the review of what it replaced, twice, and the opening at last.
  await scene.play([
    ...target(pushed.deliveries),
    ...approved.deliveries,
    ...approved.deliveries,
    ...target(opened.deliveries),
  ]);
  assert.equal(scene.gate('approval', pushed.head), 'action_required');
  assert.notEqual(scene.gate('approval', opened.head), 'success');
  const comments = world.state.comments.filter(({ issue }) => issue === number);
  assert.equal(comments.length, 1);

  // Says that the old head is the head, and approved.
  const [review] = approved.deliveries;
  assert.ok(review);
  await scene.play([review]);
  assert.equal(scene.gate('approval', pushed.head), 'action_required');
});

test('who approved is somebody else by the time it is deployed', async (context) => {
  const scene = await lifeScene(context, file, frozenShop());
  const { world } = scene;
  const missing = ['await-approval', 'approval-missing'];
  const table: [string, (login: string) => void, string[][]][] = [
    [
      'renamed: still the same person',
      (login) => world.rename(login, `${login}-the-second`),
      [['held', 'frozen']],
    ],
    [
      'renamed, and somebody else took the name',
      (login) => {
        world.rename(login, `${login}-away`);
        world.addPerson(login, { role: 'admin' });
        world.setRole(`${login}-away`, 'none');
      },
      [missing],
    ],
    ['deleted', (login) => world.deleteAccount(login), [missing]],
    ['suspended', (login) => world.suspend(login), [missing]],
    ['without the role', (login) => world.setRole(login, 'read'), [missing]],
  ];
  for (const [index, [what, act, answers]] of table.entries()) {
    const login = `peer-${index}`;
    world.addPerson(login, { role: 'write' });
    const files = { [`shop/${index}.txt`]: 'x\n' };
    const { number } = world.openPull({ by: 'ola', branch: login, title: what, files });
    world.review(number, { by: login, state: 'APPROVED' });
    act(login);
    const { deliveries } = world.merge(number, { by: 'ola', method: 'squash' });
    const jobs = await scene.play(deliveries.filter(({ name }) => name === 'push'));
    assert.deepEqual(scene.answers(jobs, 'deploy'), answers, `${what}\n${logOf(jobs)}`);
  }
});
