/** The written workflows are played as they stand: who listens, which job, with which inputs and which rights. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { approvalWorkflow } from '../../action/workflows/approval-workflow.ts';
import { checkWorkflow } from '../../action/workflows/check-workflow.ts';
import { deployWorkflow } from '../../action/workflows/deploy-workflow.ts';
import { startFakeGitHub } from '../support/github/fake-github.ts';
import { evaluate } from '../support/github/workflow/expression.ts';
import { playWorkflows } from '../support/github/workflow/play-workflows.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const contexts = {
  github: { event_name: 'push', event: { list: [{ number: 7 }] } },
  inputs: { command: '' },
};

const expressions: [string, unknown][] = [
  ["github.event_name == 'PUSH'", true],
  ["github.event_name != 'push' || github.event.list[0].number", 7],
  ["inputs.command || 'it''s'", "it's"],
  ["!(github.event.missing && true) && 'yes'", 'yes'],
];
for (const [text, value] of expressions)
  test(`the expression ${text}`, () => assert.equal(evaluate(text, contexts), value));

test('an expression that is not understood fails and is not guessed', () => {
  for (const text of ["contains('a', 'b')", 'secrets.X', 'github.event_name ==', 'a > b'])
    assert.throws(() => evaluate(text, contexts), /not understood|not one that our workflows use/);
});

test('a pull request from a fork, its review and its merge start what they should, in places of their own', async (context) => {
  const temporary = temporaryDirectory(context);
  const bundle = join(temporary, 'step.mjs');
  // In the bundle's place: it tells what it was given and where it stands.
  writeFileSync(
    bundle,
    "const e = process.env; console.log([e.GITHUB_EVENT_NAME, e.INPUT_COMMAND, e.GITHUB_REF].join(' '));\n",
  );
  const fake = await startFakeGitHub(context);
  const { world } = fake;
  world.addPerson('ada', { role: 'write' });
  world.addPerson('mallory');
  world.pushBranch({
    by: 'ada',
    files: {
      '.github/workflows/evenkeel-check.yml': checkWorkflow(null),
      '.github/workflows/evenkeel-approval.yml': approvalWorkflow(null),
      '.github/workflows/evenkeel-deploy.yml': deployWorkflow('main', null),
    },
  });
  const runner = { fake, bundle, temporary };
  const opened = world.openPull({ by: 'mallory', branch: 'x', title: 'X', files: { x: '1\n' }, fork: true });
  const said = async (deliveries: typeof opened.deliveries): Promise<string[]> =>
    (await playWorkflows(runner, deliveries)).flatMap(({ steps }) => steps.map(({ log }) => log.trim()));
  assert.deepEqual(await said(opened.deliveries), [
    'pull_request check refs/pull/1/merge',
    'pull_request_target review refs/heads/main',
    'workflow_run review refs/heads/main',
  ]);
  assert.deepEqual(await said(world.review(1, { by: 'ada', state: 'APPROVED' }).deliveries), [
    'workflow_run review refs/heads/main',
  ]);
  const merged = world.merge(1, { by: 'ada' });
  assert.deepEqual(await said(merged.deliveries), ['push deploy refs/heads/main']);
});
