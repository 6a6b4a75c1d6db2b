/** The approval decision, row by row. Each row that must not pass is a hole that some tool has or had. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decideApproval } from '../../policies/approval/decide-approval.ts';
import { parseEvidence, type ApprovalEvidence } from '../../policies/approval/evidence.ts';
import type { IgnoredReasonCode } from '../../policies/approval/ignored.ts';
import type { ApprovalReasonCode } from '../../policies/approval/reason-codes.ts';
import { at, commit, evidenceOf, policy, push, review } from '../support/approval-evidence.ts';

interface Row {
  evidence: ApprovalEvidence;
  is: ApprovalReasonCode;
  ignored?: IgnoredReasonCode[];
  policy?: Partial<typeof policy> | null;
}

const cleanMerge = [
  commit('c1'),
  commit('m1', {
    author: 'bob',
    committer: 'web-flow',
    via_web: true,
    parents: ['c1', 'b2'],
    clean_merge: true,
  }),
];

const rows: Record<string, Row> = {
  'a peer approved the head': { evidence: evidenceOf([review('bob')]), is: 'approved' },
  'logins are compared without case': { evidence: evidenceOf([review('BOB')]), is: 'approved' },
  'nobody reviewed': { evidence: evidenceOf([]), is: 'approvals-missing' },
  'a comment is not an approval': {
    evidence: evidenceOf([
      review('bob', 'COMMENTED'),
      { type: 'comment', id: 1, by: 'bob', body: '/evenkeel approve, +1, LGTM', at },
    ]),
    is: 'approvals-missing',
    ignored: ['not-a-command'],
  },
  'the first approval counts, whatever comes after (Atlantis)': {
    evidence: evidenceOf([review('bob'), review('bob', 'CHANGES_REQUESTED')]),
    is: 'changes-requested',
    ignored: ['superseded'],
  },
  'an approval after a request for changes takes it back': {
    evidence: evidenceOf([review('bob', 'CHANGES_REQUESTED'), review('bob')]),
    is: 'approved',
    ignored: ['superseded'],
  },
  'a request for changes on an earlier commit still stands': {
    evidence: evidenceOf([review('bob', 'CHANGES_REQUESTED', 'c0'), review('carol')]),
    is: 'changes-requested',
  },
  'a request for changes by someone without the role does not stand': {
    evidence: evidenceOf([review('dave', 'CHANGES_REQUESTED'), review('bob')]),
    is: 'approved',
    ignored: ['role-missing'],
  },
  'a dismissed approval is gone': {
    evidence: evidenceOf([review('bob'), review('bob', 'DISMISSED')]),
    is: 'approvals-missing',
    ignored: ['superseded', 'dismissed'],
  },
  'a comment does not take an approval back': {
    evidence: evidenceOf([review('bob'), review('bob', 'COMMENTED')]),
    is: 'approved',
  },
  'an approval of an earlier commit': {
    evidence: evidenceOf([review('bob', 'APPROVED', 'c0')]),
    is: 'approvals-missing',
    ignored: ['other-commit'],
  },
  'a push after the approval, dated before it (branch-deploy)': {
    evidence: evidenceOf([review('bob', 'APPROVED', 'c0'), push('c1')], {
      commits: [commit('c0'), commit('c1', { pushed_at: '2001-01-01T00:00:00Z', parents: ['c0'] })],
    }),
    is: 'approvals-missing',
    ignored: ['other-commit'],
  },
  'a force push there and back': {
    evidence: evidenceOf([review('bob'), push('x1'), push('c1')]),
    is: 'approvals-missing',
    ignored: ['pushed-since'],
  },
  'a commit approved while it was not the head comes back': {
    evidence: evidenceOf([push('x1'), review('bob'), push('c1')]),
    is: 'approvals-missing',
    ignored: ['pushed-since'],
  },
  'the head is pushed after its approval, and where it was before is not known': {
    evidence: evidenceOf([review('bob'), push('c1')]),
    is: 'approvals-missing',
    ignored: ['pushed-since'],
  },
  'one push, told twice': {
    evidence: evidenceOf([push('c1'), review('bob'), push('c1')]),
    is: 'approved',
  },
  'a merge of the base is taken back and made again after its approval': {
    evidence: evidenceOf([push('m1', 'bob'), review('carol', 'APPROVED', 'm1'), push('c1'), push('m1')], {
      head_sha: 'm1',
      commits: cleanMerge,
    }),
    is: 'approvals-missing',
    ignored: ['pushed-since'],
  },
  'events come in any order': {
    evidence: evidenceOf([review('bob'), push('x1')].reverse()),
    is: 'approvals-missing',
    ignored: ['pushed-since'],
  },
  'the base is merged in, cleanly, after the approval': {
    evidence: evidenceOf([review('bob'), push('m1', 'bob')], { head_sha: 'm1', commits: cleanMerge }),
    is: 'approved',
  },
  'something else is merged in after the approval': {
    evidence: evidenceOf([review('bob'), push('m1')], {
      head_sha: 'm1',
      commits: [commit('c1'), commit('b2'), ...cleanMerge.slice(1)],
    }),
    is: 'approvals-missing',
    ignored: ['made-the-change'],
  },
  'the base is merged in with conflicts after the approval': {
    evidence: evidenceOf([review('bob'), push('m1')], {
      head_sha: 'm1',
      commits: [commit('c1'), commit('m1', { parents: ['c1', 'b2'], clean_merge: false })],
    }),
    is: 'approvals-missing',
    ignored: ['other-commit'],
  },
  'the author approves': {
    evidence: evidenceOf([review('Alice')]),
    is: 'approvals-missing',
    ignored: ['made-the-change'],
  },
  'a co-author approves': {
    evidence: evidenceOf([review('bob')], { commits: [commit('c1', { co_authors: ['BOB'] })] }),
    is: 'approvals-missing',
    ignored: ['made-the-change'],
  },
  'a committer approves under a new name': {
    evidence: evidenceOf([review('robert-b')], { commits: [commit('c1', { committer: 'bob' })] }),
    is: 'approvals-missing',
    ignored: ['made-the-change'],
  },
  'who pushed the commits of someone else approves': {
    evidence: evidenceOf([review('bob')], { commits: [commit('c1', { pushed_by: 'bob' })] }),
    is: 'approvals-missing',
    ignored: ['made-the-change'],
  },
  'who pushed the head, by the push event alone, approves': {
    evidence: evidenceOf([push('c1', 'bob'), review('bob')]),
    is: 'approvals-missing',
    ignored: ['made-the-change'],
  },
  'the author of an early commit approves': {
    evidence: evidenceOf([review('bob')], { commits: [commit('c0', { author: 'bob' }), commit('c1')] }),
    is: 'approvals-missing',
    ignored: ['made-the-change'],
  },
  'a bot approves': {
    evidence: evidenceOf([review('helper[bot]')]),
    is: 'approvals-missing',
    ignored: ['not-a-person'],
  },
  'a deleted account approves': {
    evidence: evidenceOf([review(null), review('ghost')]),
    is: 'approvals-missing',
    ignored: ['account-unknown', 'account-unknown'],
  },
  'someone without the role approves': {
    evidence: evidenceOf([review('dave')]),
    is: 'approvals-missing',
    ignored: ['role-missing'],
  },
  'an edited approval': {
    evidence: evidenceOf([review('bob', 'APPROVED', 'c1', { edited_at: at, edited_by: 'alice' })]),
    is: 'approvals-missing',
    ignored: ['edited'],
  },
  'pointed at another base after the approval': {
    evidence: evidenceOf([review('bob')], { base_changed_at: '2027-01-01T00:00:00Z' }),
    is: 'approvals-missing',
    ignored: ['base-changed-since'],
  },
  'one person twice is one person': {
    evidence: evidenceOf([review('bob'), review('Robert-B')]),
    policy: { required: 2 },
    is: 'approvals-missing',
    ignored: ['superseded'],
  },
  'two peers': {
    evidence: evidenceOf([review('bob'), review('carol')]),
    policy: { required: 2 },
    is: 'approved',
  },
  'a draft': { evidence: evidenceOf([review('bob')], { draft: true }), is: 'draft' },
  'no policy (policy-bot)': {
    evidence: evidenceOf([review('bob')]),
    policy: null,
    is: 'policy-absent',
  },
  'a policy that asks for nobody': {
    evidence: evidenceOf([review('bob')]),
    policy: { required: 0 },
    is: 'policy-requires-nothing',
  },
  'a policy without roles': {
    evidence: evidenceOf([review('bob')]),
    policy: { roles: [] },
    is: 'policy-requires-nothing',
  },
  'commits cut off': {
    evidence: evidenceOf([review('bob')], { commits_truncated: true }),
    is: 'commits-incomplete',
  },
  'the head is not among the commits': {
    evidence: evidenceOf([review('bob')], { commits: [] }),
    is: 'commits-incomplete',
  },
  'files cut off': {
    evidence: evidenceOf([review('bob')], { files_truncated: true }),
    is: 'files-truncated',
  },
  'an e-mail address without an account': {
    evidence: evidenceOf([review('bob')], { commits: [commit('c1', { author: null })] }),
    is: 'identity-unknown',
  },
  'an author in no directory': {
    evidence: evidenceOf([review('bob')], { commits: [commit('c1', { co_authors: ['bob-old'] })] }),
    is: 'identity-unknown',
  },
  'one login, two accounts': {
    evidence: {
      ...evidenceOf([review('bob')]),
      directory: {
        users: { ...evidenceOf([]).directory.users, BOB: { id: 9, type: 'User', role: 'write' } },
        teams: {},
      },
    },
    is: 'approvals-missing',
    ignored: ['account-unknown'],
  },
};

describe('decideApproval', () => {
  for (const [name, row] of Object.entries(rows)) {
    test(name, () => {
      const outcome = decideApproval(
        row.evidence,
        row.policy === null ? null : { ...policy, ...row.policy },
        at,
      );
      assert.equal(outcome.reasonCode, row.is);
      assert.equal(outcome.decision === 'approved', row.is === 'approved');
      assert.deepEqual(outcome.ignored.map(({ reason }) => reason).sort(), (row.ignored ?? []).toSorted());
      assert.equal(outcome.requirements.isMet, row.is === 'approved');
      assert.notEqual(outcome.message, '');
    });
  }

  test('letters that fold to those of a login are those of somebody else', () => {
    const evidence = evidenceOf([review('Mar\u212A')]);
    evidence.directory.users['mark'] = { id: 9, type: 'User', role: 'write' };
    assert.equal(decideApproval(evidence, policy, at).ignored[0]?.reason, 'account-unknown');
  });

  test('the outcome names who approved what', () => {
    const { approvers, headCommit, message } = decideApproval(evidenceOf([review('bob')]), policy, at);
    assert.deepEqual(
      { approvers, headCommit, message },
      { approvers: ['bob'], headCommit: 'c1', message: 'bob approved c1' },
    );
  });
});

describe('code owners', () => {
  const owners = ['* @bob', '/db/ @shop/database', '/docs/*'];
  const decide = (
    paths: { path: string; previous_path?: string }[],
    by: string[],
    lines: string[] | null = owners,
  ) =>
    decideApproval(
      evidenceOf(
        by.map((login) => review(login)),
        { changed_files: paths, codeowners_base: lines },
      ),
      { ...policy, codeOwners: true },
      at,
    );

  test('each owned path needs one of its owners', () => {
    const paths = [{ path: 'src/a.js' }, { path: 'db/1.sql' }];
    assert.equal(decide(paths, ['bob', 'carol']).reasonCode, 'approved');
    const missing = decide(paths, ['bob']);
    assert.equal(missing.reasonCode, 'owner-missing');
    assert.match(missing.message, /^db\/1.sql needs the approval of @shop\/database/);
    const tree = missing.requirements.children.at(-1)?.children ?? [];
    assert.deepEqual(
      tree.map(({ name, isMet, by }) => ({ name, isMet, by })),
      [
        { name: 'an owner of * approved (CODEOWNERS line 1)', isMet: true, by: ['bob'] },
        { name: 'an owner of /db/ approved (CODEOWNERS line 2)', isMet: false, by: [] },
      ],
    );
  });

  test('a rename out of an owned directory needs its owner', () => {
    assert.equal(
      decide([{ path: 'src/1.sql', previous_path: 'db/1.sql' }], ['bob']).reasonCode,
      'owner-missing',
    );
  });

  test('an owner who made the change does not count', () => {
    const lines = ['* @alice'];
    assert.equal(decide([{ path: 'src/a.js' }], ['bob', 'alice'], lines).reasonCode, 'owner-missing');
  });

  test('owners that nobody can resolve are not the same as no owners', () => {
    assert.equal(decide([{ path: 'a' }], ['bob'], ['* @shop/nobody']).reasonCode, 'owner-missing');
    assert.equal(decide([{ path: 'a' }], ['bob'], ['* bob@example.org']).reasonCode, 'owner-missing');
    assert.equal(decide([{ path: 'docs/a.md' }], ['carol']).reasonCode, 'approved');
    assert.equal(decide([{ path: 'a' }], ['carol'], []).reasonCode, 'approved');
  });

  test('owners that were not read block', () => {
    const absent = evidenceOf([review('bob')]);
    delete absent.pull_request.codeowners_base;
    for (const evidence of [absent, evidenceOf([review('bob')], { codeowners_base: null })]) {
      const outcome = decideApproval(evidence, { ...policy, codeOwners: true }, at);
      assert.equal(outcome.decision, 'rejected');
      assert.equal(outcome.reasonCode, 'owners-unknown');
    }
  });
});

describe('parseEvidence', () => {
  test('accepts the documented shape, and more keys than it knows', () => {
    const evidence = { ...evidenceOf([review('bob'), push('c1')]), later: true, policy: { required: 1 } };
    const reading = parseEvidence(JSON.parse(JSON.stringify(evidence)));
    assert.equal(reading.ok, true);
  });

  test('refuses everything else as a whole, with the place', () => {
    const good = () => evidenceOf([review('bob')]);
    const bad: [unknown, RegExp][] = [
      [undefined, /its top level/],
      [[], /its top level/],
      [{ ...good(), events: [{ type: 'approve', by: 'bob' }] }, /\/events\/0/],
      [
        { ...good(), events: [{ type: 'review', by: 'bob', state: 'APPROVED', at }] },
        /\/events\/0 .*commit_id/,
      ],
      [evidenceOf([], { head_sha: '' }), /head_sha/],
      [{ ...good(), pull_request: { ...good().pull_request, commits_truncated: 'no' } }, /commits_truncated/],
      [
        { ...good(), directory: { users: { bob: { id: '2', type: 'User', role: 'write' } }, teams: {} } },
        /users\/bob\/id/,
      ],
    ];
    for (const [value, place] of bad) {
      const reading = parseEvidence(value);
      assert.equal(reading.ok, false);
      assert.match(reading.message, place);
    }
  });
});
