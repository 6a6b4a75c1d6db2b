/** Whether the samples of a window are all there, and are what they are said to be. */
import type { RawSeries } from './read-samples.ts';
import type { VersionLabel } from './selector-text.ts';
import { coverageOf, samplesIn, type Targets, type Window } from './window-increase.ts';

/** Why there are no figures. `isLost`: nor will there be for this window, however much longer it becomes. */
export interface Gap {
  problem: string;
  isLost: boolean;
}

export interface SampleRules {
  version: VersionLabel;
  scrapeSeconds: number;
  minimumCoverage: number;
}

/** One version's series, and what they are read by. */
export interface Look {
  window: Window;
  targets: Targets;
  rules: SampleRules;
}

/**
 * Why the window cannot be counted; null where it can. A scrape that was missed is made up for by a longer window, up to
 * the one in which it is a share that may be missing. Errors may begin inside the window, and so may gauges.
 */
export function describeGap(
  series: readonly RawSeries[],
  { window, targets, rules }: Look,
  what: 'counter' | 'may-begin' | 'gauge' = 'counter',
): Gap | null {
  if (series.length === 0) return lost('no sample');
  const { scrapeSeconds, minimumCoverage } = rules;
  if (what !== 'gauge' && !series.every((own) => isCounter(own, window)))
    return lost('a sample is infinite or below zero, which no counter is');
  const coverages = series.flatMap((own) => coverageOf(own, targets, window, scrapeSeconds) ?? []);
  if (coverages.length === 0)
    return what === 'counter' ? lost('no sample at the beginning of the window') : null;
  const least = Math.min(...coverages);
  if (least >= minimumCoverage) return null;
  const scrapes = (window.toSeconds - window.fromSeconds) / scrapeSeconds;
  // One scrape of these may be missing, and more than one is; the last digits of a float do not count.
  const isLost = scrapes * (1 - minimumCoverage) > 1 - 1e-9;
  const [seen, needed] = [least, minimumCoverage].map((share) => Math.round(share * 100));
  return { problem: `only ${seen} % of the scrapes have a sample, ${needed} % are needed`, isLost };
}

function isCounter(series: RawSeries, window: Window): boolean {
  const { base, inside } = samplesIn(series, window);
  return [base ?? 0, ...inside].every((value) => Number.isFinite(value) && value >= 0);
}

export function lost(problem: string): Gap {
  return { problem, isLost: true };
}
