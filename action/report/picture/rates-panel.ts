import type { MetricEvidence, RateWithInterval } from '../../../policies/judge/rollout-evidence.ts';
import { formatFigure } from './figures.ts';
import { element, pathThrough } from './markup.ts';
import { drawnLine, frame, panelGround, panelKey, type KeyEntry } from './panel.ts';
import { figureAxis, linearScale, type FigureAxis, type Scale } from './scales.ts';
import { lastOf, runsOf, type DrawnPoint } from './series.ts';

/** What the figures of a metric are. */
export const figureNames: Readonly<Record<MetricEvidence['kind'], string>> = {
  ratio: 'Share of requests that went wrong',
  latency: 'Share of answers that were too slow',
  rate: 'Events a second',
  gauge: 'Mean of the instances',
};

const versions = ['stable', 'candidate'] as const;

/** The two versions' figures over time, each with its interval as a band. */
export function ratesPanel(
  kind: MetricEvidence['kind'],
  points: readonly DrawnPoint[],
  time: Scale,
  top: number,
): string {
  const axis = ratesAxis(kind, points);
  const scale = linearScale(axis.from, axis.to, top + frame.panelHeight, top);
  const bands: string[] = [];
  const lines: string[] = [];
  const key: KeyEntry[] = [];
  for (const version of versions) {
    for (const run of runsOf(points, (point) => point[version])) {
      bands.push(band(run, version, time, scale));
      const places = run.map(({ atSeconds, value }) => ({
        x: time.toPixels(atSeconds),
        y: scale.toPixels(value.rate),
      }));
      lines.push(drawnLine(places, version));
    }
    const last = lastOf(points.map((point) => point[version]));
    const text = `${version} ${last === null ? 'not seen' : formatFigure(kind, last.rate)}`;
    key.push({ text, y: scale.toPixels(last?.rate ?? axis.from), style: version });
  }
  return [panelGround(top, scale, axis.ticks), ...bands, ...lines, panelKey(key, top)].join('');
}

/** The highest figure of a version, where it lies beyond the axis; null where none does. */
export function cutFigure(kind: MetricEvidence['kind'], points: readonly DrawnPoint[]): number | null {
  const highest = Math.max(...ratesIn(points).map(({ rate }) => rate));
  return highest > ratesAxis(kind, points).to ? highest : null;
}

function band(
  run: readonly { atSeconds: number; value: RateWithInterval }[],
  version: 'candidate' | 'stable',
  time: Scale,
  scale: Scale,
): string {
  const edge = (which: 'low' | 'high') =>
    run.map(({ atSeconds, value }) => ({ x: time.toPixels(atSeconds), y: scale.toPixels(value[which]) }));
  const outline = [...edge('high'), ...edge('low').toReversed()];
  // A band of one moment has no width.
  return run.length === 1
    ? element('path', { d: pathThrough(outline), class: `evk-bar evk-${version}-stroke` })
    : element('path', { d: `${pathThrough(outline)}Z`, class: `evk-band evk-${version}` });
}

function ratesIn(points: readonly DrawnPoint[]): RateWithInterval[] {
  return points.flatMap(({ candidate, stable }) => [candidate, stable]).filter((rate) => rate !== null);
}

/**
 * From zero, except for a gauge whose values are all far from it. The first requests of a step have intervals that reach
 * from nothing to everything, and would flatten all that comes after: the axis holds the middle of the intervals, the
 * usual figures and the last ones, and what is beyond is cut.
 */
export function ratesAxis(kind: MetricEvidence['kind'], points: readonly DrawnPoint[]): FigureAxis {
  const rates = ratesIn(points);
  const latest = versions
    .map((version) => lastOf(points.map((point) => point[version])))
    .filter((rate) => rate !== null);
  const wanted = [
    quantile(
      rates.map(({ rate }) => rate),
      0.97,
    ),
    quantile(
      rates.map(({ high }) => high),
      0.6,
    ),
    ...latest.map(({ rate, high }) => Math.min(high, rate * 3)),
    ...latest.map(({ rate }) => rate),
  ];
  const high = Math.max(...wanted);
  if (kind !== 'gauge' || rates.length === 0) return figureAxis(kind, 0, high);
  const least = Math.min(...rates.map(({ low }) => low));
  return figureAxis(kind, least > high / 2 ? least : Math.min(0, least), high);
}

/** The value at a share of the sorted ones; zero where there is none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
