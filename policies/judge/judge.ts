/**
 * The judge of a rollout: from what two versions did, tick by tick, to one answer.
 *
 *   J1  State is plain JSON; parsed from its own text it goes on bit for bit.
 *   J2  A tick that cannot be read, and a window in which one side had no requests, changes no evidence (e = 1).
 *   J3  Harm once shown stays shown until the rollout ends; evidence of safety is earned anew at every step.
 *   J4  `pass` needs the soak, talk on both sides, and evidence for every critical metric. Without a critical metric
 *       nothing ever passes.
 *   J5  Metrics that are not critical are reported, warned of (e-BH) and never roll back.
 *   J6  A harmless candidate fails in at most a share alpha of rollouts; one that is beyond the wider margin at every
 *       tick of a step passes it with probability beta at most. Assumptions: at the head of each statistic.
 *
 * alpha is split over the critical metrics by weight (Bonferroni), so that any of them may roll back. Where a bake is
 * planned, nine tenths of each part are for the evidence, one tenth for the chance that the stable version's bounds, fixed
 * when the bake begins, do not hold. beta is not split over metrics: a pass needs all of them, so a false one needs a
 * false answer from the metric that is harmful.
 */
import { eBenjaminiHochberg } from './e-bh.ts';
import { failSpending } from './fail-process.ts';
import { judgeMetric, metricJudgement } from './judge-metric.ts';
import type { Judgement, MetricJudgement } from './judgement.ts';
import {
  findSilence,
  learnLiveness,
  startLiveness,
  type Liveness,
  type LivenessQuestion,
} from './liveness.ts';
import type { MetricSettings } from './metric-settings.ts';
import {
  advanceMetric,
  fixBaseline,
  learnMetric,
  restartMetric,
  startMetric,
  type MetricState,
} from './metric-state.ts';
import type { TickFrame } from './events-metric.ts';
import { readableSample, readableTick } from './readable-tick.ts';
import type { Tick, VersionSample } from './tick.ts';

export interface JudgeSettings {
  metrics: readonly MetricSettings[];
  /** Chance of a false rollback over the whole rollout, and of a false pass at one step. */
  alpha: number;
  beta: number;
  /** How many beginnings are declared beyond the start: later steps, and the bake. */
  steps: number;
  /** Whether `startBake` will be called. */
  hasBake: boolean;
  minSoakSeconds: number;
  noDataSeconds: number;
  /** How long the whole rollout may be judged, bake included; capital is spread over it. */
  horizonSeconds: number;
  /** After a step begins, new instances are cold: their latency counts neither way. Default: half the soak, 30 at most. */
  latencyWarmUpSeconds?: number;
}

/** Plain JSON. Read it through `judge`; its shape may change with a version of this file. */
export interface JudgeState {
  settings: Omit<Required<JudgeSettings>, 'metrics'>;
  part: 'canary' | 'bake';
  /** When the step or the bake began, and the tick before; null before the first. */
  sinceSeconds: number;
  lastSeconds: number | null;
  /** Seconds that capital was spread over so far, in the rollout and in this step. */
  spentSeconds: number;
  stepSpentSeconds: number;
  /** The candidate's share of the traffic, when the caller said it; null: what was seen. */
  candidateShare: number | null;
  hasStarted: boolean;
  /** Steps declared so far, of `settings.steps`: every step after the first, and the bake. */
  declaredSteps: number;
  beginsStep: boolean;
  liveness: Liveness;
  /** What was said when the candidate fell silent beside a talking baseline: harm, so never taken back (J3). */
  silence: string | null;
  metrics: MetricState[];
}

const maxWarmUpSeconds = 30;
/** Assumed while nobody said a share and the candidate never had a request: the smallest step there is. */
const smallestShare = 0.001;
/** The part of alpha and beta that is for the evidence when another is needed for the stable version's bounds. */
const evidenceShare = 0.9;

/** A judge that has seen nothing. Throws RangeError on settings that mean nothing. */
export function startJudge(settings: JudgeSettings): JudgeState {
  const { metrics, ...rest } = settings;
  if (!(rest.alpha > 0 && rest.alpha < 1 && rest.beta > 0 && rest.beta < 1))
    throw new RangeError('alpha and beta lie between 0 and 1');
  if (!(rest.horizonSeconds > 0)) throw new RangeError('a rollout takes some time');
  const total = { critical: 0, marginal: 0 };
  for (const metric of metrics) total[metric.isCritical ? 'critical' : 'marginal'] += metric.weight ?? 1;
  const resolved = {
    ...rest,
    latencyWarmUpSeconds: rest.latencyWarmUpSeconds ?? Math.min(maxWarmUpSeconds, rest.minSoakSeconds / 2),
  };
  return {
    settings: resolved,
    part: 'canary',
    sinceSeconds: 0,
    lastSeconds: null,
    spentSeconds: 0,
    stepSpentSeconds: 0,
    candidateShare: null,
    hasStarted: false,
    declaredSteps: 0,
    beginsStep: false,
    liveness: startLiveness,
    silence: null,
    metrics: metrics.map((metric) => {
      const share = (metric.weight ?? 1) / total[metric.isCritical ? 'critical' : 'marginal'];
      const evidence = rest.hasBake ? evidenceShare : 1;
      return startMetric(metric, {
        // Marginal metrics share nothing: e-BH pays for their number.
        alpha: rest.alpha * (metric.isCritical ? share : 1) * evidence,
        beta: rest.beta * evidence,
        spending: rest.steps > 0 ? failSpending.declared : failSpending.undeclared,
        readAtSeconds: null,
      });
    }),
  };
}

