/**
 * The judge of a rollout: from cumulative counters of two versions, tick by tick, to one answer.
 *
 *   J1  State is plain JSON; parsed from its own text it goes on bit for bit.
 *   J2  A tick that cannot be read, and a window in which one side had no requests, changes no evidence (e = 1).
 *   J3  Harm once shown stays shown until the rollout ends; evidence of safety is earned anew at every step.
 *   J4  `pass` needs the soak, talk on both sides, and evidence for every critical metric. Without a critical metric
 *       nothing ever passes.
 *   J5  Metrics that are not critical are reported and never roll back.
 *   J6  A harmless candidate fails in at most a share alpha of rollouts; one that is beyond the wider margin at every
 *       tick of a step passes it with probability beta at most. Assumptions: at the head of each statistic.
 *
 * Ticks carry cumulative counters, so a missed one loses nothing: the next covers both. Requests are pooled until both
 * versions have some, for a minute at most: longer, and a drift would weigh on the two sides differently.
 */
import type { MetricPolicy } from '../policy-file/policy.ts';
import { addCounters, emptyCounters, readVersion, versionIncrease } from './counter-increase.ts';
import { describeMetric } from './describe-metric.ts';
import type { Judgement, MetricJudgement, Tick, VersionCounters } from './judgement.ts';
import { findSilence, startLiveness, type Liveness } from './liveness.ts';
import {
  advanceMetric,
  fixBaseline,
  logHarm,
  logSafety,
  restartPass,
  startMetric,
  type MetricState,
} from './metric-state.ts';

export interface JudgeSettings {
  metrics: readonly MetricPolicy[];
  /** Chance of a false rollback over the whole rollout, and of a false pass at one step. */
  alpha: number;
  beta: number;
  /** Canary steps that are planned. */
  steps: number;
  minSoakSeconds: number;
  noDataSeconds: number;
  tickSeconds: number;
  /** Ticks of the whole rollout, bake included. */
  horizonTicks: number;
  /** Slower by less than this is harmless, whatever the ratio: what a busy host does to anyone. Default 5. */
  latencyShiftMs?: number;
  /** After a step begins, new instances are cold: their latency counts neither way. Default: half the soak, 30 at most. */
  latencyWarmUpSeconds?: number;
}

/** Plain JSON. Read it through `judge`; its shape may change with a version of this file. */
export interface JudgeState {
  settings: Omit<Required<JudgeSettings>, 'metrics'>;
  part: 'canary' | 'bake';
  sinceSeconds: number;
  /** The candidate's share of the traffic, when the caller said it; null: what was seen. */
  candidateShare: number | null;
  /** Declared so far, of `settings.steps`: every step after the first, and the bake. */
  declaredSteps: number;
  hasStarted: boolean;
  beginsStep: boolean;
  /** Windows that brought evidence: in the rollout, and in this step. */
  windows: number;
  stepWindows: number;
  boundsMs: number[] | null;
  /** The last reading of each version, and what was counted since the last window was closed. */
  last: { candidate: VersionCounters; baseline: VersionCounters } | null;
  open: { candidate: VersionCounters; baseline: VersionCounters; sinceSeconds: number } | null;
  /** Sums since the step began, and the stable version's over the canary. */
  step: { candidate: VersionCounters; baseline: VersionCounters };
  canaryBaseline: VersionCounters;
  liveness: Liveness;
  metrics: MetricState[];
}

const maxWindowSeconds = 60;
const maxWarmUpSeconds = 30;
/** Assumed while nobody said a share and the candidate never had a request: the smallest step there is. */
const smallestShare = 0.0001;

/** A judge that has seen nothing. Throws RangeError on settings that the policy file's schema would have refused. */
export function startJudge(settings: JudgeSettings): JudgeState {
  const { metrics, ...rest } = settings;
  if (!(rest.alpha > 0 && rest.alpha < 1 && rest.beta > 0 && rest.beta < 1))
    throw new RangeError('alpha and beta lie between 0 and 1');
  if (!(rest.horizonTicks >= 1)) throw new RangeError('a rollout has at least one tick');
  const resolved = {
    ...rest,
    steps: Math.max(1, rest.steps),
    latencyShiftMs: rest.latencyShiftMs ?? 5,
    latencyWarmUpSeconds: rest.latencyWarmUpSeconds ?? Math.min(maxWarmUpSeconds, rest.minSoakSeconds / 2),
  };
  const nothing = emptyCounters([]);
  return {
    settings: resolved,
    part: 'canary',
    sinceSeconds: 0,
    candidateShare: null,
    declaredSteps: 0,
    hasStarted: false,
    beginsStep: false,
    windows: 0,
    stepWindows: 0,
    boundsMs: null,
    last: null,
    open: null,
    step: { candidate: nothing, baseline: nothing },
    canaryBaseline: nothing,
    liveness: startLiveness,
    metrics: metrics.map((metric) => {
      const peers = metrics.filter((other) => other.isCritical === metric.isCritical).length;
      return startMetric(metric, { ...resolved, share: 1 / peers });
    }),
  };
}

