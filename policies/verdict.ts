import { policyPaths } from '../analyzers/claim.ts';
import type { Finding } from '../analyzers/finding.ts';
import type { ApprovalDecision } from './approval/decide-approval.ts';

/** Why a verdict is what it is; a closed list, documented in README. */
export type VerdictReasonCode =
  | 'clean'
  | 'findings-block'
  | 'unclaimed-path'
  | 'unproven'
  | 'approval-missing'
  | 'approval-rejected'
  | 'policy-adoption';

export interface VerdictReason {
  code: VerdictReasonCode;
  message: string;
  path?: string;
}

/** The one answer of the road's gate. Only `allow` moves anything towards the candidate. */
export interface Verdict {
  decision: 'allow' | 'await-approval' | 'block';
  reasonCode: VerdictReasonCode;
  reasons: VerdictReason[];
}

export interface VerdictInput {
  findings: readonly Finding[];
  unclaimed: readonly string[];
  unclaimedPolicy: 'allow' | 'block';
  /**
   * The base has no policy yet: nothing is blocked but errors in the policy file itself, and whoever deploys refuses to
   * before the policy has landed.
   */
  isAdoption: boolean;
  /** Undefined: the approval is not part of this question (a check in a terminal). */
  approval?: ApprovalDecision;
}

/**
 * The one decision every door uses. Pure and total: errors and unclaimed paths block, `unproven` and a missing
 * approval wait for a person, and only what is left is allowed.
 */
export function decide(input: VerdictInput): Verdict {
  const blocking: VerdictReason[] = [];
  const waiting: VerdictReason[] = [];
  for (const finding of input.findings) {
    if (finding.level === 'error') {
      blocking.push(blockedBy(finding));
    } else if (finding.proof === 'unproven') {
      waiting.push({ code: 'unproven', message: finding.message, path: finding.path });
    }
  }
  if (input.unclaimedPolicy === 'block') {
    for (const path of input.unclaimed) {
      blocking.push({
        code: 'unclaimed-path',
        message: `no kind claims ${path}, and the policy blocks such paths`,
        path,
      });
    }
  }
  const { approval } = input;
  if (approval?.decision === 'rejected') {
    blocking.push({ code: 'approval-rejected', message: approval.message });
  } else if (approval?.decision === 'pending') {
    waiting.push({ code: 'approval-missing', message: approval.message });
  }
  // An approval of exactly this content is the second look that `unproven` asks for.
  const stillWaiting =
    approval?.decision === 'approved' ? waiting.filter((reason) => reason.code !== 'unproven') : waiting;

  if (input.isAdoption) {
    const inPolicy = input.findings.filter(isErrorInPolicyFile).map(blockedBy);
    if (inPolicy.length > 0) return verdictOf('block', inPolicy);
    const message = 'the base has no evenkeel.yml yet: findings are reported and nothing is blocked';
    return verdictOf('allow', [{ code: 'policy-adoption', message }]);
  }
  if (blocking.length > 0) return verdictOf('block', blocking);
  if (stillWaiting.length > 0) return verdictOf('await-approval', stillWaiting);
  return verdictOf('allow', [{ code: 'clean', message: 'nothing stands against this change' }]);
}

function blockedBy({ message, path }: Finding): VerdictReason {
  return { code: 'findings-block', message, path };
}

/** What a declared command did is shown at the policy file as well, and says nothing about that file. */
function isErrorInPolicyFile({ level, path, ruleId }: Finding): boolean {
  return level === 'error' && policyPaths.includes(path) && ruleId.startsWith('config/');
}

function verdictOf(decision: Verdict['decision'], reasons: VerdictReason[]): Verdict {
  return { decision, reasonCode: reasons[0]?.code ?? 'clean', reasons };
}
