import type { ApprovalDecision } from '../approval/decide-approval.ts';

/**
 * What a confirmed break-glass stands for: what other people or other machines would have to give, and may not be there to
 * give. A closed list, so that a reason that is new stays closed.
 *
 * Never among them: a decision that is `rejected` (somebody asks for changes, a check failed, who made it is not known,
 * a pull request that was closed, no policy or a broken one), a draft, and a label that is missing, which whoever asks
 * can mend at once. Findings of the check, the canary, the judge and the way back are no part of an approval, and stay.
 */
const passed: ReadonlySet<string> = new Set([
  'approvals-missing',
  'owner-missing',
  'rule-unmet',
  // A check that hangs, or that never began.
  'check-missing',
  // The policy asks nobody about this change.
  'nothing-applies',
  // No pull request brought it, or the one that did was merged as something else.
  'evidence-missing',
  'content-drift',
  'approval-unreadable',
]);

/** Whether two people may stand in for this. Where several things are missing, the first one named is one of the others. */
export function passesBreakGlass({ decision, reasonCode }: ApprovalDecision): boolean {
  return (decision === 'pending' || decision === 'skipped') && passed.has(reasonCode);
}
