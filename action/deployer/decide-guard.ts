/** Everything that stands before a start and before each widening, decided at once on evidence that is read once. */
import type { ApprovalPolicy } from '../../policies/approval/approval-policy.ts';
import { withOwnCheck, type OwnCheck } from '../../policies/approval/own-check.ts';
import type { Debt } from '../../policies/command/break-glass.ts';
import { passesBreakGlass } from '../../policies/command/break-glass-passes.ts';
import { decideGates, describePass } from '../../policies/gates/decide-gates.ts';
import type { GateEvidence, GateOutcome, GatePerson } from '../../policies/gates/gate-evidence.ts';
import type { EnvironmentPolicy } from '../../policies/gates/gate-policy.ts';
import { readGateEvidence } from '../../policies/gates/read-gate-evidence.ts';
import type { StartDecision } from '../../policies/slo/decide-start.ts';
import { Failure } from '../../stacks/failure.ts';
import type { BudgetQuestion } from '../slo/assess-start.ts';
import { judgeContent, type ApprovalOfContent } from './approval-of-content.ts';
import type { ApprovalSource } from './approval-source.ts';
import { rememberEvidence, type KeptEvidence } from './kept-evidence.ts';

/** What a rollout is held to from its start to its end; in its journal. */
export interface RolloutGuard {
  approval: ApprovalPolicy | null;
  environment: EnvironmentPolicy;
  /** What was stable at the start: everything after it has to be approved. */
  stableCommit: string | null;
  kinds: string[];
  /** What the check at the start said; missing in a journal of before this was kept. */
  ownCheck?: OwnCheck;
  approvers: string[];
  /** The error budget that is asked for before each widening; left out where the service has none, or it was not asked. */
  budget?: BudgetQuestion;
  /** Who started it. */
  actor: GatePerson;
  evidence: KeptEvidence[];
  /** The confirmed break-glass it was started under. */
  breakGlass: Debt | null;
  /** The commit has served everybody here before: going back waits for no gate. */
  isWayBack: boolean;
}

/** One decision on everything that stands before a widening. */
export interface GuardDecision {
  isOpen: boolean;
  reasonCode: string;
  message: string;
  approval: ApprovalOfContent;
  gates: GateOutcome;
  /** What the gates were decided on. */
  gateEvidence: GateEvidence;
  evidence: KeptEvidence[];
}

export interface GuardQuestion {
  repository: string;
  commit: string;
  guard: Omit<RolloutGuard, 'evidence' | 'approvers'>;
  source: ApprovalSource | null;
  moment: GateEvidence['moment'];
  errorBudget: StartDecision | null;
  debts: Debt[];
  at: Date;
}

/** Reads the evidence once and decides approval and gates on it. Fails when it cannot be read. */
export async function decideGuard(question: GuardQuestion): Promise<GuardDecision> {
  const { commit, guard, moment, errorBudget, debts, at } = question;
  const remembered = question.source === null ? null : rememberEvidence(question.source);
  const approval = await judgeOrPass(question, remembered?.source ?? null);
  const kept = remembered?.kept() ?? [];
  const pulls = new Set(approval.outcomes.map(({ pull }) => pull));
  const { labels, people } = readGateEvidence({
    evidence: kept.flatMap(({ evidence }) => evidence).filter((one) => pulls.has(one.pull_request.number)),
    approvers: approval.approvers,
    actors: [guard.actor],
  });
  const { breakGlass, kinds, isWayBack } = guard;
  const change = { commit, labels, kinds };
  const gateEvidence = { moment, change, errorBudget, debts, people, breakGlass };
  const gates = isWayBack
    ? openForWayBack(at)
    : decideGates(gateEvidence, guard.environment, at.toISOString());
  return { ...answerOf(approval, gates, breakGlass), approval, gates, gateEvidence, evidence: kept };
}

/** Under a break-glass, reviews that cannot be read are reviews that are missing: GitHub may be what is down. */
async function judgeOrPass(
  { repository, commit, guard, at }: GuardQuestion,
  source: ApprovalSource | null,
): Promise<ApprovalOfContent> {
  try {
    return await judgeContent({
      repository,
      policy: guard.approval,
      source: source === null ? null : checkedSource(source, guard),
      stableCommit: guard.stableCommit,
      deployedCommit: commit,
      at,
      ...(guard.breakGlass !== null && { mayPass: passesBreakGlass }),
    });
  } catch (error) {
    // What was typed wrongly is no outage.
    if (guard.breakGlass === null || !(error instanceof Failure) || error.kind === 'input') throw error;
    return {
      decision: { decision: 'pending', reasonCode: 'approval-unreadable', message: error.message },
      approvers: [],
      commit: '',
      outcomes: [],
    };
  }
}

/** The findings count here as they do in a review: the risk of a change decides how many have to look at it. */
function checkedSource(
  source: ApprovalSource,
  { approval, ownCheck }: Pick<RolloutGuard, 'approval' | 'ownCheck'>,
): ApprovalSource {
  if (ownCheck === undefined) return source;
  const { gatherFor } = source;
  return {
    name: source.name,
    async gather() {
      const evidence = await source.gather();
      return evidence === null ? null : withOwnCheck(evidence, approval, ownCheck);
    },
    ...(gatherFor !== undefined && {
      gatherFor: async (commit: string) =>
        (await gatherFor.call(source, commit)).map((one) => withOwnCheck(one, approval, ownCheck)),
    }),
  };
}

function openForWayBack(at: Date): GateOutcome {
  const message = 'this commit has served everybody before, and going back waits for no gate';
  return { decision: 'open', reasonCode: 'way-back', message, at: at.toISOString(), gates: [] };
}

/** A break-glass stands for an approval that is missing; a person who said no is not missing. */
function answerOf(
  { decision }: ApprovalOfContent,
  gates: GateOutcome,
  breakGlass: Debt | null,
): Pick<GuardDecision, 'isOpen' | 'reasonCode' | 'message'> {
  const isPassed = breakGlass !== null && passesBreakGlass(decision);
  if (decision.decision !== 'approved' && !isPassed)
    return { isOpen: false, reasonCode: decision.reasonCode, message: decision.message };
  if (gates.decision === 'closed')
    return { isOpen: false, reasonCode: gates.reasonCode, message: gates.message };
  if (isPassed) {
    const message = `${describePass(breakGlass)} stands for the approval that is missing: ${decision.message}`;
    return { isOpen: true, reasonCode: 'passed-by-break-glass', message };
  }
  return { isOpen: true, reasonCode: gates.reasonCode, message: gates.message };
}
