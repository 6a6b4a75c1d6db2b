/** What a policy can ask for, row by row: each is given as it stands in the policy file. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kindsOfChange } from '../../policies/approval/change-kinds.ts';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { assessRisk } from '../../policies/approval/risk.ts';
import { readApprovalPolicy } from '../../policies/policy-file/read-approval-policy.ts';
import { decide } from '../../policies/verdict.ts';
import { decideFor, rule, type PolicyRow } from '../support/approval-by-policy.ts';
import { commit, evidenceOf } from '../support/approval-evidence.ts';

const sql = { changed_files: [{ path: 'db/7.sql' }] };

const done = { status: 'completed', conclusion: 'success' };

const tables: Record<string, Record<string, PolicyRow>> = {
  'a policy that cannot be used': {
    absent: [undefined, ['bob'], 'policy-absent'],
    null: [null, ['bob'], 'policy-absent'],
    'an unknown key': [{ required: 1, requred: 2 }, ['bob'], 'policy-invalid'],
    'a text': ['required: 1', ['bob'], 'policy-invalid'],
    'a number in quotes': [{ required: '1' }, ['bob'], 'policy-invalid'],
    'code owners are enough to ask': [
      { required: 0, codeOwners: true },
      ['bob'],
      'approved',
      { codeowners_base: ['* @bob'] },
    ],
    'and nobody is asked about what nobody owns': [
      { required: 0, codeOwners: true },
      ['bob'],
      'nothing-applies',
    ],
    'nobody is ever asked': [{ required: 0 }, ['bob'], 'policy-invalid'],
    'read is no role that approves': [{ required: 1, roles: ['read'] }, ['dave'], 'policy-invalid'],
    'two things in one rule': [rule({ any: [{ required: 1 }], required: 1 }), ['bob'], 'policy-invalid'],
  },
  'risk and kinds': {
    'a low risk': [{ required: 1, risk: { high: 2 } }, ['bob'], 'approved'],
    'a high risk': [{ required: 1, risk: { high: 2 } }, ['bob'], 'approvals-missing', sql],
    'a high risk, and enough': [{ required: 1, risk: { high: 2 } }, ['bob', 'carol'], 'approved', sql],
    'a number by risk never lowers': [{ required: 2, risk: { low: 1 } }, ['bob'], 'approvals-missing'],
    'a change of the policy': [
      { required: 1, risk: { high: 2 } },
      ['bob'],
      'approvals-missing',
      { policy_changed_in_pr: true },
    ],
    'a kind': [{ required: 1, kinds: { sql: 2 } }, ['bob'], 'approvals-missing', sql],
    'another kind': [{ required: 1, kinds: { infra: 2 } }, ['bob'], 'approved', sql],
    'renamed away from its kind': [
      { required: 1, kinds: { sql: 2 } },
      ['bob'],
      'approvals-missing',
      { changed_files: [{ path: 'a.txt', previous_path: 'a.sql', status: 'renamed' }] },
    ],
    'renamed from a name that is not told': [
      { required: 1, kinds: { sql: 2 } },
      ['bob'],
      'files-truncated',
      { changed_files: [{ path: 'a.txt', status: 'renamed' }] },
    ],
  },
  labels: {
    there: [{ required: 1, labels: { required: ['Ready'] } }, ['bob'], 'approved', { labels: ['ready'] }],
    missing: [{ required: 1, labels: { required: ['ready'] } }, ['bob'], 'label-missing', { labels: [] }],
    blocking: [
      { required: 1, labels: { blocking: ['hold'] } },
      ['bob'],
      'label-blocking',
      { labels: ['HOLD'] },
    ],
    unknown: [{ required: 1, labels: { blocking: ['hold'] } }, ['bob'], 'labels-unknown'],
  },
  'signed commits': {
    signed: [
      { required: 1, signedCommits: true },
      ['bob'],
      'approved',
      { commits: [commit('c1', { verified: true })] },
    ],
    unsigned: [
      { required: 1, signedCommits: true },
      ['bob'],
      'unsigned-commit',
      { commits: [commit('c1', { verified: false })] },
    ],
    unknown: [{ required: 1, signedCommits: true }, ['bob'], 'unsigned-commit'],
  },
  checks: {
    succeeded: [
      { required: 1, checks: ['unit'] },
      ['bob'],
      'approved',
      {},
      { checks: [{ name: 'unit', ...done }] },
    ],
    failed: [
      { required: 1, checks: ['unit'] },
      ['bob'],
      'check-failed',
      {},
      { checks: [{ name: 'unit', ...done, conclusion: 'failure' }] },
    ],
    skipped: [
      { required: 1, checks: ['unit'] },
      ['bob'],
      'check-failed',
      {},
      { checks: [{ name: 'unit', ...done, conclusion: 'skipped' }] },
    ],
    'succeeded by one app, failed by another': [
      { required: 1, checks: ['unit'] },
      ['bob'],
      'check-failed',
      {},
      {
        checks: [
          { name: 'unit', app_id: 1, ...done },
          { name: 'unit', app_id: 2, ...done, conclusion: 'failure' },
        ],
      },
    ],
    running: [
      { required: 1, checks: ['unit'] },
      ['bob'],
      'check-missing',
      {},
      { checks: [{ name: 'unit', status: 'in_progress', conclusion: null }] },
    ],
    'never run': [
      { required: 1, checks: ['unit'] },
      ['bob'],
      'check-missing',
      {},
      { checks: [{ name: 'Unit', ...done }] },
    ],
    unreadable: [{ required: 1, checks: ['unit'] }, ['bob'], 'check-unknown'],
    'without a conclusion': [
      { required: 1, checks: ['unit'] },
      ['bob'],
      'check-unknown',
      {},
      { checks: [{ name: 'unit', ...done, conclusion: null }] },
    ],
  },
  bots: {
    'one that the policy names': [{ required: 1, bots: ['Helper[bot]'] }, ['helper[bot]'], 'approved'],
    'one that made the change': [
      { required: 1, bots: ['helper[bot]'] },
      ['helper[bot]'],
      'approvals-missing',
      { commits: [commit('c1', { author: 'helper[bot]' })] },
    ],
  },
};

for (const [title, rows] of Object.entries(tables)) {
  describe(title, () => {
    for (const [name, [policy, by, is, pull, more]] of Object.entries(rows)) {
      test(name, () => {
        const outcome = decideFor(policy, by, pull, more);
        assert.equal(outcome.reasonCode, is, outcome.message);
        assert.equal(outcome.decision === 'approved', is === 'approved');
        assert.equal(outcome.decision === 'skipped', is === 'nothing-applies');
      });
    }
  });
}

test('what is skipped lets nothing pass, whatever else holds', () => {
  const approval = decideFor({ required: 0, risk: { high: 1 } }, ['bob']);
  const verdict = decide({
    findings: [],
    unclaimed: [],
    unclaimedPolicy: 'allow',
    isAdoption: false,
    approval,
  });
  assert.equal(verdict.decision, 'await-approval');
});

test('the outcome names who can still give what is missing', () => {
  const { missing, approvers } = decideFor(
    { required: 2, rules: [{ name: 'the database team', required: 1, teams: ['shop/database'] }] },
    ['bob'],
    sql,
  );
  assert.deepEqual(approvers, ['bob']);
  assert.deepEqual(
    missing.map(({ requirement, count, logins, teams }) => ({ requirement, count, logins, teams })),
    [
      // Alice made the change and Dave may only read, so neither is asked.
      { requirement: '2 peers approved the head', count: 1, logins: ['carol'], teams: [] },
      { requirement: 'the database team', count: 1, logins: ['carol'], teams: ['shop/database'] },
    ],
  );
});

test('a skipped branch is shown, with why', () => {
  const { requirements } = decideFor(
    { required: 1, rules: [{ name: 'database', when: { paths: ['db/**'] }, required: 2 }] },
    ['bob'],
  );
  const shown = requirements.children.find(({ name }) => name === 'database');
  assert.deepEqual(shown, {
    name: 'database',
    isMet: true,
    isSkipped: true,
    detail: 'does not apply: no changed path is meant',
    by: [],
    children: [],
  });
});

describe('risk', () => {
  const riskOf = (
    paths: string[],
    more: Partial<ApprovalEvidence> = {},
    pull: Partial<ApprovalEvidence['pull_request']> = {},
  ) => {
    const evidence = {
      ...evidenceOf([], { changed_files: paths.map((path) => ({ path })), ...pull }),
      ...more,
    };
    return assessRisk(evidence, kindsOfChange(evidence));
  };
  const finding = { rule: 'schema/keep-field', level: 'warning', path: 'a' };

  for (const [path, level] of [
    ['src/a.ts', 'low'],
    ['README.md', 'low'],
    ['config/app.yaml', 'medium'],
    ['api/openapi.yaml', 'medium'],
    ['db/1.SQL', 'high'],
    ['infra/Pulumi.production.yaml', 'high'],
    ['evenkeel.yml', 'high'],
    ['.github/CODEOWNERS', 'high'],
    ['.github/workflows/deploy.yml', 'high'],
  ] as const) {
    test(`${path} is ${level}`, () => {
      assert.equal(riskOf([path]).level, level);
    });
  }

  test('findings raise it, and what is waived does as well', () => {
    assert.equal(riskOf(['a.ts'], { findings: [finding] }).level, 'medium');
    assert.equal(riskOf(['a.ts'], { findings: [{ ...finding, proof: 'unproven' }] }).level, 'high');
    const waived = riskOf(['a.ts'], { findings: [{ ...finding, level: 'error', waived: true }] });
    assert.deepEqual(waived, { level: 'high', reasons: ['one error found, 1 of them waived'] });
  });

  test('so does size, and a list that is cut off', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `src/${index}.ts`);
    assert.equal(riskOf(many(51)).level, 'medium');
    assert.equal(riskOf(many(301)).level, 'high');
    assert.equal(riskOf(['a.ts'], {}, { files_truncated: true }).level, 'high');
  });
});

test('every problem of a policy is a sentence with its place', () => {
  const reading = readApprovalPolicy({
    required: 1,
    rules: [{ all: [{ required: 1, usrs: ['bob'] }] }],
    codeOwner: true,
  });
  assert.ok(!reading.ok);
  assert.deepEqual(reading.problems.toSorted(), [
    'approval.codeOwner: unknown key "codeOwner"; did you mean "codeOwners"?',
    'approval.rules.0.all.0.usrs: unknown key "usrs"; did you mean "users"?',
  ]);
});
