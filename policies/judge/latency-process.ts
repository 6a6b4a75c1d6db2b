/**
 * Harm and harmlessness in latency: exceedances over every histogram bound, through procedure A' (exceedance-increment.ts).
 *
 * Fail. Null: at every bound the candidate's share of slower answers is within the margin (latency-histogram.ts). One
 * mixture (mixture.ts) over bounds and alternatives, so one capital and one promise: a harmless candidate reaches
 * log(1/alpha) in at most a share alpha of rollouts. What one tick can add is capped, since a pause (garbage collection, a
 * busy core) makes a burst of late answers that are not independent: no single tick convicts, three in a row can. The cap
 * only lowers e-values, so the promise stands; that bursts on one version alone break independence stands too.
 *
 * Pass. Harmful means beyond a wider margin at *some* bound at every tick; so evidence against that is needed at *each*
 * bound, and the weakest bound counts. No correction for the number of bounds is due: a false pass needs a false answer at
 * the very bound that is harmful, which happens in at most a share beta of steps. A bound that the margin makes harmless
 * whatever happens there (nearly every answer may exceed it) is left out.
 *
 * Alternatives and margins come from the baseline's past, faded over about a minute, never from the tick they judge.
 */
import { exceedanceIncrement, multiplyOdds } from './exceedance-increment.ts';
import { fixedBaselineIncrement, lowerRateBound, upperRateBound } from './fixed-baseline.ts';
import {
  exceedancesOf,
  interpolateOver,
  marginAtBound,
  smoothShare,
  withoutMargin,
  type Exceedances,
  type LatencyMargin,
} from './latency-histogram.ts';
import { advanceMixture, logEvidence, startMixture, type Spending } from './mixture.ts';
import { failSpending } from './fail-process.ts';
import { passSpending } from './pass-process.ts';
import type { LatencySample } from './tick.ts';

export interface LatencyProcess {
  past: Exceedances;
  /** Bound by bound, one cell for each of `failOdds`. */
  failCells: number[];
  /** Each bound has a capital of its own, over `passBlends`. */
  passCells: number[][];
}

/** What the candidate's share is measured against once no stable traffic is left: per bound, a rate. */
export interface LatencyBoundaries {
  harmless: number[];
  harmful: number[];
}

export interface LatencyMargins {
  fail: LatencyMargin;
  pass: LatencyMargin;
}

/** Odds of a late answer, in multiples of what the margin allows. */
const failOdds: readonly number[] = [1.2, 1.6, 3, 10, 60];
/** Where between the baseline's share (0) and the margin (1) the candidate may lie. */
const passBlends: readonly number[] = [0, 0.5];
const passWeights: readonly number[] = [0.6, 0.4];
const failCapPerTick = 3;
const fadeSeconds = 60;
/** Fewer answers of the baseline than this say nothing about its shares. */
const minPastAnswers = 20;
/** A margin above this leaves nothing to violate. */
const vacuousRate = 0.98;

export function startLatencyProcess(
  bounds: readonly number[],
  spending: Spending = failSpending.undeclared,
): LatencyProcess {
  return {
    past: { over: bounds.map(() => 0), answered: 0 },
    failCells: startMixture(failWeightsOf(bounds), spending.start),
    passCells: startPassCells(bounds),
  };
}

/** A new step earns its own pass; evidence of harm and the baseline's past stay. */
export function restartLatencyPass(process: LatencyProcess, bounds: readonly number[]): LatencyProcess {
  return { ...process, passCells: startPassCells(bounds) };
}

/** The baseline's answers join the past, which fades with the seconds since the last time. */
export function learnBaseline(
  process: LatencyProcess,
  baseline: LatencySample,
  elapsedSeconds: number,
): LatencyProcess {
  const kept = Math.exp(-Math.max(0, elapsedSeconds) / fadeSeconds);
  const { over, answered } = exceedancesOf(baseline);
  const { past } = process;
  return {
    ...process,
    past: {
      over: past.over.map((count, index) => count * kept + (over[index] ?? 0)),
      answered: past.answered * kept + answered,
    },
  };
}

