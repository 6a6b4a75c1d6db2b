/**
 * A rollback to a stable version that had been scaled down: its instances are cold, so they take the users back in steps,
 * each by what they showed at the one before. For a candidate that is not on fire; from one that is, users are flipped.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { versionIncrease, type VersionCounters } from '../../policies/judge/counter-increase.ts';
import { decideReturn, startReturn } from '../../policies/failback/decide-return.ts';
import { defaultReturnPolicy } from '../../policies/failback/default-return-policy.ts';
import type { ReturnDecision, ReturnPolicy, ReturnState } from '../../policies/failback/return-state.ts';
import type { RolloutPlan } from '../../policies/rollout/state.ts';
import { effectFailure } from '../../stacks/failure.ts';
import type { Router } from '../../stacks/local/router/router.ts';

export interface GradualReturn {
  path: 'gradual';
  /** Every change of share, the last one to nobody on the candidate. */
  steps: { atSeconds: number; candidateBasisPoints: number; reason: string }[];
}

export interface GradualOptions {
  progress(line: string): void;
  /** Seconds that never run backwards; by default of this process. */
  nowSeconds?: () => number;
  random?: () => number;
  tickSeconds?: number;
  policy?: ReturnPolicy;
}

/** A rollback has to end: a version that nobody asks anything carries the next step as well. */
const gradualPolicy: ReturnPolicy = {
  ...defaultReturnPolicy,
  stepWeights: [5, 10, 25, 50, 75, 100],
  firstWaitSeconds: 0.1,
  longestWaitSeconds: 60,
  stepDeadlineSeconds: 120,
};

/**
 * Moves users from the candidate back to the stable version until none is left. Fails with `return-held` when stable does
 * worse than the candidate again and again, and with the signal's reason when it is called off: the share then stays.
 */
export async function returnGradually(
  router: Router,
  plan: RolloutPlan,
  signal: AbortSignal,
  options: GradualOptions,
): Promise<GradualReturn> {
  const { stable, candidate } = plan;
  const { progress, random = Math.random, tickSeconds = 0.25, policy = gradualPolicy } = options;
  const nowSeconds = options.nowSeconds ?? ((): number => performance.now() / 1000);
  const result: GradualReturn = { path: 'gradual', steps: [] };
  const began = nowSeconds();
  const shareTo = async (candidateBasisPoints: number, reason: string): Promise<void> => {
    await router.setShare(candidateBasisPoints);
    result.steps.push({ atSeconds: nowSeconds() - began, candidateBasisPoints, reason });
    progress(`back to stable: ${(10_000 - candidateBasisPoints) / 100} % of users (${reason})`);
  };
  let share = (await router.shares()).candidateBasisPoints;
  // A flip that came before, or a rollback that was interrupted near its end: nothing is taken back from stable.
  const steps = stepsFrom(share, policy);
  if (stable === null || steps === null) {
    await shareTo(0, 'stable carries nearly everybody already');
    return result;
  }
  const narrowed = { ...policy, stepWeights: steps };
  let state = startReturn({ atSeconds: nowSeconds(), random: random(), failures: 0 }, narrowed);
  // Before its first step stable keeps what it carries already; what falls back from one is given nothing.
  let waiting = share;
  const look = { stable: counterOf(stable), candidate: counterOf(candidate) };
  while (state.phase !== 'back') {
    await wait(tickSeconds * 1000, undefined, { signal });
    const { versions } = await router.counters();
    const hasInstances = (await router.instances()).some(({ release, isUp }) => release === stable && isUp);
    const carried = narrowed.stepWeights[state.step] ?? 0;
    const decision = decideReturn(
      state,
      {
        atSeconds: nowSeconds(),
        random: random(),
        isHealthy: hasInstances,
        instance: look.stable(versions),
        peers: look.candidate(versions),
        // At the last step nobody is left on the candidate, and nothing is left to compare with.
        peersWeight: Math.max(1, 100 - carried),
        othersWeight: 0,
        othersUnprovenWeight: 0,
        peerInFlight: null,
      },
      narrowed,
    );
    ({ state } = settled(decision, narrowed));
    if (decision.moved === 'down' || decision.moved === 'out') waiting = 10_000;
    const weight = narrowed.stepWeights[state.step];
    const wanted = weight === undefined ? waiting : 10_000 - weight * 100;
    if (wanted !== share) await shareTo(wanted, decision.reason.message);
    share = wanted;
    if (state.phase === 'out') {
      throw effectFailure(
        'return-held',
        `stable does worse than the candidate whenever it gets more users (${decision.reason.message}), so it does not get them back in steps`,
        true,
      );
    }
  }
  return result;
}

/** The steps that are still ahead of what stable carries now; null when that is the last one already. */
function stepsFrom(share: number, { stepWeights }: ReturnPolicy): number[] | null {
  const carried = (10_000 - share) / 100;
  const ahead = stepWeights.filter((weight) => weight > carried);
  return share === 0 || ahead.length === 0 ? null : ahead;
}

/**
 * Where an instance goes on waiting, a rollback goes on: a step that nobody's requests could judge has no load that could
 * be too much, one that is held beyond its deadline is still gentler than the flip that would come instead, and the last
 * one has nothing beside it to be judged by.
 */
function settled(decision: ReturnDecision, policy: ReturnPolicy): { state: ReturnState } {
  const { state } = decision;
  const isLast = state.step >= policy.stepWeights.length - 1;
  if (isLast && decision.moved === 'up') return { state: { ...state, phase: 'back' } };
  const isQuiet = decision.reason.code === 'no-data' || decision.isOverdue;
  if (!isQuiet || state.phase !== 'returning' || isLast || state.step < 0) return { state };
  const step = state.step + 1;
  const phase = step >= policy.stepWeights.length - 1 ? 'back' : 'returning';
  return { state: { ...state, phase, step, sinceSeconds: state.lastSeconds, judge: null } };
}

/** What a release counted since the last time this was called. */
function counterOf(
  release: string,
): (versions: Readonly<Record<string, VersionCounters>>) => VersionCounters | null {
  let before: VersionCounters | null = null;
  return (versions) => {
    const now = versions[release] ?? null;
    const increase = now === null || before === null ? null : versionIncrease(before, now);
    before = now ?? before;
    return increase;
  };
}