/**
 * A canary step begins, at this share. Every step but the first brings the evidence of harm fresh capital, as declared
 * beforehand; the evidence of safety starts again.
 */
export function startStep(
  state: JudgeState,
  step: { index: number; atSeconds: number; candidateBasisPoints?: number },
): JudgeState {
  const share = step.candidateBasisPoints === undefined ? null : step.candidateBasisPoints / 10_000;
  return { ...startPart(state, step.atSeconds), part: 'canary', candidateShare: share };
}

/** The bake begins: every user is on the candidate, and the stable version's past is what it is held against. */
export function startBake(state: JudgeState, atSeconds: number): JudgeState {
  const metrics = state.metrics.map((metric) =>
    state.canaryBaseline.requests > 0 ? fixBaseline(metric, state.canaryBaseline) : metric,
  );
  return { ...startPart({ ...state, metrics }, atSeconds), part: 'bake', candidateShare: 1 };
}

function startPart(state: JudgeState, atSeconds: number): JudgeState {
  const nothing = emptyCounters(state.boundsMs ?? []);
  return {
    ...state,
    sinceSeconds: atSeconds,
    hasStarted: true,
    beginsStep: state.hasStarted,
    stepWindows: 0,
    step: { candidate: nothing, baseline: nothing },
    liveness: { ...state.liveness, baselineRequestsSinceCandidate: 0 },
    metrics: state.metrics.map((metric) => restartPass(metric, state.boundsMs ?? [])),
  };
}

/** Takes one tick in. The first with both versions only sets the base that the next one is counted from. */
export function observe(state: JudgeState, tick: Tick): JudgeState {
  const boundsMs = state.boundsMs ?? boundsOf(tick);
  if (boundsMs === null) return state;
  const candidate = readVersion(tick.candidate, boundsMs);
  const baseline = readVersion(tick.baseline, boundsMs);
  const known = state.boundsMs === null ? withBounds(state, boundsMs) : state;
  const { atSeconds } = tick;
  const read: JudgeState = {
    ...known,
    liveness: {
      ...known.liveness,
      candidateReadAtSeconds: candidate === null ? known.liveness.candidateReadAtSeconds : atSeconds,
      baselineReadAtSeconds: baseline === null ? known.liveness.baselineReadAtSeconds : atSeconds,
    },
  };
  // The bake does not need the stable version, which may be gone; before it, both are read at once or not at all.
  const other = baseline ?? (state.part === 'bake' ? read.last?.baseline : undefined) ?? null;
  if (candidate === null || other === null) return read;
  const last = { candidate, baseline: other };
  if (read.last === null) return { ...read, last };
  const increase = {
    candidate: versionIncrease(read.last.candidate, candidate),
    baseline: versionIncrease(read.last.baseline, other),
  };
  return closeWindow(countIncrease({ ...read, last }, increase, atSeconds), atSeconds);
}

function countIncrease(
  state: JudgeState,
  increase: { candidate: VersionCounters; baseline: VersionCounters },
  atSeconds: number,
): JudgeState {
  const { liveness, step, open } = state;
  const hasCandidate = increase.candidate.requests > 0;
  const missed = hasCandidate ? 0 : liveness.baselineRequestsSinceCandidate + increase.baseline.requests;
  return {
    ...state,
    step: addBoth(step, increase),
    canaryBaseline:
      state.part === 'bake' ? state.canaryBaseline : addCounters(state.canaryBaseline, increase.baseline),
    open: {
      ...addBoth(open ?? increase, open === null ? null : increase),
      sinceSeconds: open?.sinceSeconds ?? atSeconds,
    },
    liveness: {
      ...liveness,
      candidateRequestAtSeconds: hasCandidate ? atSeconds : liveness.candidateRequestAtSeconds,
      baselineRequestAtSeconds:
        increase.baseline.requests > 0 ? atSeconds : liveness.baselineRequestAtSeconds,
      baselineRequestsSinceCandidate: missed,
    },
  };
}

/** Turns the open window into evidence as soon as it holds requests of both sides, or drops it when it is too old. */
function closeWindow(state: JudgeState, atSeconds: number): JudgeState {
  const { open, settings } = state;
  if (open === null) return state;
  const isBake = state.part === 'bake';
  const isComplete = open.candidate.requests > 0 && (isBake || open.baseline.requests > 0);
  if (!isComplete) return atSeconds - open.sinceSeconds > maxWindowSeconds ? { ...state, open: null } : state;

  const { horizonTicks, steps } = settings;
  const tick = {
    candidate: open.candidate,
    baseline: isBake ? null : open.baseline,
    elapsedSeconds: atSeconds - open.sinceSeconds + settings.tickSeconds,
    isWarmingUp: atSeconds - state.sinceSeconds < settings.latencyWarmUpSeconds,
    schedules: {
      fail: {
        ticksBefore: state.windows,
        horizonTicks,
        beginsStep: state.beginsStep,
        stepsBefore: state.declaredSteps,
        steps,
      },
      pass: { ticksBefore: state.stepWindows, horizonTicks, beginsStep: false, stepsBefore: 0, steps },
    },
  };
  const mayJudge = !isBake || state.canaryBaseline.requests > 0;
  return {
    ...state,
    open: null,
    beginsStep: false,
    declaredSteps: state.declaredSteps + (state.beginsStep ? 1 : 0),
    windows: state.windows + 1,
    stepWindows: state.stepWindows + 1,
    metrics: mayJudge ? state.metrics.map((metric) => advanceMetric(metric, tick)) : state.metrics,
  };
}

