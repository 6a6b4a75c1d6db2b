/** What a policy can ask for, row by row: each is given as it stands in the policy file. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decideByEvidence } from '../../policies/approval/decide-by-evidence.ts';
import { kindsOfChange } from '../../policies/approval/change-kinds.ts';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import type { ApprovalReasonCode } from '../../policies/approval/reason-codes.ts';
import { assessRisk } from '../../policies/approval/risk.ts';
import { readApprovalPolicy } from '../../policies/policy-file/read-approval-policy.ts';
import { decide } from '../../policies/verdict.ts';
import { at, commit, evidenceOf, review } from '../support/approval-evidence.ts';

type Pull = Partial<ApprovalEvidence['pull_request']>;

/** Approved by those who are named, under a policy. */
function decideFor(policy: unknown, by: string[], pull: Pull = {}, more: Partial<ApprovalEvidence> = {}) {
  return decideByEvidence(
    {
      ...evidenceOf(
        by.map((login) => review(login)),
        pull,
      ),
      policy,
      ...more,
    },
    at,
  );
}

const sql = { changed_files: [{ path: 'db/7.sql' }] };
const rule = (parts: object) => ({ required: 0, rules: [parts] });
const done = { status: 'completed', conclusion: 'success' };

const { directory } = evidenceOf([]);
const byOperator = { required: 1, roles: ['operator'] };
const withOperator = {
  directory: { ...directory, users: { ...directory.users, olga: { id: 9, type: 'User', role: 'operator' } } },
};

const nested = {
  directory: {
    ...directory,
    teams: { ...directory.teams, 'shop/all': ['shop/data'], 'shop/data': ['Shop/All', 'shop/database'] },
  },
};

type Row = [
  policy: unknown,
  by: string[],
  is: ApprovalReasonCode,
  pull?: Pull,
  more?: Partial<ApprovalEvidence>,
];

