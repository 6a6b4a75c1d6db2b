/**
 * What came back from an outage is a candidate too: it returns in steps of share and concurrency, and each step is earned.
 *
 * B1  One observation moves it one step up at most, and never from "nothing" past the first step.
 * B2  Up needs a judgement of this very step (the judge's statistics, right at any moment): `pass` and nothing less. No
 *     data, no evidence, a metric that cannot be read: it stays where it is, and after a deadline that is said.
 * B3  Errors shown to be worse than its peers' take it one step down; too slow takes it one step down, or, at the lowest
 *     step, holds it there: a cold cache only warms by requests. Each failure waits twice as long as the one before.
 * B4  Unhealthy takes everything from it at once, whatever the step.
 * B5  All that are being tried at one time together are a bounded part of what their proven peers carry; one always may.
 * B6  Nothing here reads a clock or draws a number: the same observations lead to the same steps.
 *
 * Without a single healthy peer there is nobody to spare it for: it takes all at once, since the alternative is no answer.
 */
import { emptyCounters, toSample, type VersionCounters } from '../judge/counter-increase.ts';
import { judge as judgementOf, observe, startJudge, startStep, type JudgeState } from '../judge/judge.ts';
import type { Judgement } from '../judge/judgement.ts';
import type {
  ReturnDecision,
  ReturnLimit,
  ReturnObservation,
  ReturnPolicy,
  ReturnReason,
  ReturnReasonCode,
  ReturnState,
} from './return-state.ts';

const fullWeight = 100;
const smoothing = 0.2;

/** An instance that is given nothing yet. `failures`: of the returns shortly before this one, so that flapping waits. */
export function startReturn(
  at: { atSeconds: number; random: number; failures: number },
  policy: ReturnPolicy,
): ReturnState {
  return {
    phase: at.failures > policy.mostFailures ? 'out' : 'returning',
    step: -1,
    sinceSeconds: at.atSeconds,
    upAtSeconds: at.atSeconds + waitSeconds(at.failures, at.random, policy),
    healthySinceSeconds: null,
    failures: at.failures,
    peerInFlight: null,
    maxConcurrent: null,
    judge: null,
    lastSeconds: at.atSeconds,
  };
}

/** One look at one instance: what it may be given from now on, and why. */
export function decideReturn(
  before: ReturnState,
  observation: ReturnObservation,
  policy: ReturnPolicy,
): ReturnDecision {
  const { atSeconds, isHealthy } = observation;
  const state: ReturnState = {
    ...before,
    lastSeconds: atSeconds,
    healthySinceSeconds: isHealthy ? (before.healthySinceSeconds ?? atSeconds) : null,
    peerInFlight: smooth(before.peerInFlight, observation.peerInFlight),
  };
  const isAlone = observation.peersWeight + observation.othersWeight <= 0;
  if (isHealthy && isAlone && state.step < lastStep(policy)) return takeAll(state, policy);
  if (state.phase === 'out') return stay(state, policy, 'gave-up', gaveUp(state));
  if (!isHealthy) return fallBack(state, observation, policy);
  if (state.phase === 'back') return stay(state, policy, 'back', 'it carries its whole share');
  if (state.step < 0) return decideFirst(state, observation, policy);
  return decideStep({ ...state, judge: watch(state, observation, policy) }, observation, policy);
}

/** What its state lets it be given. */
export function limitOf(state: ReturnState, policy: ReturnPolicy): ReturnLimit {
  if (state.step < 0) return { weight: 0, maxConcurrent: null };
  const weight = policy.stepWeights[state.step] ?? 0;
  return { weight, maxConcurrent: weight >= fullWeight ? null : state.maxConcurrent };
}

/** The part of its weight that it has not shown to carry: what its last step up added. */
export function unprovenWeight(state: ReturnState, policy: ReturnPolicy): number {
  if (state.phase !== 'returning' || state.step < 0) return 0;
  return (policy.stepWeights[state.step] ?? 0) - (policy.stepWeights[state.step - 1] ?? 0);
}

function lastStep(policy: ReturnPolicy): number {
  return policy.stepWeights.length - 1;
}

function fallBack(
  state: ReturnState,
  { atSeconds, random }: ReturnObservation,
  policy: ReturnPolicy,
): ReturnDecision {
  if (state.step < 0) {
    return stay(state, policy, 'unhealthy', 'it does not answer its health check as itself');
  }
  const failures = state.failures + 1;
  const next = stepTo(state, -1, atSeconds, waitSeconds(failures, random, policy), null);
  return decided({ ...next, phase: 'returning', failures }, policy, 'down', {
    code: 'unhealthy',
    message: 'it stopped answering its health check as itself, and is given nothing',
  });
}

/** Nobody else is there: judged steps would only turn users away. */
function takeAll(state: ReturnState, policy: ReturnPolicy): ReturnDecision {
  const next = stepTo(state, lastStep(policy), state.lastSeconds, 0, null);
  return decided({ ...next, phase: 'back' }, policy, 'back', {
    code: 'no-peers',
    message: 'no other instance is healthy, so it takes everything at once',
  });
}

