/**
 * The gate before a rollout: asks for the error budget, and writes down what came of it. It stands on the way forward only,
 * and is asked again before each widening (`widening-gate.ts`). Nothing that takes users off a candidate comes by here:
 * `rollback`, `abort` and a failed judgement read no SLO, and neither does a deployment of a commit that has served
 * everybody before.
 */
import { userInfo } from 'node:os';
import type { Policy, ServicePolicy } from '../../policies/policy-file/policy.ts';
import type { StartDecision } from '../../policies/slo/decide-start.ts';
import type { Release } from '../../stacks/exposure.ts';
import { appendEntry } from '../audit-log/directory-store.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { isWayBack } from '../deployer/deployment.ts';
import type { StateDirectory } from '../deployer/state-directory.ts';
import { openTree } from '../repository/read-changes.ts';
import { assessBudget, canaryPlanOf, type BudgetQuestion } from './assess-start.ts';
import { describeDecision } from './describe-decision.ts';
import { findSlo } from './find-slo.ts';

export interface GateQuestion {
  repository: string;
  /** The commit whose policy holds. */
  base: string;
  policy: Policy;
  service: ServicePolicy;
  environment: string;
  /** What serves everybody now; null before the first deployment. */
  stable: Release | null;
  candidate: Release;
  directories: StateDirectory;
  context: CommandContext;
}

export interface StartOfBudget {
  decision: StartDecision;
  /** What is asked again before each widening. */
  budget: BudgetQuestion;
}

/** The decision, or null where nothing is asked. Fails when the SLO is missing or wrong. */
export async function gateStart(question: GateQuestion): Promise<StartOfBudget | null> {
  const { service, stable, candidate, directories, context } = question;
  if (service.slo === null) return null;
  // There is no canary of a first deployment, no traffic of its own that was counted, and nobody whose budget it spends.
  if (stable === null) return notAsked(question, 'first-deployment');
  if (isWayBack(directories, stable, candidate.commit)) return notAsked(question, 'way-back');
  const budget = await budgetOf(question);
  const decision = await assessBudget(budget, question.repository, context);
  context.progress(`error budget: ${decision.message}`);
  write(question, { ...decision });
  return { decision, budget };
}

/** Reads the budget of a service and decides, without writing anything down. */
export async function assessService(
  question: Pick<GateQuestion, 'repository' | 'base' | 'policy' | 'service' | 'context'>,
): Promise<StartDecision> {
  return await assessBudget(await budgetOf(question), question.repository, question.context);
}

async function budgetOf({
  repository,
  base,
  policy,
  service,
}: Pick<GateQuestion, 'repository' | 'base' | 'policy' | 'service'>): Promise<BudgetQuestion> {
  if (service.slo === null) throw new Error(`${service.name} has no SLO`);
  const { tree, close } = openTree(repository, base);
  try {
    return {
      slo: await findSlo(service.slo, tree, base),
      minimumRemaining: service.slo.minimumRemaining,
      canary: canaryPlanOf(policy, service),
      server: policy.prometheus,
    };
  } finally {
    close();
  }
}

/** What `deploy` answers when the budget does not let it start. */
export function heldResult(decision: StartDecision, candidate: Release): CommandResult {
  return {
    exitCode: 3,
    decision: 'held',
    reasonCode: decision.reasonCode,
    result: { candidate: candidate.digest, commit: candidate.commit, slo: decision },
    text: [`not deployed (${decision.reasonCode}):`, ...describeDecision(decision)].join('\n'),
  };
}

function notAsked(question: GateQuestion, reasonCode: 'first-deployment' | 'way-back'): null {
  const why =
    reasonCode === 'way-back'
      ? 'this commit has served everybody before, and going back is never held'
      : 'nothing is deployed from here yet';
  question.context.progress(`error budget: not asked, since ${why}`);
  write(question, { decision: 'not-asked', reasonCode });
  return null;
}

function write(
  { service, environment, stable, candidate, base, directories, context }: GateQuestion,
  decided: object,
): void {
  appendEntry(directories.audit, context, {
    actor: { kind: 'evenkeel', name: 'slo-gate' },
    event: 'slo.decided',
    service: service.name,
    inputs: {
      ...decided,
      environment,
      askedBy: userInfo().username,
      base,
      stable: stable?.digest ?? null,
      candidate: candidate.digest,
      commit: candidate.commit,
    },
  });
}
