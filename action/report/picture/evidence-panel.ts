import { formatOdds, spokenOdds } from './figures.ts';
import { element } from './markup.ts';
import { drawnLine, frame, panelGround, panelKey, thresholdClass, type KeyEntry } from './panel.ts';
import { linearScale, type Scale } from './scales.ts';
import { lastOf, runsOf, type DrawnPoint } from './series.ts';

/** Where the evidence is decided on. */
export interface Thresholds {
  /** log(1/alpha) and log(1/beta). */
  worse: number;
  fine: number;
  isCritical: boolean;
}

const sides = ['fine', 'worse'] as const;
type Side = (typeof sides)[number];

/**
 * The evidence for "worse" and for "fine" as odds, each factor of ten as high as the next, with the two lines at which
 * they decide. Below 1 : 10 nothing is told apart, and above the lines there is about one more factor of ten.
 */
export function evidencePanel(
  points: readonly DrawnPoint[],
  thresholds: Thresholds,
  time: Scale,
  top: number,
): string {
  const lowest = -1;
  const highest = Math.ceil(Math.max(thresholds.worse, thresholds.fine) / Math.LN10 + 0.5);
  const scale = linearScale(lowest * Math.LN10, highest * Math.LN10, top + frame.panelHeight, top);
  const lines: string[] = [];
  const key: KeyEntry[] = [];
  for (const side of sides) {
    for (const run of runsOf(points, (point) => point[side])) {
      const places = run.map(({ atSeconds, value }) => ({
        x: time.toPixels(atSeconds),
        y: scale.toPixels(value),
      }));
      lines.push(drawnLine(places, side));
    }
    const last = lastOf(points.map((point) => point[side])) ?? -Infinity;
    key.push({ text: `“${side}” ${spokenOdds(last)}`, y: scale.toPixels(last), style: side });
    key.push({
      text: nameOfThreshold(side, thresholds, points),
      y: scale.toPixels(thresholds[side]),
      style: side,
      isThreshold: true,
    });
  }
  return [
    panelGround(top, scale, oddsTicks(lowest, highest, points)),
    ...sides.map((side) => thresholdLine(side, scale.toPixels(thresholds[side]))),
    ...lines,
    ...sides.map((side) => crossing(points, side, thresholds[side], time, scale)),
    panelKey(key, top),
  ].join('');
}

/** Factors of ten from the top down, so that the highest is among them: what lies beyond is drawn there, and it says so. */
function oddsTicks(lowest: number, highest: number, points: readonly DrawnPoint[]) {
  const values = points.flatMap((point) => sides.map((side) => point[side] ?? 0));
  const isBeyond = values.some((value) => value > highest * Math.LN10);
  const isBelow = values.some((value) => value < lowest * Math.LN10);
  const step = Math.ceil((highest - lowest) / 6);
  const ticks: { value: number; text: string }[] = [];
  for (let decade = highest; decade >= lowest; decade -= step) {
    const value = decade * Math.LN10;
    const suffix =
      decade === highest && isBeyond ? ' or more' : decade === lowest && isBelow ? ' or less' : '';
    ticks.push({ value, text: `${formatOdds(value)}${suffix}` });
  }
  return ticks;
}

function nameOfThreshold(side: Side, thresholds: Thresholds, points: readonly DrawnPoint[]): string {
  const odds = formatOdds(thresholds[side]);
  const hasCrossed = firstCrossing(points, side, thresholds[side]) !== null;
  if (side === 'fine') return `${hasCrossed ? 'fine from here:' : 'fine from'} ${odds}`;
  // Evidence against a metric that is not critical never rolls back.
  if (!thresholds.isCritical) return `${hasCrossed ? 'warned here:' : 'warns at'} ${odds}`;
  return `${hasCrossed ? 'rolled back here:' : 'rolls back at'} ${odds}`;
}

function thresholdLine(side: Side, y: number): string {
  const { plotLeft, plotRight } = frame;
  return element('path', {
    d: `M${plotLeft} ${Math.round(y * 10) / 10}H${plotRight}`,
    class: thresholdClass(side),
    // Where both lie at the same height, the dots of one stand in the gaps of the other.
    'stroke-dashoffset': side === 'worse' ? 0 : 2.5,
  });
}

function firstCrossing(points: readonly DrawnPoint[], side: Side, threshold: number): DrawnPoint | null {
  return points.find((point) => (point[side] ?? -Infinity) >= threshold) ?? null;
}

/** A ring where a line first reaches its threshold. */
function crossing(
  points: readonly DrawnPoint[],
  side: Side,
  threshold: number,
  time: Scale,
  scale: Scale,
): string {
  const point = firstCrossing(points, side, threshold);
  if (point === null) return '';
  return element('circle', {
    cx: time.toPixels(point.atSeconds),
    cy: scale.toPixels(threshold),
    r: 4.5,
    class: `evk-line evk-${side}-stroke evk-ring`,
  });
}
