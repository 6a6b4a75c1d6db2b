/**
 * What evidence may look like that is odd, hostile or incomplete, and what becomes of it, row by row. `approved` is
 * asserted exactly as often as it is right: a decision that blocks everything would fail here as well.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decideApproval } from '../../policies/approval/decide-approval.ts';
import type { ApprovalEvidence, EvidenceEvent } from '../../policies/approval/evidence.ts';
import type { IgnoredReasonCode } from '../../policies/approval/ignored.ts';
import type { ApprovalReasonCode } from '../../policies/approval/reason-codes.ts';
import { at, commit, evidenceOf, policy, push, review } from '../support/approval-evidence.ts';

type Row = [evidence: ApprovalEvidence, is: ApprovalReasonCode, ignored?: IgnoredReasonCode[]];
type Directory = ApprovalEvidence['directory'];

const head = '8d4c1f0b7a3e5d2964f1c8b0a7e6d5f4c3b2a190';
const near = '8d4c1f0b7a3e5d2964f1000000000000000000ff';
const missing = 'approvals-missing';

/** An event at that second. */
function atSecond(second: string, event: EvidenceEvent): EvidenceEvent {
  return { ...event, at: `2026-01-05T11:00:${second}` };
}

function withUsers(users: Directory['users'], evidence = evidenceOf([review('bob')])): ApprovalEvidence {
  const { directory } = evidence;
  return { ...evidence, directory: { ...directory, users: { ...directory.users, ...users } } };
}

function comment(by: string, body: string, parts = {}): EvidenceEvent {
  return { type: 'comment', id: 1, by, body, at, ...parts };
}

/** The same with ids as long as real ones, for comments that name them. */
function onHead(events: EvidenceEvent[], pull: Partial<ApprovalEvidence['pull_request']> = {}) {
  return evidenceOf(events, { head_sha: head, commits: [commit(head)], ...pull });
}

