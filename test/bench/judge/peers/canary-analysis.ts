/**
 * Automated canary analysis in the manner of Kayenta: one point every two minutes and version (errors in percent, or the
 * 99th percentile in milliseconds), and every `lookSeconds` a verdict on all points since the start (mann-whitney.ts,
 * 98 %). High rolls back. Points that could not be read are left out.
 */
import type { Procedure, RunningProcedure, Setup, VersionTick } from '../procedure.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { isHigh } from './mann-whitney.ts';
import { passAtTheEnd } from './running-totals.ts';

/**
 * At five requests a second and one error in a thousand, a minute of the candidate's is mostly without errors, and ties
 * then hide a change for good; with longer points the first look at ten minutes has too few of them.
 */
const pointSeconds = 120;
const confidence = 0.98;
const fewestPoints = 5;

export function canaryAnalysis(lookSeconds: number): Procedure {
  return {
    name: `Mann-Whitney ${lookSeconds / 60} min`,
    metrics: ['ratio', 'latency'],
    start: (setup) => startAnalysis(setup, lookSeconds),
  };
}

function startAnalysis({ metric, horizonSeconds }: Setup, lookSeconds: number): RunningProcedure {
  const points = { candidate: new Array<number>(), baseline: new Array<number>() };
  let open = { candidate: startPoint(), baseline: startPoint() };
  let pointEnds = pointSeconds;
  let nextLook = lookSeconds;
  return {
    tick({ atSeconds, candidate, baseline }) {
      if (candidate !== null) addToPoint(open.candidate, candidate);
      if (baseline !== null) addToPoint(open.baseline, baseline);
      if (atSeconds >= pointEnds) {
        insertPoint(points.candidate, pointOf(open.candidate, metric));
        insertPoint(points.baseline, pointOf(open.baseline, metric));
        open = { candidate: startPoint(), baseline: startPoint() };
        pointEnds += pointSeconds;
      }
      const ended = passAtTheEnd(atSeconds, horizonSeconds);
      if (atSeconds < nextLook) return ended;
      nextLook += lookSeconds;
      if (Math.min(points.candidate.length, points.baseline.length) < fewestPoints) return ended;
      return isHigh(points.candidate, points.baseline, confidence) ? 'fail' : ended;
    },
  };
}

interface OpenPoint {
  requests: number;
  errors: number;
  le: readonly number[];
  counts: number[];
}

function startPoint(): OpenPoint {
  return { requests: 0, errors: 0, le: [], counts: [] };
}

function addToPoint(open: OpenPoint, { requests, errors, latency }: VersionTick): void {
  open.requests += requests;
  open.errors += errors;
  if (latency === undefined) return;
  open.le = latency.le;
  open.counts = latency.counts.map((count, index) => count + (open.counts[index] ?? 0));
}

function pointOf({ requests, errors, le, counts }: OpenPoint, metric: Setup['metric']): number | null {
  if (requests === 0) return null;
  if (metric === 'ratio') return (100 * errors) / requests;
  const seconds = histogramQuantile(0.99, le, counts, requests);
  return seconds === null ? null : seconds * 1000;
}

/** Keeps the points in order, so that a look needs no sorting. */
function insertPoint(points: number[], value: number | null): void {
  if (value === null) return;
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  points.splice(low, 0, value);
}
