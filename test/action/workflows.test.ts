/** What `evenkeel init` writes: workflows that actionlint accepts, and that give each job no more than it uses. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { advanceWorkflow } from '../../action/workflows/advance-workflow.ts';
import { approvalWorkflow } from '../../action/workflows/approval-workflow.ts';
import { checkWorkflow } from '../../action/workflows/check-workflow.ts';
import { deployWorkflow } from '../../action/workflows/deploy-workflow.ts';
import { operations } from '../support/github/description/conformance.ts';
import type { OperationId } from '../support/github/description/operations.ts';
import { mayDo, permissions } from '../support/github/permissions.ts';
import { lintWorkflowText } from '../../analyzers/config/workflow/lint-workflow-text.ts';

const written = new Map([
  ['evenkeel-check.yml', checkWorkflow(null)],
  ['evenkeel-approval.yml', approvalWorkflow(null)],
  ['evenkeel-deploy.yml', deployWorkflow('main', null)],
  ['evenkeel-advance.yml', advanceWorkflow(null)],
]);
const own = new Map(globSync('.github/workflows/*.yml').map((path) => [path, readFileSync(path, 'utf8')]));

const odd: [string, string][] = [
  ['a branch with an apostrophe and a slash', deployWorkflow("team/it's-next", null)],
];

interface Job {
  permissions: Record<string, 'read' | 'write'>;
  'timeout-minutes': number;
  'runs-on': string;
  env?: Record<string, string>;
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

  test('every self-hosted job has a place to name the directory that several runners share', () => {
    for (const [name, text] of written) {
      for (const [id, job] of jobsOf(text)) {
        const isSelfHosted = job['runs-on'] === 'self-hosted';
        assert.deepEqual(job.env, isSelfHosted ? { EVENKEEL_HOME: '' } : undefined, `${name}: ${id}`);
      }
    }
  });

  test('rollouts and commands are never cut short', () => {
    for (const name of ['evenkeel-approval.yml', 'evenkeel-deploy.yml', 'evenkeel-advance.yml']) {
      for (const [, { concurrency }] of jobsOf(written.get(name) ?? '')) {
        assert.notEqual(concurrency?.['cancel-in-progress'], true);
      }
    }
  });

  test('the commit that a person gives is the one that is used', () => {
    const commit = 'a'.repeat(40);
    const texts = [checkWorkflow, approvalWorkflow, advanceWorkflow].map((write) => write(commit));
    for (const text of [...texts, deployWorkflow('main', commit)]) {
      for (const line of text.match(/uses: evenkeel\/.*/g) ?? [])
        assert.match(line, new RegExp(`@${commit} # v`));
    }
  });

  const reading: OperationId[] = [
    'pulls/get',
    'pulls/list-commits',
    'pulls/list-reviews',
    'issues/list-events-for-timeline',
    'repos/list-activities',
    'repos/get-collaborator-permission-level',
    'checks/list-for-ref',
    'repos/get-combined-status-for-ref',
  ];
  const watching: OperationId[] = [
    'repos/create-deployment',
    'repos/create-deployment-status',
    'repos/list-deployment-statuses',
    'repos/list-pull-requests-associated-with-commit',
    'issues/list-comments',
    'issues/create-comment',
    'issues/update-comment',
  ];
  const tickets: OperationId[] = ['issues/create', 'issues/list-for-repo'];
  /** What the code behind each job asks for. Whole runs with just these rights are in test/acceptance. */
  const used: Record<string, OperationId[]> = {
    check: [],
    review: [
      ...reading,
      ...(['pulls/list', 'repos/get-branch', 'checks/create', 'checks/update'] as const),
      ...(['issues/list-comments', 'issues/create-comment', 'issues/update-comment'] as const),
    ],
    commands: [
      ...reading,
      ...watching,
      ...tickets,
      'issues/list-comments-for-repo',
      ...(['issues/get-comment', 'reactions/create-for-issue-comment', 'issues/delete-comment'] as const),
    ],
    deploy: [...reading, ...watching, ...tickets],
    command: [...reading, ...watching, ...tickets],
    // Approval is decided on what the journals keep; tickets of rollbacks are opened.
    advance: [...watching, ...tickets],
  };

  test('each right of a job is needed by something that it asks for, and everything it asks for it may', () => {
    for (const text of written.values()) {
      for (const [name, job] of jobsOf(text)) {
        const operationIds = used[name] ?? [];
        for (const id of operationIds)
          assert.ok(
            mayDo({ kind: 'workflow', by: 1, permissions: job.permissions }, id),
            `${name} may not ${id}`,
          );
        for (const [right, level] of Object.entries(job.permissions)) {
          // Git fetches with it, and actions/checkout.
          if (right === 'contents' && level === 'read') continue;
          const isNeeded = operationIds.some((id) => {
            const isRead = operations.find((operation) => operation.id === id)?.method === 'GET';
            return permissions[id].some((needed) => needed === right) && (level === 'read' || !isRead);
          });
          assert.ok(isNeeded, `${name} does not need ${right}: ${level}`);
        }
      }
    }
  });
});
