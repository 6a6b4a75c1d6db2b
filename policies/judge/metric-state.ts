/**
 * One metric's evidence over a rollout, and the margins and error rates it is held against.
 *
 * alpha is split evenly over the critical metrics (Bonferroni), so that any of them may roll back; nine tenths of each
 * part are for the evidence, one tenth for the chance that the stable version's bounds, fixed at the bake, do not hold. beta is
 * not split: a pass needs all metrics, so a false one needs a false answer from the metric that is harmful. Reported
 * logarithms have these shares taken off already: fail at log(1/alpha), pass at log(1/beta), for every metric alike.
 */
import type { MetricPolicy } from '../policy-file/policy.ts';
import {
  advanceFailProcess,
  advanceFailProcessAlone,
  failSpending,
  startFailProcess,
} from './fail-process.ts';
import { lowerRateBound, upperRateBound } from './fixed-baseline.ts';
import type { VersionCounters } from './judgement.ts';
import {
  advanceLatency,
  advanceLatencyAlone,
  fixBoundaries,
  learnBaseline,
  logEvidenceOfHarm,
  logEvidenceOfSafety,
  restartLatencyPass,
  startLatencyProcess,
  type LatencyBoundaries,
  type LatencyMargins,
  type LatencyProcess,
} from './latency-process.ts';
import { capitalToAdd, logSumExp, type Schedule } from './mixture.ts';
import {
  advancePassProcess,
  advancePassProcessAlone,
  passSpending,
  startPassProcess,
} from './pass-process.ts';
import type { Margin, TickCounts } from './ratio-increment.ts';

interface MetricStateBase {
  isCritical: boolean;
  /** This metric's part of alpha, and both sides' error rates. */
  share: number;
  alpha: number;
  beta: number;
  /** Evidence of harm once reached is never taken back. */
  hasFailed: boolean;
}

export type MetricState =
  | (MetricStateBase & {
      name: 'errors';
      margins: { fail: Margin; pass: Margin };
      failCells: number[];
      passCells: number[];
      /** Set at the bake: the highest harmless and the lowest harmful rate. */
      boundaries: { harmless: number; harmful: number } | null;
    })
  | (MetricStateBase & {
      name: 'latency';
      margins: LatencyMargins;
      /** Null until the histogram's bounds are known. */
      process: LatencyProcess | null;
      boundaries: LatencyBoundaries | null;
    });

/** What one tick brings: both versions' increases, and what the schedules say. */
export interface MetricTick {
  candidate: VersionCounters;
  /** Null during the bake. */
  baseline: VersionCounters | null;
  elapsedSeconds: number;
  schedules: { fail: Schedule; pass: Schedule };
  /** The candidate's instances are still warming up; their latency counts neither way. */
  isWarmingUp: boolean;
}

const evidenceShare = 0.9;
const minPassRatio = 1.5;
/** What may be added to the tolerated margin and still pass, as a fraction of requests. */
const errorPassSlack = 0.01;
const latencyFailSlack = 0.01;
const latencyPassSlack = 0.05;

export function startMetric(
  policy: MetricPolicy,
  settings: { alpha: number; beta: number; share: number; latencyShiftMs: number },
): MetricState {
  const { toleratedRatio, slack, isCritical } = policy;
  const { alpha, beta, share, latencyShiftMs } = settings;
  const base = { isCritical, share, alpha, beta, hasFailed: false };
  // Wider than what fails, so that a candidate equal to the baseline passes before long.
  const passRatio = Math.max(minPassRatio, 1 + 2 * (toleratedRatio - 1));
  if (policy.name === 'errors') {
    return {
      ...base,
      name: 'errors',
      margins: {
        fail: { ratio: toleratedRatio, slack },
        pass: { ratio: passRatio, slack: slack + errorPassSlack },
      },
      failCells: startFailProcess(),
      passCells: startPassProcess(),
      boundaries: null,
    };
  }
  return {
    ...base,
    name: 'latency',
    margins: {
      fail: { stretch: toleratedRatio, shiftMs: latencyShiftMs, slack: latencyFailSlack },
      pass: { stretch: passRatio, shiftMs: 2 * latencyShiftMs, slack: latencyPassSlack },
    },
    process: null,
    boundaries: null,
  };
}

/** A step begins: evidence of safety starts afresh, evidence of harm stays. */
export function restartPass(metric: MetricState, boundsMs: readonly number[]): MetricState {
  if (metric.name === 'errors') return { ...metric, passCells: startPassProcess() };
  const { process } = metric;
  return process === null ? metric : { ...metric, process: restartLatencyPass(process, boundsMs) };
}