/** A tick of the stable version before the deployment: how errors come and how long answers take is learned from it. */
export function learnBefore(state: JudgeState, baseline: VersionSample, elapsedSeconds: number): JudgeState {
  const sample = readableSample(baseline);
  return { ...state, metrics: state.metrics.map((metric) => learnMetric(metric, sample, elapsedSeconds)) };
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
  const metrics = state.metrics.map((metric) => fixBaseline(metric, (1 - evidenceShare) / evidenceShare));
  return { ...startPart({ ...state, metrics }, atSeconds), part: 'bake', candidateShare: 1 };
}

function startPart(state: JudgeState, atSeconds: number): JudgeState {
  return {
    ...state,
    sinceSeconds: atSeconds,
    lastSeconds: state.lastSeconds ?? atSeconds,
    stepSpentSeconds: 0,
    hasStarted: true,
    beginsStep: state.hasStarted,
    liveness: { ...state.liveness, baselineRequestsSinceCandidate: 0 },
    metrics: state.metrics.map(restartMetric),
  };
}

/** Takes one tick in. The first one of a judge without a step says when it began. */
export function observe(state: JudgeState, told: Tick): JudgeState {
  const { settings, part } = state;
  const tick = readableTick(told);
  const { atSeconds } = tick;
  const isBake = part === 'bake';
  const elapsedSeconds = state.lastSeconds === null ? 0 : Math.max(0, atSeconds - state.lastSeconds);
  const spent = Math.min(elapsedSeconds, settings.horizonSeconds - state.spentSeconds);
  const stepSpent = Math.min(elapsedSeconds, settings.horizonSeconds - state.stepSpentSeconds);
  const isDeclared = state.beginsStep && state.declaredSteps < settings.steps;
  const frame: TickFrame & { isWarmingUp: boolean; stepFraction: number } = {
    atSeconds,
    horizonFraction: spent / settings.horizonSeconds,
    stepFraction: stepSpent / settings.horizonSeconds,
    beginsStep: isDeclared,
    steps: settings.steps,
    isBake,
    isWarmingUp: atSeconds - state.sinceSeconds < settings.latencyWarmUpSeconds,
  };
  const candidateRequests = requestsOf(state, tick.candidate);
  const next: JudgeState = {
    ...state,
    sinceSeconds: state.lastSeconds === null ? atSeconds : state.sinceSeconds,
    lastSeconds: atSeconds,
    spentSeconds: state.spentSeconds + spent,
    stepSpentSeconds: state.stepSpentSeconds + stepSpent,
    declaredSteps: state.declaredSteps + (isDeclared ? 1 : 0),
    beginsStep: false,
    liveness: learnLiveness(
      state.liveness,
      tick.atSeconds,
      candidateRequests,
      requestsOf(state, tick.baseline),
    ),
    metrics: state.metrics.map((metric) => advanceMetric(metric, tick, frame, elapsedSeconds)),
  };
  if (candidateRequests === 0) next.silence ??= silenceOf(next, atSeconds);
  return next;
}

function silenceOf(state: JudgeState, atSeconds: number): string | null {
  const problem = findSilence(state.liveness, questionOf(state, atSeconds));
  return problem?.judgement === 'fail' ? problem.message : null;
}

function questionOf(state: JudgeState, atSeconds: number): LivenessQuestion {
  return {
    atSeconds,
    sinceSeconds: state.sinceSeconds,
    noDataSeconds: state.settings.noDataSeconds,
    candidateShare: state.candidateShare ?? shareSeen(state),
    isBake: state.part === 'bake',
  };
}

/** A judgement without its figures: cheap enough for every one of a million ticks. */
export interface Decision {
  judgement: Judgement['judgement'];
  reasonCode: Judgement['reasonCode'];
  /** What is to be said: before the metrics it speaks of, by their places, and after them. */
  opening: string;
  about: number[];
  closing: string;
}