/** The answer at a moment; the same state and moment always give the same one. */
export function judge(state: JudgeState, atSeconds: number): Judgement {
  const metrics = state.metrics.map((metric) => judgeMetric(state, metric));
  const critical = metrics.filter((_, index) => state.metrics[index]?.isCritical);
  const answer = (
    judgement: Judgement['judgement'],
    reasonCode: Judgement['reasonCode'],
    message: string,
  ): Judgement => ({ judgement, reasonCode, message, metrics });

  const failed = critical.filter((metric) => metric.judgement === 'fail');
  if (failed.length > 0) {
    const odds = Math.round(1 / state.settings.alpha);
    const message = `worse than stable: ${summarize(failed)}; chance alone would stop at most 1 harmless rollout in ${odds}`;
    return answer('fail', 'worse', message);
  }
  const silence = findSilence(state.liveness, {
    atSeconds,
    sinceSeconds: state.sinceSeconds,
    noDataSeconds: state.settings.noDataSeconds,
    candidateShare: state.candidateShare ?? shareSeen(state),
    isBake: state.part === 'bake',
  });
  if (silence !== null) return answer('no-data', silence.reasonCode, silence.message);
  if (state.part === 'bake' && state.canaryBaseline.requests === 0)
    return answer(
      'no-data',
      'no-data',
      'the stable version was never seen, so there is nothing to compare with',
    );
  if (critical.length === 0)
    return answer('inconclusive', 'undecided', 'no metric is critical, so a person has to decide');

  const soakedSeconds = atSeconds - state.sinceSeconds;
  if (soakedSeconds < state.settings.minSoakSeconds) {
    const soak = `${soakedSeconds.toFixed(1)} of ${state.settings.minSoakSeconds} s`;
    return answer('inconclusive', 'soaking', `no harm shown so far, ${soak} soaked: ${summarize(critical)}`);
  }
  const open = critical.filter((metric) => metric.judgement !== 'pass');
  if (open.length > 0)
    return answer('inconclusive', 'undecided', `too few requests to be sure: ${summarize(open)}`);
  return answer('pass', 'not-worse', `not worse than stable: ${summarize(critical)}`);
}

function judgeMetric(state: JudgeState, metric: MetricState): MetricJudgement {
  const { candidate } = state.step;
  const baseline = state.part === 'bake' ? state.canaryBaseline : state.step.baseline;
  const safety = logSafety(metric, state.boundsMs ?? []);
  const count = metric.name === 'errors' ? candidate.requests : candidate.latency.answered;
  const isSafe = safety !== null && safety >= Math.log(1 / metric.beta);
  return {
    name: metric.name,
    judgement: metric.hasFailed ? 'fail' : count === 0 ? 'no-data' : isSafe ? 'pass' : 'inconclusive',
    logEvidenceOfHarm: logHarm(metric),
    logEvidenceOfSafety: safety ?? 0,
    candidateRequests: candidate.requests,
    baselineRequests: baseline.requests,
    summary: describeMetric(metric, candidate, baseline),
  };
}

function summarize(metrics: readonly MetricJudgement[]): string {
  return metrics.map((metric) => metric.summary).join('; ');
}

/** What the candidate's share has been at this step; nothing better is known when the caller does not say. */
function shareSeen({ step }: JudgeState): number {
  const { requests } = step.candidate;
  return requests === 0 ? smallestShare : requests / (requests + step.baseline.requests);
}

function boundsOf(tick: Tick): number[] | null {
  const bounds = tick.baseline?.latency.boundsMs ?? tick.candidate?.latency.boundsMs;
  return bounds === undefined ? null : [...bounds];
}

/** The first reading tells the histogram's bounds; sums so far are empty and take their shape. */
function withBounds(state: JudgeState, boundsMs: number[]): JudgeState {
  const nothing = emptyCounters(boundsMs);
  return { ...state, boundsMs, step: { candidate: nothing, baseline: nothing }, canaryBaseline: nothing };
}

function addBoth(
  sums: { candidate: VersionCounters; baseline: VersionCounters },
  increase: { candidate: VersionCounters; baseline: VersionCounters } | null,
): { candidate: VersionCounters; baseline: VersionCounters } {
  if (increase === null) return { candidate: sums.candidate, baseline: sums.baseline };
  return {
    candidate: addCounters(sums.candidate, increase.candidate),
    baseline: addCounters(sums.baseline, increase.baseline),
  };
}
