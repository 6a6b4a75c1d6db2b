/** Who has to approve which path, row by row: Alice made the change; Bob, Carol and Dave are as in the shared evidence. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requireCodeOwners } from '../../policies/approval/code-owner-requirement.ts';
import { findContributors } from '../../policies/approval/contributors.ts';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { readPeople } from '../../policies/approval/people.ts';
import { evidenceOf } from '../support/approval-evidence.ts';

type Pull = ApprovalEvidence['pull_request'];

function require(pull: Partial<Pull>, approvers: string[] = [], directory: object = {}) {
  const evidence = evidenceOf([], pull);
  Object.assign(evidence.directory, directory);
  const people = readPeople(evidence.directory);
  return requireCodeOwners(
    evidence,
    people,
    findContributors(evidence, people),
    approvers.map((login) => people.find(login)).filter((person) => person !== undefined),
  );
}

const changed = (...paths: string[]) => paths.map((path) => ({ path, status: 'modified' }));

interface Row {
  owners: string[];
  files: Pull['changed_files'];
  approvers: string[];
  isMet: boolean;
  says?: RegExp;
  directory?: object;
}

const rows: Record<string, Row> = {
  'an owner approved': { owners: ['* @bob'], files: changed('a'), approvers: ['bob'], isMet: true },
  'one of several owners is enough': {
    owners: ['* @carol @bob'],
    files: changed('a'),
    approvers: ['bob'],
    isMet: true,
  },
  'a member of a team is an owner': {
    owners: ['* @Shop/Database'],
    files: changed('a'),
    approvers: ['carol'],
    isMet: true,
  },
  'an approval by somebody else is none by an owner': {
    owners: ['* @carol'],
    files: changed('a'),
    approvers: ['bob'],
    isMet: false,
    says: /^a needs the approval of @carol; carol can give it$/,
  },
  'every line that decides on a path asks for its own owner': {
    owners: ['* @bob', '/db/ @carol'],
    files: changed('a', 'db/b', 'db/c'),
    approvers: ['bob'],
    isMet: false,
    says: /^db\/b and 1 more needs the approval of @carol/,
  },
  'a rename out of an owned directory asks its owners': {
    owners: ['/db/ @carol'],
    files: [{ path: 'src/a', previous_path: 'db/a', status: 'renamed' }],
    approvers: ['bob'],
    isMet: false,
    says: /^db\/a needs/,
  },
  'a rename into an owned directory asks its owners': {
    owners: ['/db/ @carol'],
    files: [{ path: 'db/a', previous_path: 'src/a', status: 'renamed' }],
    approvers: ['bob'],
    isMet: false,
  },
  'a copy leaves what it was made from as it is': {
    owners: ['/db/ @carol'],
    files: [{ path: 'src/a', previous_path: 'db/a', status: 'copied' }],
    approvers: [],
    isMet: true,
  },
  'a path that no line matches, or that a line leaves to nobody, asks for nobody': {
    owners: ['/db/ @carol', '/db/gen/'],
    files: changed('a', 'db/gen/b'),
    approvers: [],
    isMet: true,
  },
  'an owner who made the change is none': {
    owners: ['* @alice'],
    files: changed('a'),
    approvers: ['bob'],
    isMet: false,
    says: /\(@alice made the change\); nobody can give it: have line 1/,
  },
  'an owner who cannot write is none, whatever role the policy lets approve': {
    owners: ['* @dave'],
    files: changed('a'),
    approvers: ['dave'],
    isMet: false,
    says: /@dave cannot write to the repository/,
  },
  'an owner who is suspended is none': {
    owners: ['* @erin'],
    files: changed('a'),
    approvers: [],
    isMet: false,
    says: /@erin is suspended/,
    directory: { users: { erin: { id: 9, type: 'User', role: 'write', suspended: true } } },
  },
  'a login that is in no directory stands for nobody': {
    owners: ['* @erin'],
    files: changed('a'),
    approvers: ['bob'],
    isMet: false,
    says: /@erin is no account in the directory/,
  },
  'an address stands for nobody': {
    owners: ['* bob@example.com'],
    files: changed('a'),
    approvers: ['bob'],
    isMet: false,
    says: /bob@example.com is an address/,
  },
  'a team that could not be read does not pass': {
    owners: ['* @shop/unseen'],
    files: changed('a'),
    approvers: ['bob'],
    isMet: false,
    says: /the team @shop\/unseen could not be read/,
  },
  'a team of those who made the change does not pass': {
    owners: ['* @shop/mine'],
    files: changed('a'),
    approvers: ['bob'],
    isMet: false,
    says: /everybody in the team @shop\/mine made the change/,
    directory: { teams: { 'shop/mine': ['alice'] } },
  },
  'who is invited to a team is not in it yet': {
    owners: ['* @shop/new'],
    files: changed('a'),
    approvers: ['bob'],
    isMet: false,
    says: /nobody is in the team @shop\/new/,
    directory: { teams: { 'shop/new': ['bob'] }, pending: { 'shop/new': ['bob'] } },
  },
  'an invalid line is skipped, as GitHub does, and the line above decides': {
    owners: ['* @bob', '/db/[ab] @carol'],
    files: changed('db/a'),
    approvers: ['bob'],
    isMet: true,
  },
};

describe('every owned path is approved by one of its owners', () => {
  for (const [name, { owners, files, approvers, isMet, says, directory }] of Object.entries(rows)) {
    test(name, () => {
      const outcome = require({ codeowners_base: owners, changed_files: files }, approvers, directory);
      assert.equal(outcome.isKnown, true);
      assert.equal(outcome.isMet, isMet, outcome.message);
      if (says !== undefined) assert.match(outcome.message, says);
    });
  }

  test('who can still give it is named, and the lines stand in their order', () => {
    const { children } = require({
      codeowners_base: ['* @bob @alice', '/db/ @shop/database'],
      changed_files: changed('db/a', 'b'),
    });
    assert.deepEqual(
      children.map(({ waitsFor, by }) => [waitsFor?.from?.users, waitsFor?.from?.teams, by]),
      [
        [['bob'], [], []],
        [['carol'], ['shop/database'], []],
      ],
    );
  });
});

describe('owners that are not known block', () => {
  const files: Record<string, [lines: string[] | undefined, says: RegExp]> = {
    'the evidence does not say': [undefined, /does not say what CODEOWNERS holds/],
    'GitHub does not read so long a file': [
      Array<string>(31_000).fill(`# ${'x'.repeat(98)}`),
      /longer than 3 MB/,
    ],
    'no line is valid': [['# owners', '[Section]', '!a @bob'], /no line .* is valid: on line 2 /],
  };
  for (const [name, [lines, says]] of Object.entries(files)) {
    test(name, () => {
      const pull = evidenceOf([]).pull_request;
      delete pull.codeowners_base;
      const evidence = { ...evidenceOf([]), pull_request: pull };
      if (lines !== undefined) pull.codeowners_base = lines;
      const people = readPeople(evidence.directory);
      const outcome = requireCodeOwners(evidence, people, findContributors(evidence, people), []);
      assert.deepEqual([outcome.isKnown, outcome.isMet], [false, false]);
      assert.match(outcome.message, says);
    });
  }
});
