/** Rules: when they apply, and who counts for them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decideFor, rule, type PolicyRow } from '../support/approval-by-policy.ts';
import { evidenceOf } from '../support/approval-evidence.ts';

const sql = { changed_files: [{ path: 'db/7.sql' }] };
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

const rows: Record<string, PolicyRow> = {
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
  'a team as CODEOWNERS spells it': [rule({ required: 1, teams: ['@shop/database'] }), ['carol'], 'approved'],
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
  'one of two': [rule({ any: [{ required: 1, users: ['carol'] }, { required: 2 }] }), ['carol'], 'approved'],
  'none of two': [rule({ any: [{ required: 1, users: ['carol'] }, { required: 2 }] }), ['bob'], 'rule-unmet'],
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
};

describe('rules', () => {
  for (const [name, [policy, by, is, pull, more]] of Object.entries(rows)) {
    test(name, () => {
      const outcome = decideFor(policy, by, pull, more);
      assert.equal(outcome.reasonCode, is, outcome.message);
      assert.equal(outcome.decision === 'approved', is === 'approved');
      assert.equal(outcome.decision === 'skipped', is === 'nothing-applies');
    });
  }
});

test('a team that was accepted counts, an invitation to it does not', () => {
  const { directory } = evidenceOf([]);
  const invited = { directory: { ...directory, pending: { 'shop/database': ['carol'] } } };
  assert.equal(
    decideFor(rule({ required: 1, teams: ['shop/database'] }), ['carol'], {}, invited).decision,
    'pending',
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
