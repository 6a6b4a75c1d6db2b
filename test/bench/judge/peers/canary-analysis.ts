/**
 * Automated canary analysis in the manner of Kayenta: one point a minute and version (errors in percent, or the 99th
 * percentile in milliseconds), and every `lookSeconds` a verdict on all points since the start (mann-whitney.ts, 98 %).
 * High rolls back. Points that could not be read are left out.
 */
import type { Procedure, RunningProcedure, Setup, VersionTick } from '../procedure.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { isHigh } from './mann-whitney.ts';
import { passAtTheEnd } from './running-totals.ts';

const pointSeconds = 60;
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
  let minute = { candidate: startMinute(), baseline: startMinute() };
  let minuteEnds = pointSeconds;
  let nextLook = lookSeconds;
  return {
    tick({ atSeconds, candidate, baseline }) {
      if (candidate !== null) addToMinute(minute.candidate, candidate);
      if (baseline !== null) addToMinute(minute.baseline, baseline);
      if (atSeconds >= minuteEnds) {
        insertPoint(points.candidate, pointOf(minute.candidate, metric));
        insertPoint(points.baseline, pointOf(minute.baseline, metric));
        minute = { candidate: startMinute(), baseline: startMinute() };
        minuteEnds += pointSeconds;
      }
      const ended = passAtTheEnd(atSeconds, horizonSeconds);
      if (atSeconds < nextLook) return ended;
      nextLook += lookSeconds;
      if (Math.min(points.candidate.length, points.baseline.length) < fewestPoints) return ended;
      return isHigh(points.candidate, points.baseline, confidence) ? 'fail' : ended;
    },
  };
}

interface Minute {
  requests: number;
  errors: number;
  le: readonly number[];
  counts: number[];
}

function startMinute(): Minute {
  return { requests: 0, errors: 0, le: [], counts: [] };
}

function addToMinute(minute: Minute, { requests, errors, latency }: VersionTick): void {
  minute.requests += requests;
  minute.errors += errors;
  if (latency === undefined) return;
  minute.le = latency.le;
  minute.counts = latency.counts.map((count, index) => count + (minute.counts[index] ?? 0));
}

function pointOf({ requests, errors, le, counts }: Minute, metric: Setup['metric']): number | null {
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
