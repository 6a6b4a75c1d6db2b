/** Who somebody is and who made a change, where the evidence is odd, hostile or incomplete, row by row. */
import { commit, evidenceOf, push, review } from '../support/approval-evidence.ts';
import { testApprovalTables, withUsers } from '../support/approval-tables.ts';

const missing = 'approvals-missing';

testApprovalTables({
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
});
