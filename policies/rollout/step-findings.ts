import type { RuleDescription } from '../../analyzers/analyzer.ts';
import { fingerprintOf, type Finding } from '../../analyzers/finding.ts';
import { planMetric } from '../judge/plan.ts';
import type { Policy, ServicePolicy } from '../policy-file/policy.ts';

export const planStepsRule: RuleDescription = {
  id: 'config/plan-steps',
  level: 'warning',
  problem:
    'A step of the rollout ends before its metrics can have said anything, so that every rollout waits for a person there.',
  remedy:
    'Lengthen the deadline, give the step a larger share, or tolerate more; `evenkeel judge plan` shows what would do.',
};

/**
 * Steps that are too short for what the service usually gets: a candidate that is like the stable version does not pass
 * within the step's deadline. Only for services that say their traffic.
 */
export function stepFindings(policy: Policy): Finding[] {
  return policy.services.flatMap((service) => {
    const problem = problemOf(service, policy);
    if (problem === null) return [];
    const { id: ruleId, level, remedy } = planStepsRule;
    const fingerprint = fingerprintOf(ruleId, policy.path, service.name);
    return [{ ruleId, level, message: problem, remedy, path: policy.path, fingerprint }];
  });
}

function problemOf({ name, traffic, metrics, target }: ServicePolicy, { rollout }: Policy): string | null {
  if (traffic === null || target === null) return null;
  const { stepBasisPoints, stepDeadlineSeconds, bakeSeconds, alpha, beta } = rollout;
  const critical = metrics.filter(({ isCritical, kind }) => isCritical && kind !== 'gauge');
  for (const [index, basisPoints] of stepBasisPoints.entries()) {
    for (const metric of critical) {
      const { passSeconds } = planMetric({
        metric,
        requestsPerSecond: traffic.requestsPerSecond,
        share: basisPoints / 10_000,
        baselineRate: traffic.errorRate,
        alpha: alpha / critical.length,
        beta,
        horizonSeconds: stepBasisPoints.length * stepDeadlineSeconds + bakeSeconds,
      });
      if (passSeconds !== null && passSeconds <= stepDeadlineSeconds) continue;
      const takes = passSeconds === null ? 'longer than the whole rollout' : `about ${duration(passSeconds)}`;
      return `${name}: step ${index + 1} (${basisPoints / 100} % of ${traffic.requestsPerSecond} requests a second) ends undecided after ${duration(stepDeadlineSeconds)}, since the metric ${metric.name} takes ${takes} to pass`;
    }
  }
  return null;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Number((seconds / 3600).toPrecision(2))} h`;
}