function decideFirst(
  state: ReturnState,
  observation: ReturnObservation,
  policy: ReturnPolicy,
): ReturnDecision {
  const { atSeconds } = observation;
  const healthyFor = atSeconds - (state.healthySinceSeconds ?? atSeconds);
  const leftSeconds = Math.max(policy.firstWaitSeconds - healthyFor, state.upAtSeconds - atSeconds);
  if (leftSeconds > 0) {
    const message = `healthy for ${seconds(healthyFor)}, its first step comes in ${seconds(leftSeconds)}`;
    return stay(state, policy, 'waiting', message);
  }
  return stepUp(state, observation, policy, 'healthy, and itself');
}

function decideStep(
  state: ReturnState,
  observation: ReturnObservation,
  policy: ReturnPolicy,
): ReturnDecision {
  const { atSeconds } = observation;
  const { judge } = state;
  if (judge === null) return stay(state, policy, 'no-data', 'nothing was measured yet');
  const judgement = judgementOf(judge, atSeconds);
  const said = figuresOf(judgement);
  const weight = `${policy.stepWeights[state.step] ?? 0} %`;
  switch (judgement.judgement) {
    case 'fail': {
      const failed = judgement.metrics.filter((metric) => metric.judgement === 'fail');
      const isOnlySlow = failed.length > 0 && failed.every(({ kind }) => kind === 'latency');
      return stepDown(state, observation, policy, isOnlySlow, `worse than its peers: ${said}`);
    }
    case 'no-data':
      return stay(state, policy, 'no-data', `held at ${weight}: no requests to judge by (${said})`);
    case 'inconclusive': {
      const code = judgement.reasonCode === 'soaking' ? 'soaking' : 'undecided';
      return stay(state, policy, code, `held at ${weight}, no harm shown: ${said}`);
    }
    case 'pass':
      if (atSeconds < state.upAtSeconds) {
        const left = seconds(state.upAtSeconds - atSeconds);
        return stay(state, policy, 'waiting', `${weight} is carried well; the next step comes in ${left}`);
      }
      return stepUp(state, observation, policy, `as good as its peers: ${said}`);
  }
}

/** The judge's own sentences speak of versions. */
function figuresOf({ reasonCode, metrics }: Judgement): string {
  if (reasonCode === 'silent-candidate') return 'it gets no requests while its peers do';
  const share = (rate: number | null): string => (rate === null ? 'nothing' : `${(rate * 100).toFixed(1)} %`);
  return metrics
    .map(({ name, candidateRate, baselineRate, candidateTrials }) => {
      const what = name === 'latency' ? 'slow answers' : name;
      return `${what} ${share(candidateRate)} of ${candidateTrials}, peers ${share(baselineRate)}`;
    })
    .join('; ');
}

function stepUp(
  state: ReturnState,
  observation: ReturnObservation,
  policy: ReturnPolicy,
  message: string,
): ReturnDecision {
  const step = state.step + 1;
  if (step > lastStep(policy)) {
    return decided({ ...state, phase: 'back', judge: null }, policy, 'back', { code: 'back', message });
  }
  const added = (policy.stepWeights[step] ?? 0) - (policy.stepWeights[step - 1] ?? 0);
  const { othersUnprovenWeight, peersWeight } = observation;
  const isFirstOfAll = othersUnprovenWeight <= 0;
  if (!isFirstOfAll && added + othersUnprovenWeight > policy.mostUnprovenShare * peersWeight) {
    return stay(state, policy, 'others-first', 'ready for its next step, which others are taking just now');
  }
  const soakSeconds = jittered(policy.minSoakSeconds, observation.random, policy);
  const judge = beginStep(state.judge, step, observation, policy);
  const next = stepTo(state, step, observation.atSeconds, soakSeconds, judge);
  const maxConcurrent = concurrencyAt(policy.stepWeights[step] ?? 0, state.peerInFlight, policy);
  return decided({ ...next, maxConcurrent }, policy, 'up', { code: 'not-worse', message });
}

function stepDown(
  state: ReturnState,
  { atSeconds, random }: ReturnObservation,
  policy: ReturnPolicy,
  isOnlySlow: boolean,
  message: string,
): ReturnDecision {
  if (state.step === 0 && isOnlySlow) {
    // Evidence starts anew, and the time at this step goes on.
    const held = { ...state, judge: null };
    return stay(held, policy, 'cold', `held at ${policy.stepWeights[0] ?? 0} % until it is warm: ${message}`);
  }
  const failures = state.failures + 1;
  if (failures > policy.mostFailures) {
    const out = { ...stepTo(state, -1, atSeconds, 0, null), phase: 'out' as const, failures };
    return decided(out, policy, 'out', {
      code: 'gave-up',
      message: `${gaveUp(out)}; the last time: ${message}`,
    });
  }
  const next = stepTo(state, state.step - 1, atSeconds, waitSeconds(failures, random, policy), null);
  const maxConcurrent = concurrencyAt(policy.stepWeights[next.step] ?? 0, state.peerInFlight, policy);
  return decided({ ...next, maxConcurrent, failures }, policy, 'down', { code: 'worse', message });
}

