import type {
  EvidencePoint,
  MetricEvidence,
  RateWithInterval,
} from '../../../policies/judge/rollout-evidence.ts';

/** A point whose every number can be drawn; what cannot be is null. */
export interface DrawnPoint {
  atSeconds: number;
  /** Natural logarithms; an infinity stands for "beyond the picture". */
  worse: number | null;
  fine: number | null;
  candidate: RateWithInterval | null;
  stable: RateWithInterval | null;
}

/** Within thirty years of the beginning: what is beyond was not measured in this rollout. */
export function isDrawnTime(atSeconds: number): boolean {
  return Math.abs(atSeconds) < 1e9;
}

/** The points in the order of time, without what is not a number. */
export function drawnPoints(metric: MetricEvidence): DrawnPoint[] {
  return metric.points
    .filter(({ atSeconds }) => isDrawnTime(atSeconds))
    .map((point) => drawnPoint(point))
    .sort((a, b) => a.atSeconds - b.atSeconds);
}

function drawnPoint(point: EvidencePoint): DrawnPoint {
  const { atSeconds, logEvidenceOfHarm, logEvidenceOfSafety } = point;
  return {
    atSeconds,
    worse: Number.isNaN(logEvidenceOfHarm) ? null : logEvidenceOfHarm,
    fine: Number.isNaN(logEvidenceOfSafety) ? null : logEvidenceOfSafety,
    candidate: drawnRate(point.candidate),
    stable: drawnRate(point.baseline),
  };
}

function drawnRate(rate: RateWithInterval | null): RateWithInterval | null {
  if (rate === null || !Number.isFinite(rate.rate)) return null;
  const low = Number.isFinite(rate.low) ? Math.min(rate.low, rate.rate) : rate.rate;
  const high = Number.isFinite(rate.high) ? Math.max(rate.high, rate.rate) : rate.rate;
  return { rate: drawable(rate.rate), low: drawable(low), high: drawable(high) };
}

/** Within what an axis can be reckoned for; nothing that is measured comes near it. */
function drawable(value: number): number {
  return Math.abs(value) < 1e-15 ? 0 : Math.min(1e15, Math.max(-1e15, value));
}

/** The last value that is there. */
export function lastOf<Value>(values: readonly (Value | null)[]): Value | null {
  return values.findLast((value) => value !== null) ?? null;
}

/** Neighbours without a gap between them. */
export function runsOf<Value>(points: readonly DrawnPoint[], valueOf: (point: DrawnPoint) => Value | null) {
  const runs: { atSeconds: number; value: Value }[][] = [];
  let isOpen = false;
  for (const point of points) {
    const value = valueOf(point);
    if (value !== null) {
      if (!isOpen) runs.push([]);
      runs.at(-1)?.push({ atSeconds: point.atSeconds, value });
    }
    isOpen = value !== null;
  }
  return runs;
}
