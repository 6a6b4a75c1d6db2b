import type { MetricEvidence } from '../../../policies/judge/rollout-evidence.ts';
import { formatNumber, trimmed } from './figures.ts';

/** A straight scale from values to pixels. What lies outside is drawn at the edge, so nothing leaves its panel. */
export interface Scale {
  from: number;
  to: number;
  toPixels: (value: number) => number;
}

interface Tick {
  value: number;
  text: string;
}

/** `pixelsFrom` belongs to `from`; an empty range is widened, so that one value has a place. */
export function linearScale(from: number, to: number, pixelsFrom: number, pixelsTo: number): Scale {
  const end = to > from ? to : from + 1;
  return {
    from,
    to: end,
    toPixels: (value) => {
      const share = Math.min(1, Math.max(0, (value - from) / (end - from)));
      return pixelsFrom + share * (pixelsTo - pixelsFrom);
    },
  };
}

/** A round step that cuts `range` into about `pieces`. */
function roundStep(range: number, pieces: number): number {
  const rough = range / pieces;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}

/** The values of an axis for figures, and how far it goes. */
export interface FigureAxis {
  from: number;
  to: number;
  ticks: Tick[];
}

/** An axis over at least `low` to `high`, at whose ends round values stand. */
export function figureAxis(kind: MetricEvidence['kind'], low: number, high: number): FigureAxis {
  const isShare = kind === 'ratio' || kind === 'latency';
  // A range that is lost beside its place has no ticks that could be told apart.
  const isWide = high - low > Math.abs(low) * 1e-6;
  const top = isWide ? high : low + (isShare ? 0.01 : Math.max(1, Math.abs(low) / 10));
  const step = roundStep(top - low, 4);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(top / step - 1e-9);
  const ticks: Tick[] = [];
  for (let index = first; index <= last; index += 1) {
    const value = index * step;
    const decimals = Math.max(0, Math.min(9, -Math.floor(Math.log10(step * (isShare ? 100 : 1)) + 1e-9)));
    const text = isShare
      ? `${trimmed(value * 100, decimals)} %`
      : Math.abs(value) >= 1e6
        ? formatNumber(value)
        : trimmed(value, decimals);
    ticks.push({ value, text });
  }
  return { from: first * step, to: last * step, ticks };
}

/** Steps that people count time in. */
const timeUnits = [
  { unit: 's', seconds: 1, steps: [1, 2, 5, 10, 15] },
  { unit: 'min', seconds: 60, steps: [1, 2, 5, 10, 15, 30] },
  { unit: 'h', seconds: 3600, steps: [1, 2, 3, 6] },
  { unit: 'd', seconds: 86_400, steps: [1, 2, 5, 10, 20, 50, 100] },
] as const;
const maxTimeTicks = 8;

/** Ticks of an axis of seconds since the rollout began, all in one unit. */
export function timeTicks(from: number, to: number): Tick[] {
  for (const { unit, seconds, steps } of timeUnits) {
    const step = steps.find((candidate) => (to - from) / (candidate * seconds) <= maxTimeTicks);
    if (step === undefined) continue;
    const ticks: Tick[] = [];
    for (let index = Math.ceil(from / (step * seconds)); index * step * seconds <= to; index += 1)
      ticks.push({ value: index * step * seconds, text: `${trimmed(index * step, 0)} ${unit}` });
    return ticks;
  }
  // Longer than any rollout: its two ends.
  return [from, to].map((value) => ({ value, text: `${trimmed(value / 86_400, 0)} d` }));
}