function gaveUp({ failures }: ReturnState): string {
  return `it failed ${failures} times and is given nothing; mend it, then ask with \`evenkeel failback\``;
}

function stepTo(
  state: ReturnState,
  step: number,
  atSeconds: number,
  waitSeconds: number,
  judge: JudgeState | null,
): ReturnState {
  return { ...state, step, sinceSeconds: atSeconds, upAtSeconds: atSeconds + waitSeconds, judge };
}

/** Twice as long after each failure in a row. */
function waitSeconds(failures: number, random: number, policy: ReturnPolicy): number {
  const { firstWaitSeconds, longestWaitSeconds } = policy;
  const wait = Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** Math.min(failures, 30));
  return jittered(wait, random, policy);
}

function jittered(length: number, random: number, { jitter }: ReturnPolicy): number {
  return length * (1 + jitter * random);
}

/** By Little's law, what the share has under way at its peers' speed; one that is slower is given fewer requests. */
function concurrencyAt(weight: number, peerInFlight: number | null, policy: ReturnPolicy): number | null {
  if (peerInFlight === null) return null;
  return Math.max(2, Math.ceil((policy.concurrencyHeadroom * peerInFlight * weight) / fullWeight));
}

function smooth(before: number | null, now: number | null): number | null {
  if (now === null) return before;
  return before === null ? now : before + smoothing * (now - before);
}

function beginStep(
  judge: JudgeState | null,
  step: number,
  { atSeconds, peersWeight, othersWeight }: ReturnObservation,
  policy: ReturnPolicy,
): JudgeState {
  const weight = policy.stepWeights[step] ?? 0;
  const share = weight / Math.max(weight, weight + peersWeight + othersWeight);
  return startStep(judge ?? newJudge(policy), {
    index: step,
    atSeconds,
    candidateBasisPoints: Math.max(1, Math.min(9999, Math.round(share * 10_000))),
  });
}

/** The judge of rollouts, with the instance in the candidate's place and its peers in the stable version's. */
function newJudge(policy: ReturnPolicy): JudgeState {
  const { alpha, beta, errorSlack, latencySlackSeconds, noDataSeconds, minSoakSeconds } = policy;
  return startJudge({
    metrics: [
      { name: 'errors', kind: 'ratio', isCritical: true, toleratedRatio: 1.1, slack: errorSlack },
      { name: 'latency', kind: 'latency', isCritical: true, toleratedRatio: 1.1, slack: latencySlackSeconds },
    ],
    alpha,
    beta,
    steps: policy.stepWeights.length - 1,
    hasBake: false,
    minSoakSeconds,
    noDataSeconds,
    horizonSeconds: policy.stepDeadlineSeconds * policy.stepWeights.length,
    latencyWarmUpSeconds: 0,
  });
}

function watch(state: ReturnState, observation: ReturnObservation, policy: ReturnPolicy): JudgeState {
  const { atSeconds, instance, peers } = observation;
  const judge = state.judge ?? beginStep(null, state.step, observation, policy);
  // What was counted before the judge began is not of this step.
  if (state.judge === null) return judge;
  return observe(judge, {
    atSeconds,
    candidate: instance === null ? null : toSample(instance),
    baseline: peers === null ? null : toSample(peers),
  });
}

/** Counts of several instances as one. Null when there are none. */
export function sumCounters(all: readonly VersionCounters[]): VersionCounters | null {
  const [first] = all;
  if (first === undefined) return null;
  const { boundsMs } = first.latency;
  return all.reduce(
    (sum, { requests, errors, latency }) => ({
      requests: sum.requests + requests,
      errors: sum.errors + errors,
      latency: {
        boundsMs,
        counts: sum.latency.counts.map((count, index) => count + (latency.counts[index] ?? 0)),
        answered: sum.latency.answered + latency.answered,
      },
    }),
    emptyCounters(boundsMs),
  );
}

function stay(
  state: ReturnState,
  policy: ReturnPolicy,
  code: ReturnReasonCode,
  message: string,
): ReturnDecision {
  return decided(state, policy, null, { code, message });
}

function decided(
  state: ReturnState,
  policy: ReturnPolicy,
  moved: ReturnDecision['moved'],
  reason: ReturnReason,
): ReturnDecision {
  const heldSeconds = state.lastSeconds - state.sinceSeconds;
  const isOverdue = state.phase !== 'back' && moved === null && heldSeconds >= policy.stepDeadlineSeconds;
  const message = isOverdue
    ? `${reason.message} (for ${seconds(heldSeconds)}, longer than its deadline)`
    : reason.message;
  return { state, limit: limitOf(state, policy), moved, reason: { ...reason, message }, isOverdue };
}

function seconds(value: number): string {
  return value < 90 ? `${value.toFixed(1)} s` : `${Math.round(value / 60)} min`;
}
