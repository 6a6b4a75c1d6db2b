import { readApprovalPolicy } from '../policy-file/read-approval-policy.ts';
import {
  decideApproval,
  decideWithoutPolicy,
  rejectOutright,
  type ApprovalOutcome,
} from './decide-approval.ts';
import { parseEvidence, type ApprovalEvidence } from './evidence.ts';

/**
 * Decides by the policy that stands in the evidence itself, for replaying a decision offline. A door that deploys reads
 * the policy from the base and uses `decideApproval`.
 */
export function decideByEvidence(evidence: ApprovalEvidence, at: string): ApprovalOutcome {
  if (evidence.policy == null) return decideApproval(evidence, null, at);
  const reading = readApprovalPolicy(evidence.policy);
  if (reading.ok) return decideApproval(evidence, reading.policy, at);
  const message = `the approval policy cannot be used, so nothing can be approved: ${reading.problems.join('; ')}`;
  return decideWithoutPolicy(evidence, 'policy-invalid', message, at);
}

/** The same for any value: what is no evidence is rejected, with the place. Never throws. */
export function decideValue(value: unknown, at: string): ApprovalOutcome {
  const reading = parseEvidence(value);
  if (reading.ok) return decideByEvidence(reading.evidence, at);
  return rejectOutright('evidence-invalid', 'the evidence has the documented shape', reading.message, '', at);
}
