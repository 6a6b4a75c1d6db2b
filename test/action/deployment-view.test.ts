/** A rollout as GitHub shows it. What happens to the rollout meanwhile is the deployer's test; here only the view is run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDeploymentView } from '../../action/github/deployment-view.ts';
import { openGitHub } from '../../action/github/octokit.ts';
import { planRollout, type RolloutPlan, type RolloutState } from '../../policies/rollout/state.ts';
import { startFakeGitHub, type FakeGitHub } from '../support/github/fake-github.ts';

const plan: RolloutPlan = {
  rollout: '41',
  service: 'shop',
  environment: 'production',
  stable: `sha256:${'1'.repeat(64)}`,
  candidate: `sha256:${'2'.repeat(64)}`,
  fullCapacity: 2,
  canaryCapacity: 1,
  stepBasisPoints: [500, 5000],
  minSoakSeconds: 1,
  stepDeadlineSeconds: 60,
  bakeSeconds: 60,
};
const planned = planRollout(plan);
const canary = (step: number): RolloutState => ({
  ...planned,
  phase: 'canary',
  step,
  sinceSeconds: 1,
  hold: null,
});
const cause = {
  reasonCode: 'judged-fail',
  message: 'errors: 4 % against 1 % @bo',
  by: 'judge',
  atSeconds: 9,
};

function viewOf(fake: FakeGitHub, commit: string, lines: string[], token = 'secret-token') {
  const progress = (line: string): void => void lines.push(line);
  const github = openGitHub(token, { GITHUB_API_URL: fake.url }, progress);
  return openDeploymentView({
    repository: { github, owner: 'acme', repo: 'shop' },
    rollout: {
      rollout: plan.rollout,
      plan,
      // Of a deployment only its commit is shown.
      deployment: { candidate: { commit } } as Parameters<
        typeof openDeploymentView
      >[0]['rollout']['deployment'],
    },
    now: () => new Date('2026-01-05T08:00:00Z'),
    progress,
    endTimeoutMs: 10_000,
  });
}

test('one deployment a rollout, found again by the run that resumes it; ticks write nothing; the last state is shown', async (context) => {
  const fake = await startFakeGitHub(context);
  fake.world.addPerson('ola', { role: 'write' });
  const { head } = fake.world.pushBranch({ by: 'ola', files: { 'a.txt': 'a\n' } });
  const lines: string[] = [];
  const first = viewOf(fake, head, lines);
  first.phaseChanged(planned);
  await first.end();
  const second = viewOf(fake, head, lines);
  second.phaseChanged(canary(0));
  for (let tick = 0; tick < 50; tick += 1) second.phaseChanged(canary(0));
  second.phaseChanged({ ...planned, phase: 'rolled-back', cause });
  await second.end();
  const { deployments } = fake.world.state;
  assert.deepEqual(lines, []);
  assert.equal(deployments.length, 1);
  const states = deployments.flatMap(({ statuses }) => statuses.map(({ state }) => state));
  assert.deepEqual([states[0], states.at(-1)], ['queued', 'failure']);
  assert.ok(states.length <= 4, 'what came between was overtaken or shown, and never queued up');
});

test('a token without the right: one line each, and the rollout hears of nothing', async (context) => {
  const fake = await startFakeGitHub(context);
  fake.world.addPerson('ola', { role: 'write' });
  const { head } = fake.world.pushBranch({ by: 'ola', files: { 'a.txt': 'a\n' } });
  const lines: string[] = [];
  const view = viewOf(fake, head, lines, fake.world.token({ contents: 'read' }));
  for (const state of [planned, canary(0), canary(1)]) view.phaseChanged(state);
  await view.end();
  view.phaseChanged({ ...planned, phase: 'settled' });
  await view.end();
  assert.equal(lines.filter((line) => line.startsWith('the deployment')).length, 1);
  assert.match(lines.join('\n'), /could not be written \(GitHub answered 403\); the rollout goes on/);
});
