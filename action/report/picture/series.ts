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

/** The points in the order of time, without what is not a number. */
export function drawnPoints(metric: MetricEvidence): DrawnPoint[] {
  return metric.points
    .filter(({ atSeconds }) => Number.isFinite(atSeconds))
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
  return { rate: rate.rate, low, high };
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
