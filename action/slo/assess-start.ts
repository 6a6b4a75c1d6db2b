import { eventMargins } from '../../policies/judge/metric-settings.ts';
import type { Policy, PrometheusPolicy, ServicePolicy } from '../../policies/policy-file/policy.ts';
import { windowsToRead } from '../../policies/slo/burn-alerts.ts';
import { canaryCost, type CanaryPlan } from '../../policies/slo/canary-cost.ts';
import { decideStart, type StartDecision } from '../../policies/slo/decide-start.ts';
import type { Slo, SloReading } from '../../policies/slo/slo.ts';
import type { CommandContext } from '../commands/command.ts';
import { connectSloReader } from './connect-slo-reader.ts';
import type { SloReader } from './slo-reader.ts';

/** What the budget is asked with: plain JSON, kept in a rollout's journal. Its secrets stay references. */
export interface BudgetQuestion {
  slo: Slo;
  minimumRemaining: number;
  canary: CanaryPlan;
  server: PrometheusPolicy | null;
}

/**
 * Reads every window of the objective and decides. Never throws for a source that cannot be read: that is a hold. Fails when
 * a secret that the server needs is not set.
 */
export async function assessBudget(
  { slo, minimumRemaining, canary, server }: BudgetQuestion,
  repository: string,
  context: Pick<CommandContext, 'env' | 'now' | 'signal'>,
): Promise<StartDecision> {
  const { signal } = context;
  const reader = connectSloReader(server, repository, context);
  const readings = await Promise.all(
    windowsToRead(slo).map((windowSeconds) => readWindow(slo, windowSeconds, reader, signal)),
  );
  return decideStart({ ...slo, minimumRemaining }, readings, canaryCost(readings, canary));
}

async function readWindow(
  slo: Slo,
  windowSeconds: number,
  reader: SloReader,
  signal: AbortSignal,
): Promise<SloReading> {
  const read = await reader.ratioOver(slo.indicator, windowSeconds, signal);
  if ('problem' in read) return { windowSeconds, problem: read.problem };
  const { bad, total, coveredSeconds } = read;
  return { windowSeconds, counts: { bad, total }, coveredSeconds };
}

/** What the policy lets a canary of this service do. */
export function canaryPlanOf(policy: Policy, service: ServicePolicy): CanaryPlan {
  const { stepBasisPoints, tickSeconds, noDataSeconds, alpha } = policy.rollout;
  const critical = service.metrics.filter((metric) => metric.isCritical);
  const errors = critical.find((metric) => metric.kind === 'ratio');
  // Without a ratio of errors a total failure shows in other metrics; the usual margin stands for them.
  const margin = errors === undefined ? { ratio: 1.1, slack: 0.01 } : eventMargins(errors).fail;
  // The judge splits its alpha over the critical metrics.
  return { stepBasisPoints, tickSeconds, noDataSeconds, alpha: alpha / Math.max(1, critical.length), margin };
}
