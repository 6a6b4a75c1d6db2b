import { roadPaths } from '../analyzers/claim.ts';
import type { Finding, FindingWaiver } from '../analyzers/finding.ts';
import type { ApprovalDecision } from './approval/decide-approval.ts';

/** Why a verdict is what it is; a closed list, documented in README. */
export type VerdictReasonCode =
  | 'clean'
  | 'findings-block'
  | 'unclaimed-path'
  | 'unproven'
  | 'waiver-proposed'
  | 'approval-missing'
  | 'approval-rejected'
  | 'policy-adoption'
  | 'undecided';

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
  /** Who answers for what would otherwise block or wait, why, and until when. */
  waivers: VerdictWaiver[];
}

export interface VerdictWaiver extends FindingWaiver {
  fingerprint: string;
  ruleId: string;
  path: string;
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
 * The one decision every door uses. Pure and total: errors and unclaimed paths block, `unproven`, a waiver that the
 * change brings along and a missing approval wait for a person, and only what is left is allowed.
 */
export function decide(input: VerdictInput): Verdict {
  const blocking: VerdictReason[] = [];
  const waiting: VerdictReason[] = [];
  for (const finding of input.findings) {
    const { waivedBy } = finding;
    if (finding.level !== 'error' && finding.proof !== 'unproven') continue;
    if (waivedBy?.isProposed === true) {
      const message = `${waivedBy.owner} asks to waive until ${waivedBy.expires}: ${finding.message}`;
      waiting.push({ code: 'waiver-proposed', message, path: finding.path });
    } else if (waivedBy !== undefined) {
      continue;
    } else if (finding.level === 'error') {
      blocking.push(blockedBy(finding));
    } else {
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
  } else if (approval !== undefined && approval.decision !== 'approved') {
    // Pending, or skipped: a policy that asks nobody about this change has not had anybody look at it.
    waiting.push({ code: 'approval-missing', message: approval.message });
  }
  // An approval of exactly this content is the second look that `unproven` and a proposed waiver ask for.
  const stillWaiting = approval?.decision === 'approved' ? [] : waiting;
  const waivers = input.findings.flatMap(waiverOf);

  if (input.isAdoption) {
    const inPolicy = input.findings.filter(isErrorInPolicyFile).map(blockedBy);
    if (inPolicy.length > 0) return verdictOf('block', inPolicy, waivers);
    const message = 'the base has no evenkeel.yml yet: findings are reported and nothing is blocked';
    return verdictOf('allow', [{ code: 'policy-adoption', message }], waivers);
  }
  if (blocking.length > 0) return verdictOf('block', blocking, waivers);
  if (stillWaiting.length > 0) return verdictOf('await-approval', stillWaiting, waivers);
  return verdictOf('allow', [{ code: 'clean', message: cleanMessage(waivers.length) }], waivers);
}

function waiverOf({ waivedBy, fingerprint, ruleId, path }: Finding): VerdictWaiver[] {
  return waivedBy === undefined ? [] : [{ fingerprint, ruleId, path, ...waivedBy }];
}

function blockedBy({ message, path }: Finding): VerdictReason {
  return { code: 'findings-block', message, path };
}

/** What a declared command did is shown at the policy file as well, and says nothing about that file. */
function isErrorInPolicyFile({ level, path, ruleId }: Finding): boolean {
  return level === 'error' && roadPaths.includes(path) && ruleId.startsWith('config/');
}

function cleanMessage(waived: number): string {
  if (waived === 0) return 'nothing stands against this change';
  return `nothing stands against this change but what is waived (${waived} ${waived === 1 ? 'finding' : 'findings'})`;
}

function verdictOf(
  decision: Verdict['decision'],
  reasons: VerdictReason[],
  waivers: VerdictWaiver[],
): Verdict {
  return { decision, reasonCode: reasons[0]?.code ?? 'clean', reasons, waivers };
}
