/**
 * What this program's own check says of a change, as evidence. A trust boundary: what is shown of an own check on GitHub
 * is what was decided an event ago, and whoever may write check runs can forge it. So whoever asks for a decision gives the
 * answer that was just worked out, and what stands there under the same name is not looked at.
 */
import type { Finding } from '../../analyzers/finding.ts';
import type { Verdict } from '../verdict.ts';
import type { ApprovalPolicy } from './approval-policy.ts';
import type { ApprovalEvidence, FindingEvidence } from './evidence.ts';

/** The check runs that are this program's own. */
export const ownCheckNames = { check: 'Evenkeel / check', approval: 'Evenkeel / approval' } as const;

/** JSON, so that a rollout's journal can keep it. */
export interface OwnCheck {
  findings: FindingEvidence[];
  isBlocked: boolean;
}

/** What waits for a person does not block here: it waits for the very approval that is asked about. */
export function ownCheckOf(outcome: { findings: readonly Finding[]; verdict: Verdict }): OwnCheck {
  return {
    findings: outcome.findings.map(({ ruleId, level, proof, path, waivedBy }) => ({
      rule: ruleId,
      level,
      ...(proof === undefined ? {} : { proof }),
      kind: ruleId.split('/')[0] ?? '',
      path,
      waived: waivedBy !== undefined,
    })),
    isBlocked: outcome.verdict.decision === 'block',
  };
}

/** The required checks that somebody else runs; the own ones are not asked GitHub about. */
export function foreignChecks(policy: ApprovalPolicy | null): string[] {
  return (policy?.checks ?? []).filter((name) => !isOwn(name));
}

/** The evidence with the findings and the own check as they are now. Checks that could not be read stay unknown. */
export function withOwnCheck(
  evidence: ApprovalEvidence,
  policy: ApprovalPolicy | null,
  { findings, isBlocked }: OwnCheck,
): ApprovalEvidence {
  const { checks, ...rest } = evidence;
  const isUnknown = checks === undefined && foreignChecks(policy).length > 0;
  if (isUnknown) return { ...rest, findings };
  const own = {
    name: ownCheckNames.check,
    status: 'completed',
    conclusion: isBlocked ? 'failure' : 'success',
  };
  return { ...rest, findings, checks: [...(checks ?? []).filter(({ name }) => !isOwn(name)), own] };
}

function isOwn(name: string): boolean {
  return name === ownCheckNames.check || name === ownCheckNames.approval;
}
