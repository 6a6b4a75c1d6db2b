/**
 * What evidence may look like that is odd, hostile or incomplete, and what becomes of it, row by row. `approved` is
 * asserted exactly as often as it is right: a decision that blocks everything would fail here as well.
 */
import type { ApprovalEvidence, EvidenceEvent } from '../../policies/approval/evidence.ts';
import { at, commit, evidenceOf, push, review } from '../support/approval-evidence.ts';
import { atSecond, testApprovalTables } from '../support/approval-tables.ts';

const head = '8d4c1f0b7a3e5d2964f1c8b0a7e6d5f4c3b2a190';
const near = '8d4c1f0b7a3e5d2964f1000000000000000000ff';
const missing = 'approvals-missing';

function comment(by: string, body: string, parts = {}): EvidenceEvent {
  return { type: 'comment', id: 1, by, body, at, ...parts };
}

/** The same with ids as long as real ones, for comments that name them. */
function onHead(events: EvidenceEvent[], pull: Partial<ApprovalEvidence['pull_request']> = {}) {
  return evidenceOf(events, { head_sha: head, commits: [commit(head)], ...pull });
}

testApprovalTables({
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
});
