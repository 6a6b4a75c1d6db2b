/** What two people may stand in for at night, and what nobody may. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideApproval, type ApprovalDecision } from '../../policies/approval/decide-approval.ts';
import { approvalReasonCodes } from '../../policies/approval/reason-codes.ts';
import { passesBreakGlass } from '../../policies/command/break-glass-passes.ts';
import { at, evidenceOf, policy, review } from '../support/approval-evidence.ts';

const passes = (decision: ApprovalDecision['decision'], reasonCode: string): boolean =>
  passesBreakGlass({ decision, reasonCode, message: '' });

test('a break-glass passes what others would have to give, and nothing else', () => {
  const waited = approvalReasonCodes.filter((code) => passes('pending', code));
  assert.deepEqual(waited, [
    'nothing-applies',
    'check-missing',
    'approvals-missing',
    'owner-missing',
    'rule-unmet',
  ]);
  for (const code of ['evidence-missing', 'content-drift', 'approval-unreadable']) {
    assert.ok(passes('pending', code), code);
  }
  assert.ok(!passes('pending', 'a reason of tomorrow'));
});

test('what was rejected is never passed, whatever the reason', () => {
  for (const code of [...approvalReasonCodes, 'evidence-missing', 'content-drift', 'approval-unreadable']) {
    assert.ok(!passes('rejected', code), code);
  }
});

test('nothing that stays closed hides behind what is passed: whatever is missing together', () => {
  const strict = { ...policy, checks: ['test'], labels: { required: ['ready'], blocking: [] } };
  for (let bits = 0; bits < 16; bits++) {
    const [draft, unlabelled, hanging, unapproved] = [1, 2, 4, 8].map((bit) => (bits & bit) !== 0);
    const evidence = {
      ...evidenceOf(unapproved === true ? [] : [review('bob')], {
        draft: draft === true,
        labels: unlabelled === true ? [] : ['ready'],
      }),
      checks: [
        {
          name: 'test',
          status: hanging === true ? 'in_progress' : 'completed',
          conclusion: hanging === true ? null : 'success',
        },
      ],
    };
    const decision = decideApproval(evidence, strict, at);
    const isOpen = decision.decision === 'approved' || passesBreakGlass(decision);
    assert.equal(isOpen, draft !== true && unlabelled !== true, `${bits}: ${decision.reasonCode}`);
  }
});