/** What is decided at a moment; the same state and moment always give the same decision. */
export function decide(state: JudgeState, atSeconds: number): Decision {
  const { settings, metrics } = state;
  const critical: number[] = [];
  const failed: number[] = [];
  const open: number[] = [];
  for (const [index, metric] of metrics.entries()) {
    if (!metric.settings.isCritical) continue;
    critical.push(index);
    const judgement = metricJudgement(metric);
    if (judgement === 'fail') failed.push(index);
    if (judgement !== 'pass') open.push(index);
  }
  const answer = (
    judgement: Judgement['judgement'],
    reasonCode: Judgement['reasonCode'],
    opening: string,
    about: number[] = [],
    closing = '',
  ): Decision => ({ judgement, reasonCode, opening, about, closing });

  if (failed.length > 0) {
    const odds = Math.round(1 / settings.alpha);
    const closing = `; chance alone would stop at most 1 harmless rollout in ${odds}`;
    return answer('fail', 'worse', 'worse than stable: ', failed, closing);
  }
  if (state.silence !== null) return answer('fail', 'silent-candidate', state.silence);
  const silence = findSilence(state.liveness, questionOf(state, atSeconds));
  if (silence !== null) return answer(silence.judgement, silence.reasonCode, silence.message);
  if (state.part === 'bake' && metrics.some(lacksBaseline))
    return answer(
      'no-data',
      'no-data',
      'the stable version was never seen, so there is nothing to compare with',
    );
  const unread = critical.filter((index) => isStale(metrics[index], state, atSeconds));
  if (unread.length > 0) return answer('no-data', 'no-data', 'not read for too long: ', unread);
  if (critical.length === 0)
    return answer('inconclusive', 'undecided', 'no metric is critical, so a person has to decide');

  const soakedSeconds = atSeconds - state.sinceSeconds;
  if (soakedSeconds < settings.minSoakSeconds) {
    const soak = `${soakedSeconds.toFixed(1)} of ${settings.minSoakSeconds} s`;
    return answer('inconclusive', 'soaking', `no harm shown so far, ${soak} soaked: `, critical);
  }
  if (open.length > 0) return answer('inconclusive', 'undecided', 'too few requests to be sure: ', open);
  return answer('pass', 'not-worse', 'not worse than stable: ', critical);
}

/** The decision at a moment with all its figures. */
export function judge(state: JudgeState, atSeconds: number): Judgement {
  const { alpha, beta } = state.settings;
  const { judgement, reasonCode, opening, about, closing } = decide(state, atSeconds);
  const metrics = withWarnings(
    state.metrics.map((metric) => judgeMetric(metric, alpha, beta)),
    alpha,
  );
  const figures = about.map((index) => metrics[index]?.summary ?? '').join('; ');
  return { judgement, reasonCode, message: `${opening}${figures}${closing}`, metrics };
}

/** Marginal metrics that stand out; their evidence is of the whole alpha each, as e-BH takes it. */
function withWarnings(metrics: MetricJudgement[], alpha: number): MetricJudgement[] {
  const marginal = metrics.filter((metric) => !metric.isCritical);
  const named = new Set(
    eBenjaminiHochberg(
      marginal.map((metric) => metric.logEvidenceOfHarm),
      alpha,
    ).map((index) => marginal[index]),
  );
  return named.size === 0
    ? metrics
    : metrics.map((metric) => (named.has(metric) ? { ...metric, isWarning: true } : metric));
}

/** Whether a metric has not been read for too long, of both versions (of the candidate, in the bake). */
function isStale(metric: MetricState | undefined, state: JudgeState, atSeconds: number): boolean {
  if (metric === undefined) return false;
  const { staleSeconds = state.settings.noDataSeconds } = metric.settings;
  return atSeconds - Math.max(state.sinceSeconds, metric.readAtSeconds ?? state.sinceSeconds) >= staleSeconds;
}

/** Only where evidence needs it: a gauge says nothing about traffic. */
function lacksBaseline(metric: MetricState): boolean {
  return (metric.kind === 'ratio' || metric.kind === 'rate') && metric.canaryBaseline.trials === 0;
}

/** The requests that a version got, by whichever metric counts them; null when none could be read. */
function requestsOf(state: JudgeState, sample: VersionSample | null): number | null {
  if (sample === null) return null;
  const { events, latencies, gauges } = sample;
  let most: number | null = null;
  let exposure: number | null = null;
  let synthetic: number | null = null;
  for (const { kind, settings } of state.metrics) {
    const { name } = settings;
    // Our own requests would hide that no user gets through.
    if (settings.isSynthetic === true) synthetic = larger(synthetic, events?.[name]?.trials);
    else if (kind === 'ratio') most = larger(most, events?.[name]?.trials);
    else if (kind === 'latency') most = larger(most, latencies?.[name]?.answered);
    else if (kind === 'rate') exposure = larger(exposure, events?.[name]?.trials);
    else exposure = larger(exposure, gauges?.[name]?.length);
  }
  return most ?? exposure ?? synthetic;
}

function larger(most: number | null, value: number | undefined): number | null {
  return value === undefined ? most : Math.max(most ?? 0, value);
}

/** What the candidate's share has been so far; nothing better is known when the caller does not say. */
function shareSeen({ liveness }: JudgeState): number {
  const { candidateRequests, baselineRequests } = liveness;
  return candidateRequests === 0 ? smallestShare : candidateRequests / (candidateRequests + baselineRequests);
}