/** One tick beside live stable traffic. `added`: the capital that enters the fail and the pass side. */
export function advanceLatency(
  process: LatencyProcess,
  tick: { candidate: LatencySample; baseline: LatencySample },
  margins: LatencyMargins,
  added: { fail: number; pass: number },
): LatencyProcess {
  const { past } = process;
  const { bounds } = tick.candidate;
  if (past.answered < minPastAnswers) return process;
  const candidate = exceedancesOf(tick.candidate);
  const baseline = exceedancesOf(tick.baseline);
  const failIncrements: number[] = [];
  const passCells = process.passCells.map((cells, index) => {
    const counts = {
      candidateEvents: candidate.over[index] ?? 0,
      candidateTrials: candidate.answered,
      baselineEvents: baseline.over[index] ?? 0,
      baselineTrials: baseline.answered,
    };
    const share = smoothShare(past.over[index] ?? 0, past.answered);
    const harmless = marginAtBound(past, bounds, index, margins.fail);
    const harmlessRate = harmless.ratio * share + harmless.slack;
    for (const odds of failOdds) {
      const alternative = { candidate: multiplyOdds(harmlessRate, odds), baseline: share };
      failIncrements.push(harmlessRate < 1 ? exceedanceIncrement(counts, harmless, alternative) : 0);
    }
    const harmful = marginAtBound(past, bounds, index, margins.pass);
    const harmfulRate = harmful.ratio * share + harmful.slack;
    const passIncrements = passBlends.map((blend) => {
      const alternative = { candidate: share + blend * (harmfulRate - share), baseline: share };
      return harmfulRate < vacuousRate ? exceedanceIncrement(counts, harmful, alternative) : 0;
    });
    return advanceMixture(cells, passWeights, added.pass, passIncrements);
  });
  const failCells = advanceMixture(
    process.failCells,
    failWeightsOf(bounds),
    added.fail,
    failIncrements,
    failCapPerTick,
  );
  return { past, failCells, passCells };
}

/** One tick of the bake, against fixed boundaries. */
export function advanceLatencyAlone(
  process: LatencyProcess,
  candidate: LatencySample,
  boundaries: LatencyBoundaries,
  added: { fail: number; pass: number },
): LatencyProcess {
  const { over, answered } = exceedancesOf(candidate);
  const { bounds } = candidate;
  const failIncrements: number[] = [];
  const passCells = process.passCells.map((cells, index) => {
    const events = over[index] ?? 0;
    const harmless = boundaries.harmless[index] ?? 1;
    for (const odds of failOdds) {
      failIncrements.push(fixedBaselineIncrement(events, answered, harmless, multiplyOdds(harmless, odds)));
    }
    const harmful = boundaries.harmful[index] ?? 0;
    const share = Math.min(harmful, smoothShare(process.past.over[index] ?? 0, process.past.answered));
    const passIncrements = passBlends.map((blend) =>
      harmful < vacuousRate
        ? fixedBaselineIncrement(events, answered, harmful, share + blend * (harmful - share))
        : 0,
    );
    return advanceMixture(cells, passWeights, added.pass, passIncrements);
  });
  const weights = failWeightsOf(bounds);
  const failCells = advanceMixture(process.failCells, weights, added.fail, failIncrements, failCapPerTick);
  return { past: process.past, failCells, passCells };
}

/**
 * The boundaries for the bake, from all the stable version answered during the canary. Each side's bounds hold at all
 * histogram bounds at once except with its error rate.
 */
export function fixBoundaries(
  baseline: LatencySample,
  margins: LatencyMargins,
  errorRates: { fail: number; pass: number },
): LatencyBoundaries {
  const exceedances = exceedancesOf(baseline);
  const { answered } = exceedances;
  const { bounds } = baseline;
  const overAt = (bound: number, margin: LatencyMargin): number =>
    interpolateOver(exceedances, bounds, withoutMargin(bound, margin));
  return {
    harmless: bounds.map((bound) => {
      const rate = upperRateBound(overAt(bound, margins.fail), answered, errorRates.fail / bounds.length);
      return Math.min(1, rate + margins.fail.slack);
    }),
    harmful: bounds.map((bound) => {
      // A false pass needs a mistake at the one bound that is harmful, so nothing is split here.
      const rate = lowerRateBound(overAt(bound, margins.pass), answered, errorRates.pass);
      return Math.min(1, rate + margins.pass.slack);
    }),
  };
}

/** Natural logarithm; alarms at log(1/alpha). */
export function logEvidenceOfHarm(process: LatencyProcess): number {
  return logEvidence(process.failCells);
}

/** Natural logarithm at the weakest bound that matters; null while none does, which is no evidence at all. */
export function logEvidenceOfSafety(
  process: LatencyProcess,
  bounds: readonly number[],
  margin: LatencyMargin,
  boundaries: LatencyBoundaries | null,
): number | null {
  const { past } = process;
  if (past.answered < minPastAnswers) return null;
  const mattering = process.passCells.filter((_, index) => {
    if (boundaries !== null) return (boundaries.harmful[index] ?? 1) < vacuousRate;
    const { ratio, slack } = marginAtBound(past, bounds, index, margin);
    return ratio * smoothShare(past.over[index] ?? 0, past.answered) + slack < vacuousRate;
  });
  return mattering.length === 0 ? null : Math.min(...mattering.map(logEvidence));
}

function failWeightsOf(bounds: readonly number[]): number[] {
  const weight = 1 / (bounds.length * failOdds.length);
  return bounds.flatMap(() => failOdds.map(() => weight));
}

function startPassCells(bounds: readonly number[]): number[][] {
  return bounds.map(() => startMixture(passWeights, passSpending.start));
}