const tables: Record<string, Record<string, Row>> = {
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
  rules: {
    'a team': [rule({ required: 1, teams: ['shop/database'] }), ['carol'], 'approved'],
    'somebody outside of the team': [rule({ required: 1, teams: ['shop/database'] }), ['bob'], 'rule-unmet'],
    'a role that only the rule names': [rule(byOperator), ['olga'], 'approved', {}, withOperator],
    'it counts for that rule alone': [
      { required: 1, rules: [byOperator] },
      ['olga'],
      'approvals-missing',
      {},
      withOperator,
    ],
    'and only where the rule applies': [
      { required: 1, rules: [{ any: [byOperator, { required: 1 }], when: { paths: ['db/**'] } }] },
      ['olga'],
      'approvals-missing',
      {},
      withOperator,
    ],
    'by whom somebody else is named, it asks for a role of the policy': [
      rule({ required: 1, users: ['olga'] }),
      ['olga'],
      'rule-unmet',
      {},
      withOperator,
    ],
    'a team whose members may not be read, whoever is listed': [
      rule({ required: 1, teams: ['shop/database'] }),
      ['carol'],
      'team-unknown',
      {},
      { directory: { ...directory, unreadable_teams: ['Shop/Database'] } },
    ],
    'a team as CODEOWNERS spells it': [
      rule({ required: 1, teams: ['@shop/database'] }),
      ['carol'],
      'approved',
    ],
    'a team without its organisation': [rule({ required: 1, teams: ['database'] }), ['carol'], 'approved'],
    'a team without its organisation, whose members may not be read': [
      rule({ required: 1, teams: ['database'] }),
      ['carol'],
      'team-unknown',
      {},
      { directory: { ...directory, unreadable_teams: ['shop/database'] } },
    ],
    'one name in two organisations': [
      rule({ required: 1, teams: ['database'] }),
      ['carol'],
      'team-unknown',
      {},
      { directory: { ...directory, teams: { ...directory.teams, 'other/database': ['bob'] } } },
    ],
    'invited, in whatever spelling': [
      rule({ required: 1, teams: ['shop/database'] }),
      ['carol'],
      'rule-unmet',
      {},
      { directory: { ...directory, pending: { 'Shop/Database': ['carol'], 'shop/database': [] } } },
    ],
    'a team in a team': [rule({ required: 1, teams: ['shop/all'] }), ['carol'], 'approved', {}, nested],
    'a person as CODEOWNERS spells them': [rule({ required: 1, users: ['@Carol'] }), ['carol'], 'approved'],
    'a team that nobody knows': [rule({ required: 1, teams: ['shop/gone'] }), ['bob'], 'team-unknown'],
    'a role': [rule({ required: 1, roles: ['maintain'] }), ['carol'], 'approved'],
    'a role that the approver lacks': [rule({ required: 1, roles: ['maintain'] }), ['bob'], 'rule-unmet'],
    'a user, under an earlier name': [rule({ required: 1, users: ['robert-b'] }), ['bob'], 'approved'],
    'one of two': [
      rule({ any: [{ required: 1, users: ['carol'] }, { required: 2 }] }),
      ['carol'],
      'approved',
    ],
    'none of two': [
      rule({ any: [{ required: 1, users: ['carol'] }, { required: 2 }] }),
      ['bob'],
      'rule-unmet',
    ],
    'half of both': [
      rule({
        all: [
          { required: 1, users: ['carol'] },
          { required: 1, users: ['bob'] },
        ],
      }),
      ['bob'],
      'rule-unmet',
    ],
    both: [
      rule({
        all: [
          { required: 1, users: ['carol'] },
          { required: 1, users: ['bob'] },
        ],
      }),
      ['bob', 'carol'],
      'approved',
    ],
    'a rule for other paths is left out': [
      { required: 1, rules: [{ when: { paths: ['db/**'] }, required: 2 }] },
      ['bob'],
      'approved',
    ],
    'a rule for these paths': [
      { required: 1, rules: [{ when: { paths: ['db/**'] }, required: 2 }] },
      ['bob'],
      'rule-unmet',
      sql,
    ],
    'all but documentation': [
      { required: 1, rules: [{ when: { exceptPaths: ['docs/**'] }, required: 2 }] },
      ['bob'],
      'approved',
      { changed_files: [{ path: 'docs/a.md' }] },
    ],
    'a branch that left out satisfies nothing': [
      { required: 1, rules: [{ any: [{ when: { paths: ['db/**'] }, required: 1 }, { required: 2 }] }] },
      ['bob'],
      'rule-unmet',
    ],
    'a branch': [
      { required: 1, rules: [{ when: { branches: ['release/*'] }, required: 2 }] },
      ['bob'],
      'rule-unmet',
      { base_ref: 'release/7' },
    ],
    'a branch that is not told': [
      { required: 1, rules: [{ when: { branches: ['release/*'] }, required: 2 }] },
      ['bob'],
      'rule-unknown',
    ],
    'a label that is not told': [
      { required: 1, rules: [{ when: { labels: ['urgent'] }, required: 2 }] },
      ['bob'],
      'rule-unknown',
    ],
    'lines that are not told': [
      { required: 1, rules: [{ when: { minLines: 10 }, required: 2 }] },
      ['bob'],
      'rule-unknown',
    ],
    'few lines': [
      { required: 1, rules: [{ when: { minLines: 10 }, required: 2 }] },
      ['bob'],
      'approved',
      { changed_files: [{ path: 'a', lines: 9 }] },
    ],
    'an author': [
      { required: 1, rules: [{ when: { authors: ['ALICE'] }, required: 2 }] },
      ['bob'],
      'rule-unmet',
    ],
    "an author's team": [
      { required: 1, rules: [{ when: { authorTeams: ['shop/database'] }, required: 2 }] },
      ['bob'],
      'rule-unmet',
    ],
    "an author's team that nobody knows": [
      { required: 1, rules: [{ when: { authorTeams: ['shop/gone'] }, required: 2 }] },
      ['bob'],
      'rule-unknown',
    ],
    'nothing applies': [
      { required: 0, rules: [{ when: { paths: ['db/**'] }, required: 1 }] },
      ['bob'],
      'nothing-applies',
    ],
    'nothing applies by risk': [{ required: 0, risk: { high: 1 } }, ['bob'], 'nothing-applies'],
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

test('a team that was accepted counts, an invitation to it does not', () => {
  const { directory } = evidenceOf([]);
  const invited = { directory: { ...directory, pending: { 'shop/database': ['carol'] } } };
  assert.equal(
    decideFor(rule({ required: 1, teams: ['shop/database'] }), ['carol'], {}, invited).decision,
    'pending',
  );
});

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

test('of branches of which one is enough, the outcome says so', () => {
  const branches = [
    { name: 'carol', required: 1, users: ['carol'] },
    { all: [{ name: 'bob', required: 1, users: ['bob'] }] },
  ];
  const policy = { required: 0, rules: [{ name: 'a pair', any: branches }, { required: 1 }] };
  const { missing } = decideFor(policy, []);
  assert.deepEqual(
    missing.map(({ requirement, oneOf }) => [requirement, oneOf]),
    [
      ['carol', 'a pair'],
      ['bob', 'a pair'],
      ['one peer approved', undefined],
    ],
  );
});

test('a rule that too few can still satisfy says that the policy has to change', () => {
  const { message } = decideFor(
    { required: 1, rules: [{ name: 'two', required: 2, users: ['alice', 'carol'] }] },
    ['bob'],
  );
  assert.match(message, /only carol can still give it: have the policy name more/);
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
  const riskOf = (paths: string[], more: Partial<ApprovalEvidence> = {}, pull: Pull = {}) => {
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
