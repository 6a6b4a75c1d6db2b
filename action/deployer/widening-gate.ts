/**
 * Asked before every step that widens exposure: is exactly this content still approved, and are the gates open? A trust
 * boundary: the policy is the one that the rollout started under, evidence and error budget are read anew, and what cannot
 * be read holds the rollout where it is. Nothing that goes back asks here.
 */
import { readGateEvidence } from '../../policies/gates/read-gate-evidence.ts';
import { decideDuties } from '../../policies/gates/separate-duties.ts';
import type { Effect, RolloutState } from '../../policies/rollout/state.ts';
import type { StartDecision } from '../../policies/slo/decide-start.ts';
import type { BudgetQuestion } from '../slo/assess-start.ts';
import type { ApprovalSource } from './approval-source.ts';
import { decideGuard, type RolloutGuard } from './decide-guard.ts';
import type { GateAnswer } from './drive-rollout.ts';
import { digestOfEvidence, keptEvidence } from './kept-evidence.ts';

/** Asked before each step forward; what cannot be found out is a closed gate. */
export interface ForwardGate {
  mayWiden(effect: Effect, state: RolloutState): Promise<GateAnswer>;
}

export interface WideningGate {
  mayWiden(): Promise<GateAnswer>;
  /** Why this person may not promote the rollout; null when they may. */
  refusePromotion(login: string): string | null;
}

/** The gate of one run of a rollout. `source` null: the evidence that was kept is all there is. */
export function openWideningGate(options: {
  repository: string;
  commit: string;
  guard: RolloutGuard | undefined;
  source: ApprovalSource | null;
  /** Reads the error budget as it is now. */
  assess(budget: BudgetQuestion): Promise<StartDecision>;
  now(): Date;
  progress(line: string): void;
  /** Into the audit log, when the answer has changed. */
  note(inputs: Record<string, unknown>, evidence: Record<string, string>): void;
}): WideningGate {
  const { repository, commit, guard, now } = options;
  if (guard === undefined) return guardless;
  if (guard.isWayBack)
    return { mayWiden: () => Promise.resolve({ isOpen: true }), refusePromotion: () => null };
  const source = options.source ?? keptEvidence(guard.evidence);
  if (options.source === null && guard.breakGlass === null)
    options.progress(
      'approval is decided on the evidence that was kept at the start; the gates are asked anew',
    );
  let told = { answer: '', message: '' };
  let latest = { evidence: guard.evidence, approvers: guard.approvers };
  return {
    async mayWiden() {
      const errorBudget = guard.budget === undefined ? null : await options.assess(guard.budget);
      const decided = await decideGuard({
        repository,
        commit,
        guard,
        source,
        moment: 'widen',
        errorBudget,
        debts: [],
        at: now(),
      });
      const { isOpen, reasonCode, message, approval, gates } = decided;
      latest = { evidence: decided.evidence, approvers: approval.approvers };
      // The figures of a budget move with every reading; only why it holds is another answer.
      const reason =
        errorBudget === null ? message : message.replace(errorBudget.message, errorBudget.reasonCode);
      const answer = `${reasonCode} ${reason}`;
      if (answer !== told.answer) {
        const decision = isOpen ? 'open' : 'closed';
        options.note(
          {
            decision,
            reasonCode,
            message,
            at: gates.at,
            commit,
            approvers: approval.approvers,
            gates: gates.gates,
          },
          { approval: digestOfEvidence(decided.evidence) },
        );
        if (!isOpen || told.answer !== '' || reasonCode !== 'open') options.progress(`gates: ${message}`);
        told = { answer, message };
      }
      return isOpen ? { isOpen } : { isOpen, reasonCode, message: told.message };
    },
    refusePromotion(login) {
      const { people } = readGateEvidence({
        evidence: latest.evidence.flatMap(({ evidence }) => evidence),
        approvers: latest.approvers,
        actors: [{ id: null, login }],
      });
      const duties = decideDuties(people, guard.environment);
      return duties.isOpen || guard.breakGlass !== null ? null : duties.detail;
    },
  };
}

/** A way back that two people confirmed: going back never waits for a gate. */
export const confirmedWayBack: WideningGate = {
  mayWiden: () => Promise.resolve({ isOpen: true }),
  refusePromotion: () => null,
};

/** A rollout whose journal keeps nothing to decide on: it can only go back. */
const guardless: WideningGate = {
  mayWiden: () =>
    Promise.resolve({
      isOpen: false,
      reasonCode: 'guard-unknown',
      message:
        'an earlier version of Evenkeel started this rollout and kept no policy for its approval; go back with `evenkeel rollback` and deploy again',
    }),
  refusePromotion: () => null,
};
