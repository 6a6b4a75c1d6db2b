/** One latency metric over a rollout: pooling, warm-up, the baseline's past, and the process of latency-process.ts. */
import type { TickFrame } from './events-metric.ts';
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
  type LatencyProcess,
} from './latency-process.ts';
import { latencyMargins, type MetricParts, type MetricSettings } from './metric-settings.ts';
import type { Capital } from './mixture.ts';
import { pool, type Pool } from './pooling.ts';
import { advanceSlowRatio, startSlowRatio, type SlowRatio } from './slow-ratio.ts';
import type { LatencySample } from './tick.ts';

/** Plain JSON. */
export interface LatencyState extends MetricParts {
  kind: 'latency';
  settings: MetricSettings;
  hasFailed: boolean;
  /** The histogram's bounds, as the first reading told them. */
  bounds: readonly number[] | null;
  open: Pool<LatencySample> | null;
  process: LatencyProcess | null;
  boundaries: LatencyBoundaries | null;
  /** How many times as many answers are slow; null until the baseline's past tells over which bound. */
  slow: SlowRatio | null;
  /** Sums since the step began, and the baseline's over the canary. */
  candidate: LatencySample | null;
  baseline: LatencySample | null;
  canaryBaseline: LatencySample | null;
}

export function startLatency(settings: MetricSettings, parts: MetricParts): LatencyState {
  return {
    ...parts,
    kind: 'latency',
    settings,
    hasFailed: false,
    bounds: null,
    open: null,
    process: null,
    boundaries: null,
    slow: null,
    candidate: null,
    baseline: null,
    canaryBaseline: null,
  };
}

/** A tick before the deployment: the baseline's shares are learned, nothing is judged. */
export function learnLatency(
  state: LatencyState,
  baseline: LatencySample,
  elapsedSeconds: number,
): LatencyState {
  const known = withBounds(state, baseline);
  if (known.process === null || !isSameHistogram(known, baseline)) return known;
  return { ...known, process: learnBaseline(known.process, baseline, elapsedSeconds) };
}

export function restartLatency(state: LatencyState): LatencyState {
  const { process, bounds } = state;
  return {
    ...state,
    process: process === null || bounds === null ? null : restartLatencyPass(process, bounds),
    candidate: null,
    baseline: null,
  };
}

export function fixLatencyBaseline(
  state: LatencyState,
  errorRates: { fail: number; pass: number },
): LatencyState {
  if (state.canaryBaseline === null) return state;
  return {
    ...state,
    boundaries: fixBoundaries(state.canaryBaseline, latencyMargins(state.settings), errorRates),
  };
}

/** One tick with both versions. `isWarmingUp`: the candidate's instances are cold, and count neither way. */
export function advanceLatencyMetric(
  state: LatencyState,
  tick: { candidate: LatencySample; baseline: LatencySample },
  frame: TickFrame & { isWarmingUp: boolean },
  added: { fail: Capital; pass: Capital },
  elapsedSeconds: number,
): LatencyState {
  const known = withBounds(state, tick.candidate);
  const { isBake, atSeconds, isWarmingUp } = frame;
  // Shares over other bounds cannot be compared: no latency at all.
  if (known.process === null || !isSameHistogram(known, tick.candidate)) return known;
  if (!isBake && !isSameHistogram(known, tick.baseline)) return known;
  const { judged, open } = pool(
    known.open,
    { ...tick, atSeconds },
    addLatencies,
    (own, other) => own.answered > 0 && (isBake || other.answered > 0),
  );
  let { process, slow } = known;
  if (judged !== null && !isWarmingUp) {
    const margins = latencyMargins(known.settings);
    const capital = { fail: added.fail.step + added.fail.time, pass: added.pass.time };
    if (!isBake) {
      process = advanceLatency(process, judged, margins, capital);
      slow = slow === null ? null : advanceSlowRatio(slow, judged, frame.horizonFraction);
    } else if (known.boundaries !== null)
      process = advanceLatencyAlone(process, judged.candidate, known.boundaries, capital);
  }
  // After the bet, so that a tick is never judged by what it taught.
  if (!isBake) process = learnBaseline(process, tick.baseline, elapsedSeconds);
  slow ??= startSlowRatio(process.past);
  return {
    ...known,
    open,
    process,
    slow,
    candidate: addOrTake(known.candidate, tick.candidate),
    baseline: isBake ? known.baseline : addOrTake(known.baseline, tick.baseline),
    canaryBaseline: isBake ? known.canaryBaseline : addOrTake(known.canaryBaseline, tick.baseline),
    hasFailed: known.hasFailed || logEvidenceOfHarm(process) >= -Math.log(known.alpha),
  };
}

/** Natural logarithms. No evidence of safety at all is minus infinity's place holder `null`, which never passes. */
export function latencyEvidence(state: LatencyState): { harm: number; safety: number | null } {
  const { process, bounds, boundaries, settings } = state;
  if (process === null || bounds === null) return { harm: 0, safety: null };
  return {
    harm: logEvidenceOfHarm(process),
    safety: logEvidenceOfSafety(process, bounds, latencyMargins(settings).pass, boundaries),
  };
}

function withBounds(state: LatencyState, { bounds }: LatencySample): LatencyState {
  if (state.process !== null || bounds.length === 0) return state;
  return { ...state, bounds: [...bounds], process: startLatencyProcess(bounds, state.spending) };
}

function isSameHistogram(state: LatencyState, { bounds }: LatencySample): boolean {
  const known = state.bounds;
  return known?.length === bounds.length && known.every((bound, index) => bound === bounds[index]);
}

function addOrTake(sum: LatencySample | null, sample: LatencySample): LatencySample {
  return sum === null ? sample : addLatencies(sum, sample);
}

function addLatencies(first: LatencySample, second: LatencySample): LatencySample {
  return {
    bounds: first.bounds,
    within: first.within.map((count, index) => count + (second.within[index] ?? 0)),
    answered: first.answered + second.answered,
  };
}
