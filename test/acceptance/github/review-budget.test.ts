/**
 * How often a review asks GitHub: a look at a pull request of ten files that was looked at before, by the built bundle
 * with the rights of its job. Counted from the fake's log of requests; what GitHub itself would count is that.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildBundle } from '../../support/bundle.ts';
import { startFakeGitHub } from '../../support/github/fake-github.ts';
import { frozenShop } from '../../support/github/life-scene.ts';
import { runAction } from '../../support/github/run-action.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

const budget = 12;
const rights = {
  contents: 'read',
  checks: 'write',
  'pull-requests': 'write',
  statuses: 'read',
} as const;

test(`ten files, one approver, a team that owns them: at most ${budget} calls`, async (context) => {
  const { world, url } = await startFakeGitHub(context);
  for (const login of ['ola', 'bo', 'kim']) world.addPerson(login, { role: 'write' });
  world.addTeam('shop', ['bo', 'kim'], { role: 'write' });
  world.pushBranch({
    by: 'ola',
    files: {
      ...frozenShop('{ required: 1, codeOwners: true, checks: [Evenkeel / check] }'),
      CODEOWNERS: '/shop/ @acme/shop\n',
    },
  });
  const ten = Array.from({ length: 10 }, (_, index): [string, string] => [`shop/${index}.txt`, 'new\n']);
  const { number } = world.openPull({
    by: 'ola',
    branch: 'ten',
    title: 'Ten',
    files: Object.fromEntries(ten),
  });
  const temporary = temporaryDirectory(context);
  const directory = join(temporary, 'clone');
  execFileSync('git', ['clone', '--quiet', world.git, directory]);
  const sha = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: directory, encoding: 'utf8' }).trim();
  // An App's token: a workflow's own cannot read teams at all.
  const token = world.token({ ...rights, members: 'read' }, { kind: 'app' });
  const look = async (what: string): Promise<string | undefined> => {
    world.requests.length = 0;
    const step = await runAction({
      bundle: join(bundle, 'index.js'),
      directory,
      temporary: join(temporary, what),
      apiUrl: url,
      eventName: 'pull_request_target',
      event: { pull_request: { number } },
      sha,
      inputs: { token, command: 'review' },
    });
    const asked = world.requests.map(({ method, path }) => `${method} ${path}`);
    context.diagnostic(`${what}: ${asked.length} calls: ${asked.join(', ')}`);
    if (what !== 'first') assert.ok(asked.length <= budget, `${what}: ${asked.length} calls`);
    return `${step.outputs['decision']} ${step.outputs['reason-code']}`;
  };
  assert.equal(await look('first'), 'await-approval approval-missing');
  assert.equal(await look('again'), 'await-approval approval-missing');
  world.review(number, { by: 'bo', state: 'APPROVED' });
  assert.equal(await look('approved'), 'allow clean');
  assert.equal(await look('approved-again'), 'allow clean');
});
