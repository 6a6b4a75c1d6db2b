/** What `evenkeel init` writes: workflows that actionlint accepts, and that give each job no more than it uses. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { approvalWorkflow } from '../../action/workflows/approval-workflow.ts';
import { checkWorkflow } from '../../action/workflows/check-workflow.ts';
import { deployWorkflow } from '../../action/workflows/deploy-workflow.ts';
import { lintWorkflowText } from '../../analyzers/config/workflow/lint-workflow-text.ts';

const written = new Map([
  ['evenkeel-check.yml', checkWorkflow(null)],
  ['evenkeel-approval.yml', approvalWorkflow(null)],
  ['evenkeel-deploy.yml', deployWorkflow('main', null)],
]);
const own = new Map(globSync('.github/workflows/*.yml').map((path) => [path, readFileSync(path, 'utf8')]));

const odd: [string, string][] = [
  ['a branch with an apostrophe and a slash', deployWorkflow("team/it's-next", null)],
];

interface Job {
  permissions: Record<string, string>;
  'timeout-minutes': number;
  concurrency?: { group: string; 'cancel-in-progress': boolean };
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}

/** A cast in place of a check: a workflow that has another shape fails the test below, which is what it is for. */
function jobsOf(text: string): [string, Job][] {
  return Object.entries((parse(text) as { jobs: Record<string, Job> }).jobs);
}

describe('workflows', () => {
  for (const [name, text] of [...written, ...own, ...odd]) {
    test(`${name} passes actionlint`, async () => {
      assert.deepEqual(await lintWorkflowText(`.github/workflows/x.yml`, text), { ok: true, faults: [] });
    });
  }

  for (const [name, text] of written) {
    test(`${name}: rights by job, a time limit, nothing that strangers typed in a shell, pinned actions`, () => {
      const workflow: unknown = parse(text);
      assert.ok(typeof workflow === 'object' && workflow !== null && 'permissions' in workflow);
      assert.deepEqual(workflow.permissions, {});
      for (const [, job] of jobsOf(text)) {
        assert.ok(Object.keys(job.permissions).length > 0);
        assert.ok(job['timeout-minutes'] > 0);
        for (const step of job.steps) {
          assert.equal(step.run, undefined);
          if (step.uses?.startsWith('evenkeel/')) continue;
          assert.match(step.uses ?? '', /@[0-9a-f]{40}$/);
          assert.equal(step.with?.['persist-credentials'], false);
        }
      }
      // A moved tag brings other code; the comment tells people which version the hash is.
      for (const line of text.match(/- uses: (?!evenkeel\/).*/g) ?? [])
        assert.match(line, / # v\d+\.\d+\.\d+$/);
    });
  }

  test('rollouts and commands are never cut short', () => {
    for (const name of ['evenkeel-approval.yml', 'evenkeel-deploy.yml']) {
      for (const [, { concurrency }] of jobsOf(written.get(name) ?? '')) {
        assert.notEqual(concurrency?.['cancel-in-progress'], true);
      }
    }
  });

  test('the commit that a person gives is the one that is used', () => {
    const commit = 'a'.repeat(40);
    for (const text of [checkWorkflow(commit), approvalWorkflow(commit), deployWorkflow('main', commit)]) {
      for (const line of text.match(/uses: evenkeel\/.*/g) ?? [])
        assert.match(line, new RegExp(`@${commit} # v`));
    }
  });
});
