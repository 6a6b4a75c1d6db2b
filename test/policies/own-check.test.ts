/** Our own check as evidence: what was just worked out counts, whatever stands under its name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApprovalPolicy } from '../../policies/approval/approval-policy.ts';
import { decideApproval } from '../../policies/approval/decide-approval.ts';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { withOwnCheck, type OwnCheck } from '../../policies/approval/own-check.ts';
import { pullEvidence } from '../support/merged-branch.ts';

const head = 'a'.repeat(40);
const evidence = (checks?: ApprovalEvidence['checks']): ApprovalEvidence => ({
  ...pullEvidence(1, { head, commits: [head] }),
  ...(checks === undefined ? {} : { checks }),
});
const completed = (name: string, conclusion: string) => ({ name, status: 'completed', conclusion });
const good: OwnCheck = { findings: [], isBlocked: false };
const bad: OwnCheck = { findings: [], isBlocked: true };
const own = ['Evenkeel / check', 'Evenkeel / approval'];

const table: [
  string,
  { asks: string[]; shown?: ApprovalEvidence['checks']; now: OwnCheck; answer: string },
][] = [
  ['nothing is shown yet', { asks: own, now: good, answer: 'approved' }],
  [
    'both show that something is missing, as they did before the review',
    {
      asks: own,
      shown: own.map((name) => completed(name, 'action_required')),
      now: good,
      answer: 'approved',
    },
  ],
  ['it blocks now', { asks: own, now: bad, answer: 'check-failed' }],
  [
    'a success that somebody forged, or that was so before',
    { asks: own, shown: own.map((name) => completed(name, 'success')), now: bad, answer: 'check-failed' },
  ],
  ['a check of others was not read', { asks: [...own, 'test'], now: good, answer: 'check-unknown' }],
  [
    'a check of others has not run',
    { asks: [...own, 'test'], shown: [], now: good, answer: 'check-missing' },
  ],
  [
    'a check of others succeeded',
    { asks: [...own, 'test'], shown: [completed('test', 'success')], now: good, answer: 'approved' },
  ],
];

for (const [what, { asks, shown, now, answer }] of table) {
  test(`own checks under \`checks\`: ${what}: ${answer}`, () => {
    const policy: ApprovalPolicy = { required: 1, codeOwners: false, roles: ['write'], checks: asks };
    const outcome = decideApproval(
      withOwnCheck(evidence(shown), policy, now),
      policy,
      '2026-01-05T12:00:00Z',
    );
    assert.equal(outcome.reasonCode, answer, outcome.message);
  });
}
