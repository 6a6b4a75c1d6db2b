import type { RolloutPolicy, RunPolicy } from '../policy-file/policy.ts';
import type { RolloutPlan } from './state.ts';

export interface PlanInput {
  rollout: string;
  service: string;
  environment: string;
  stable: string | null;
  candidate: string;
  policy: RolloutPolicy;
  run: RunPolicy;
  /** Whether the release changes a database that the policy names. */
  hasMigrations: boolean;
}

/**
 * The values a rollout runs on, from the policy and the two releases. A canary starts with one instance per share of
 * the full capacity that it will carry at its widest step, and with at least one.
 */
export function buildPlan(input: PlanInput): RolloutPlan {
  const { policy, run } = input;
  const widest = policy.stepBasisPoints.at(-1) ?? 0;
  const effectDeadlineSeconds = effectDeadlinesOf(input);
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
    hasMigrations: input.hasMigrations,
    needsRehearsal: true,
    noDataDeadlineSeconds: policy.noDataDeadlineSeconds ?? 20 * policy.noDataSeconds,
    rolloutDeadlineSeconds:
      policy.limits?.rolloutSeconds ?? rolloutDeadlineOf(input, effectDeadlineSeconds.backfill),
    effectDeadlineSeconds,
  };
}

/** What one update of a target may take by itself: Pulumi, its provider, and a machine that is busy. */
const updateSeconds = 300;
/** A build of one's own, such as an installation of packages. */
const buildSeconds = 900;
const day = 86_400;

/** Generous, since what is cut short costs a rollout; the policy may say less, for the way forward only. */
function effectDeadlinesOf({ run, policy }: PlanInput) {
  const startSeconds = updateSeconds + run.instances * run.startSeconds;
  const stopSeconds = updateSeconds + 2 * run.drainSeconds;
  return {
    migrate: 3600,
    backfill: day,
    prepare: buildSeconds + startSeconds,
    // An update, and the share given and taken back by each of two ways.
    rehearse: 4 * updateSeconds,
    expose: updateSeconds,
    scale: startSeconds,
    flip: updateSeconds,
    settle: stopSeconds,
    ...policy.limits?.effectSeconds,
    restore: buildSeconds + startSeconds,
    withdraw: updateSeconds,
    gradual: 1800,
    reconcile: stopSeconds,
    'open-incident': 120,
  };
}

/** A day for people who are asked and sleep, beside all that the steps may take. */
function rolloutDeadlineOf({ policy, hasMigrations }: PlanInput, backfillSeconds: number): number {
  const steps = policy.stepBasisPoints.length * policy.stepDeadlineSeconds + 2 * policy.bakeSeconds;
  return day + steps + (hasMigrations ? backfillSeconds : 0);
}