const tables: Record<string, Record<string, Row>> = {
  'who somebody is': {
    'a renamed approver is the person they were': [evidenceOf([review('robert-b')]), 'approved'],
    'a login that is now another account': [
      withUsers(
        {
          alice: { id: 77, type: 'User', role: 'write' },
          'alice-old': { id: 1, type: 'User', role: 'write' },
        },
        evidenceOf([review('alice-old')], {
          author: 'alice-old',
          commits: [commit('c1', { author: 'alice-old', committer: 'alice-old', pushed_by: 'alice-old' })],
        }),
      ),
      missing,
      ['made-the-change'],
    ],
    'one account with two roles has the lesser': [
      withUsers({ 'Robert-B': { id: 2, type: 'User', role: 'read' } }),
      missing,
      ['role-missing'],
    ],
    'a suspended account': [
      withUsers({ bob: { id: 2, type: 'User', role: 'write', suspended: true } }),
      missing,
      ['suspended'],
    ],
    'a bot by type, whatever it is called': [
      withUsers({ bob: { id: 2, type: 'BOT', role: 'admin' } }),
      missing,
      ['not-a-person'],
    ],
    'a bot by name, whatever its type': [
      withUsers(
        { 'renovate[BOT]': { id: 20, type: 'User', role: 'admin' } },
        evidenceOf([review('Renovate[bot]')]),
      ),
      missing,
      ['not-a-person'],
    ],
    'an organisation': [
      withUsers({ bob: { id: 2, type: 'Organization', role: 'admin' } }),
      missing,
      ['not-a-person'],
    ],
    'a deleted account that the directory names': [
      withUsers({ ghost: { id: 10137, type: 'User', role: 'write' } }, evidenceOf([review('Ghost')])),
      missing,
      ['account-unknown'],
    ],
    'a deleted account made it': [
      withUsers(
        { ghost: { id: 10137, type: 'User', role: 'none' } },
        evidenceOf([review('bob')], { author: 'ghost' }),
      ),
      'identity-unknown',
    ],
    'a custom role that the policy does not name': [
      withUsers({ bob: { id: 2, type: 'User', role: 'Release Manager' } }),
      missing,
      ['role-missing'],
    ],
    'a login with a blank': [evidenceOf([review('bob ')]), missing, ['account-unknown']],
    'nobody by name': [evidenceOf([review('')]), missing, ['account-unknown']],
  },
  'who made it': {
    'an app that the directory leaves out made a commit, and somebody pushed it': [
      evidenceOf([review('bob')], {
        commits: [commit('c1', { author: 'fixer[bot]', committer: 'fixer[bot]' })],
      }),
      'approved',
    ],
    'a bot opened it for the one who approves': [
      evidenceOf([review('bob')], { author: 'helper[bot]', behind: ['bob'] }),
      missing,
      ['made-the-change'],
    ],
    'a bot opened it for somebody unknown': [
      evidenceOf([review('bob')], { author: 'helper[bot]', behind: [null] }),
      'identity-unknown',
    ],
    'made in the browser': [
      evidenceOf([review('bob')], {
        commits: [commit('c1', { committer: 'web-flow', via_web: true, verified: true })],
      }),
      'approved',
    ],
    "made under GitHub's name by somebody else": [
      evidenceOf([review('bob')], {
        commits: [commit('c1', { committer: 'web-flow', via_web: false, verified: false })],
      }),
      'identity-unknown',
    ],
    "signed by nobody under GitHub's name": [
      evidenceOf([review('bob')], {
        commits: [commit('c1', { committer: 'web-flow', via_web: true, verified: false })],
      }),
      'identity-unknown',
    ],
    "GitHub's name in the directory changes nothing": [
      withUsers(
        { 'web-flow': { id: 19864447, type: 'User', role: 'none' } },
        evidenceOf([review('bob')], { commits: [commit('c1', { committer: 'web-flow', via_web: false })] }),
      ),
      'identity-unknown',
    ],
    'a co-author without an account': [
      evidenceOf([review('bob')], { commits: [commit('c1', { co_authors: [null] })] }),
      'identity-unknown',
    ],
    'the server names no pusher': [
      evidenceOf([review('bob')], { commits: [commit('c1', { pushed_by: null })] }),
      'identity-unknown',
    ],
    'nobody was asked who pushed': [
      evidenceOf([review('bob')], { commits: [{ sha: 'c1', author: 'alice', committer: 'alice' }] }),
      'identity-unknown',
    ],
    'a push event says who pushed everything before its head': [
      evidenceOf([push('c2'), review('bob', 'APPROVED', 'c2')], {
        head_sha: 'c2',
        commits: [
          { sha: 'c1', author: 'alice', committer: 'alice' },
          { sha: 'c2', author: 'alice', committer: 'alice' },
        ],
      }),
      'approved',
    ],
    'and not what comes after it': [
      evidenceOf([push('c1'), review('bob', 'APPROVED', 'c2')], {
        head_sha: 'c2',
        commits: [
          { sha: 'c1', author: 'alice', committer: 'alice' },
          { sha: 'c2', author: 'alice', committer: 'alice' },
        ],
      }),
      'identity-unknown',
    ],
    'the approver pushed somebody else’s commit later': [
      evidenceOf([review('bob'), push('c1', 'bob')]),
      missing,
      ['made-the-change'],
    ],
    'what somebody pushed is gone from the branch': [
      evidenceOf([push('x1', 'bob'), push('c1'), review('bob')]),
      'approved',
    ],
  },
  'which commit': {
    'a merge of the base with the parents the other way round': [
      evidenceOf([review('bob'), push('m1')], {
        head_sha: 'm1',
        commits: [commit('c1'), commit('m1', { parents: ['b2', 'c1'], clean_merge: true })],
      }),
      'approved',
    ],
    'a merge of three': [
      evidenceOf([review('bob'), push('m1')], {
        head_sha: 'm1',
        commits: [commit('c1'), commit('m1', { parents: ['c1', 'b2', 'b3'], clean_merge: true })],
      }),
      missing,
      ['other-commit'],
    ],
    'a merge that does not say what it merges': [
      evidenceOf([review('bob'), push('m1')], {
        head_sha: 'm1',
        commits: [commit('c1'), commit('m1', { parents: [], clean_merge: true })],
      }),
      missing,
      ['other-commit'],
    ],
    'a merge of itself': [
      evidenceOf([review('bob')], {
        head_sha: 'm1',
        commits: [commit('m1', { parents: ['m1', 'b2'], clean_merge: true })],
      }),
      missing,
      ['other-commit'],
    ],
    'a commit after the merge': [
      evidenceOf([review('bob'), push('m1'), push('c2')], {
        head_sha: 'c2',
        commits: [
          commit('c1'),
          commit('m1', { parents: ['c1', 'b2'], clean_merge: true }),
          commit('c2', { parents: ['m1'] }),
        ],
      }),
      missing,
      ['other-commit'],
    ],
    'two merges one after the other': [
      evidenceOf([review('bob'), push('m1'), push('m2')], {
        head_sha: 'm2',
        commits: [
          commit('c1'),
          commit('m1', { parents: ['c1', 'b2'], clean_merge: true }),
          commit('m2', { parents: ['m1', 'b3'], clean_merge: true }),
        ],
      }),
      'approved',
    ],
    'a review of no commit': [evidenceOf([review('bob', 'APPROVED', '')]), missing, ['other-commit']],
    'something else was pushed last, and the head is behind': [
      evidenceOf([review('bob'), push('x9')]),
      missing,
      ['pushed-since'],
    ],
  },
  when: {
    'offsets are read': [
      evidenceOf([atSecond('10+02:00', push('x1')), { ...review('bob'), at: '2026-01-05T09:00:20Z' }]),
      'approved',
    ],
    'an approval whose time cannot be read': [
      evidenceOf([{ ...review('bob'), at: 'yesterday' }]),
      missing,
      ['time-unknown'],
    ],
    'a time without an offset is none': [
      evidenceOf([{ ...review('bob'), at: '2026-01-05T10:00:00' }]),
      missing,
      ['time-unknown'],
    ],
    'a push whose time cannot be read may be the last': [
      evidenceOf([{ ...push('x1'), at: '' }, review('bob')]),
      missing,
      ['pushed-since'],
    ],
    'an objection whose time cannot be read may be the last': [
      evidenceOf([{ ...review('bob', 'CHANGES_REQUESTED'), at: '' }, review('bob'), review('carol')]),
      'changes-requested',
      ['superseded'],
    ],
    'approval and objection in one second': [
      evidenceOf([atSecond('00Z', review('bob', 'CHANGES_REQUESTED')), atSecond('00Z', review('bob'))]),
      'changes-requested',
      ['superseded'],
    ],
    'the same event twice': [evidenceOf([review('bob'), review('bob')]), 'approved', ['superseded']],
    'another base at the very second': [
      evidenceOf([atSecond('00Z', review('bob'))], { base_changed_at: '2026-01-05T11:00:00Z' }),
      missing,
      ['base-changed-since'],
    ],
    'another base before': [
      evidenceOf([atSecond('01Z', review('bob'))], { base_changed_at: '2026-01-05T11:00:00Z' }),
      'approved',
    ],
    'another base, nobody knows when': [
      evidenceOf([review('bob')], { base_changed_at: '' }),
      missing,
      ['base-changed-since'],
    ],
  },
  objections: {
    'of somebody without the role': [
      evidenceOf([review('dave', 'CHANGES_REQUESTED'), review('bob')]),
      'approved',
      ['role-missing'],
    ],
    'of a bot': [
      evidenceOf([review('helper[bot]', 'CHANGES_REQUESTED'), review('bob')]),
      'approved',
      ['not-a-person'],
    ],
    'of an account that is gone': [
      evidenceOf([review(null, 'CHANGES_REQUESTED'), review('bob')]),
      'approved',
      ['account-unknown'],
    ],
    'of somebody whom the directory leaves out': [
      evidenceOf([review('erin', 'CHANGES_REQUESTED'), review('bob')]),
      'changes-requested',
      ['account-unknown'],
    ],
    'of a co-author stands': [
      evidenceOf([review('carol', 'CHANGES_REQUESTED'), review('bob')], {
        commits: [commit('c1', { co_authors: ['carol'] })],
      }),
      'changes-requested',
    ],
    'of a co-author who then approves is settled, and does not count': [
      evidenceOf([review('carol', 'CHANGES_REQUESTED'), review('carol'), review('bob')], {
        commits: [commit('c1', { co_authors: ['carol'] })],
      }),
      'approved',
      ['made-the-change', 'superseded'],
    ],
    dismissed: [
      evidenceOf([review('carol', 'CHANGES_REQUESTED'), review('carol', 'DISMISSED'), review('bob')]),
      'approved',
      ['dismissed', 'superseded'],
    ],
    'in lower case': [evidenceOf([review('carol', 'changes_requested'), review('bob')]), 'changes-requested'],
    'not taken back by an edited approval': [
      evidenceOf([
        review('carol', 'CHANGES_REQUESTED'),
        review('carol', 'APPROVED', 'c1', { edited_by: 'alice' }),
        review('bob'),
      ]),
      'changes-requested',
      ['edited'],
    ],
    'not taken back by a state that GitHub does not know': [
      evidenceOf([review('carol', 'CHANGES_REQUESTED'), review('carol', 'RESOLVED'), review('bob')]),
      'changes-requested',
      ['state-unknown'],
    ],
  },
  'approval by comment': {
    'of the whole id': [onHead([comment('bob', `/evenkeel approve ${head}`)]), 'approved'],
    'of its first twelve digits': [
      onHead([comment('bob', `/evenkeel approve ${head.slice(0, 12)}\n`)]),
      'approved',
    ],
    'of fewer': [
      onHead([comment('bob', `/evenkeel approve ${head.slice(0, 7)}`)]),
      missing,
      ['not-a-command'],
    ],
    'of nothing': [onHead([comment('bob', '/evenkeel approve')]), missing, ['digest-missing']],
    'of another commit': [
      onHead([comment('bob', '/evenkeel approve 0123456789abcdef')]),
      missing,
      ['other-commit'],
    ],
    'of two at once': [
      onHead([push(near), push(head), comment('bob', `/evenkeel approve ${head.slice(0, 12)}`)]),
      missing,
      ['digest-ambiguous'],
    ],
    edited: [
      onHead([comment('bob', `/evenkeel approve ${head}`, { edited_at: at, edited_by: 'bob' })]),
      missing,
      ['edited'],
    ],
    deleted: [onHead([comment('bob', `/evenkeel approve ${head}`, { deleted: true })]), missing, ['deleted']],
    quoted: [onHead([comment('bob', `> /evenkeel approve ${head}`)]), missing],
    'in a code block': [
      onHead([comment('bob', `\`\`\`\n/evenkeel approve ${head}\n\`\`\``)]),
      missing,
      ['not-a-command'],
    ],
    'hidden in HTML': [
      onHead([comment('bob', `<!--\n/evenkeel approve ${head}\n-->`)]),
      missing,
      ['not-a-command'],
    ],
    'by the author': [onHead([comment('alice', `/evenkeel approve ${head}`)]), missing, ['made-the-change']],
    'by somebody without the role': [
      onHead([comment('dave', `/evenkeel approve ${head}`)]),
      missing,
      ['role-missing'],
    ],
    'and a request for changes after it': [
      onHead([
        { ...comment('bob', `/evenkeel approve ${head}`), at: '2026-01-05T09:00:00Z' },
        review('bob', 'CHANGES_REQUESTED', head),
        review('carol', 'APPROVED', head),
      ]),
      'changes-requested',
      ['superseded'],
    ],
    'takes no request for changes back': [
      onHead([
        { ...review('bob', 'CHANGES_REQUESTED', head), at: '2026-01-05T09:00:00Z' },
        comment('bob', `/evenkeel approve ${head}`),
      ]),
      'changes-requested',
      ['objects'],
    ],
    'and a push after it': [
      onHead([{ ...comment('bob', `/evenkeel approve ${head}`), at: '2026-01-05T09:00:00Z' }, push('x1')]),
      missing,
      ['pushed-since'],
    ],
  },
  'the pull request itself': {
    'a merged one is still decided': [evidenceOf([review('bob')], { state: 'merged' }), 'approved'],
    'a closed one is not': [evidenceOf([review('bob')], { state: 'closed' }), 'pull-request-closed'],
    'one that changes the policy is decided by the policy of the base': [
      evidenceOf([review('bob')], { policy_changed_in_pr: true }),
      'approved',
    ],
    'without a changed file': [evidenceOf([review('bob')], { changed_files: [] }), 'approved'],
  },
};

for (const [title, rows] of Object.entries(tables)) {
  describe(title, () => {
    for (const [name, [evidence, is, ignored]] of Object.entries(rows)) {
      test(name, () => {
        const outcome = decideApproval(evidence, policy, at);
        assert.equal(outcome.reasonCode, is, outcome.message);
        assert.equal(outcome.decision === 'approved', is === 'approved');
        assert.equal(outcome.requirements.isMet, is === 'approved');
        assert.deepEqual(outcome.ignored.map(({ reason }) => reason).sort(), ignored?.toSorted() ?? []);
      });
    }
  });
}
