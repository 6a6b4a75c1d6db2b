import type { RolloutPolicy, RunPolicy } from '../policy-file/policy.ts';
import type { RolloutPlan } from './state.ts';

/**
 * The values a rollout runs on, from the policy and the two releases. A canary starts with one instance per share of
 * the full capacity that it will carry at its widest step, and with at least one.
 */
export function buildPlan(input: {
  rollout: string;
  service: string;
  environment: string;
  stable: string | null;
  candidate: string;
  policy: RolloutPolicy;
  run: RunPolicy;
}): RolloutPlan {
  const { policy, run } = input;
  const widest = policy.stepBasisPoints.at(-1) ?? 0;
  return {
    rollout: input.rollout,
    service: input.service,
    environment: input.environment,
    stable: input.stable,
    candidate: input.candidate,
    fullCapacity: run.instances,
    canaryCapacity: Math.max(1, Math.ceil((run.instances * widest) / 10_000)),
    stepBasisPoints: [...policy.stepBasisPoints],
    minSoakSeconds: policy.minSoakSeconds,
    stepDeadlineSeconds: policy.stepDeadlineSeconds,
    bakeSeconds: policy.bakeSeconds,
  };
}