/** The bake begins: what the stable version did during the canary becomes what the candidate is held against. */
export function fixBaseline(metric: MetricState, baseline: VersionCounters): MetricState {
  const errorRates = {
    fail: (1 - evidenceShare) * metric.alpha * metric.share,
    pass: (1 - evidenceShare) * metric.beta,
  };
  if (metric.name === 'latency')
    return { ...metric, boundaries: fixBoundaries(baseline, metric.margins, errorRates) };
  const { fail, pass } = metric.margins;
  const { errors, requests } = baseline;
  const highest = upperRateBound(errors, requests, errorRates.fail);
  const lowest = lowerRateBound(errors, requests, errorRates.pass);
  return {
    ...metric,
    boundaries: {
      harmless: Math.min(1, fail.ratio * highest + fail.slack),
      harmful: Math.min(1, pass.ratio * lowest + pass.slack),
    },
  };
}

/** One tick's evidence. */
export function advanceMetric(metric: MetricState, tick: MetricTick): MetricState {
  const added = {
    fail: capitalToAdd(failSpending, tick.schedules.fail),
    pass: capitalToAdd(passSpending, tick.schedules.pass),
  };
  const next =
    metric.name === 'errors' ? advanceErrors(metric, tick, added) : advanceLatencyMetric(metric, tick, added);
  const hasFailed = metric.hasFailed || logHarm(next) >= Math.log(1 / metric.alpha);
  return { ...next, hasFailed };
}

type Added = { fail: number; pass: number };

function advanceErrors(
  metric: Extract<MetricState, { name: 'errors' }>,
  tick: MetricTick,
  added: Added,
): MetricState {
  const { margins, boundaries, failCells, passCells } = metric;
  // A request fails at most once: errors above the requests are repetitions of the same ones.
  const events = Math.min(tick.candidate.errors, tick.candidate.requests);
  const trials = tick.candidate.requests;
  if (boundaries !== null) {
    return {
      ...metric,
      failCells: advanceFailProcessAlone(failCells, events, trials, boundaries.harmless, added.fail),
      passCells: advancePassProcessAlone(passCells, events, trials, boundaries.harmful, added.pass),
    };
  }
  const baseline = tick.baseline ?? { errors: 0, requests: 0 };
  const counts: TickCounts = {
    candidateEvents: events,
    candidateTrials: trials,
    baselineEvents: Math.min(baseline.errors, baseline.requests),
    baselineTrials: baseline.requests,
  };
  return {
    ...metric,
    failCells: advanceFailProcess(failCells, counts, margins.fail, added.fail),
    passCells: advancePassProcess(passCells, counts, margins.pass, added.pass),
  };
}

function advanceLatencyMetric(
  metric: Extract<MetricState, { name: 'latency' }>,
  tick: MetricTick,
  added: Added,
): MetricState {
  const { margins, boundaries } = metric;
  const { candidate, baseline } = tick;
  const { boundsMs } = candidate.latency;
  if (boundsMs.length === 0) return metric;
  let process = metric.process ?? startLatencyProcess(boundsMs);
  if (!tick.isWarmingUp) {
    if (boundaries !== null) process = advanceLatencyAlone(process, candidate, boundaries, added);
    else if (baseline !== null) process = advanceLatency(process, { candidate, baseline }, margins, added);
  }
  // After the bet, so that a tick is never judged by what it taught.
  if (boundaries === null && baseline !== null)
    process = learnBaseline(process, baseline, tick.elapsedSeconds);
  return { ...metric, process };
}

/** Evidence of harm with the metric's share taken off: fail at log(1/alpha). */
export function logHarm(metric: MetricState): number {
  const taken = Math.log(evidenceShare * metric.share);
  if (metric.name === 'errors') return logSumExp(metric.failCells) + taken;
  return (metric.process === null ? 0 : logEvidenceOfHarm(metric.process)) + taken;
}

/** Evidence of safety: pass at log(1/beta). Null where there is none at all, which never passes. */
export function logSafety(metric: MetricState, boundsMs: readonly number[]): number | null {
  const taken = Math.log(evidenceShare);
  if (metric.name === 'errors') return logSumExp(metric.passCells) + taken;
  if (metric.process === null) return null;
  const evidence = logEvidenceOfSafety(metric.process, boundsMs, metric.margins.pass, metric.boundaries);
  return evidence === null ? null : evidence + taken;
}
