import type { Policy, ServicePolicy } from '../../policies/policy-file/policy.ts';
import { windowsToRead } from '../../policies/slo/burn-alerts.ts';
import { canaryCost, type CanaryPlan } from '../../policies/slo/canary-cost.ts';
import { decideStart, type StartDecision } from '../../policies/slo/decide-start.ts';
import type { Slo, SloReading } from '../../policies/slo/slo.ts';
import type { SloReader } from './slo-reader.ts';

/** Reads every window of the objective and decides. Never throws for a source that cannot be read: that is a hold. */
export async function assessStart(input: {
  slo: Slo;
  minimumRemaining: number;
  canary: CanaryPlan;
  reader: SloReader;
  signal: AbortSignal;
}): Promise<StartDecision> {
  const { slo, minimumRemaining, canary, reader, signal } = input;
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
  const errors = service.metrics.find((metric) => metric.name === 'errors');
  // Without a metric of errors a total failure shows in others; the default margin stands for them.
  const margin = { ratio: errors?.toleratedRatio ?? 1.1, slack: errors?.slack ?? 0.01 };
  return { stepBasisPoints, tickSeconds, noDataSeconds, alpha, margin };
}
