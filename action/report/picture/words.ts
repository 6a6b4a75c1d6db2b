import type { MetricEvidence, RolloutEvidence } from '../../../policies/judge/rollout-evidence.ts';
import { drawnPoints, isDrawnTime, lastOf } from './series.ts';
import { formatDuration, formatFigure, formatOdds, spokenOdds, thresholdOf } from './figures.ts';
import { visibleText } from './markup.ts';

type JudgementName = RolloutEvidence['judgement'];

/** A judgement in the words of somebody who does not know statistics. */
export const judgementWords: Readonly<Record<JudgementName, string>> = {
  pass: 'fine',
  fail: 'worse',
  inconclusive: 'not decided',
  'no-data': 'no data',
};

const headlines: Readonly<Record<JudgementName, string>> = {
  pass: 'the new version is fine',
  fail: 'the new version is worse',
  inconclusive: 'not decided',
  'no-data': 'not decided, for want of data',
};

/** "shop: the new version is worse". */
export function headlineOf({ service, judgement }: RolloutEvidence): string {
  return `${visibleText(service)}: ${headlines[judgement]}`;
}

/** The picture in one sentence, and what its evidence is worth in another. */
export function howToRead(evidence: RolloutEvidence): string {
  return `How to read this: above, what was measured; below, how strongly it speaks. ${promiseOf(evidence)}`;
}

/**
 * What alpha promises, without the word: a candidate that is not worse reaches evidence of 1/alpha in a share alpha of
 * rollouts at most, however often one looks.
 */
export function promiseOf({ alpha }: RolloutEvidence): string {
  const odds = formatOdds(thresholdOf(alpha));
  const rollouts = odds.replace(/ : 1$/, '');
  return `A version that is not worse reaches ${odds.replaceAll(' ', '\u00a0')} for “worse” in at most 1 of ${rollouts} rollouts.`;
}

/** All that the picture shows, for those who do not see it. */
export function describeEvidence(evidence: RolloutEvidence): string {
  const marks = evidence.marks
    .filter(({ atSeconds }) => isDrawnTime(atSeconds))
    .map(({ atSeconds, label }) => `${visibleText(label)} after ${formatDuration(atSeconds)}`);
  return [
    `${headlineOf(evidence)}. ${visibleText(evidence.message)}`,
    `Candidate ${visibleText(evidence.candidate)}, stable ${visibleText(evidence.stable)}, rollout ${visibleText(evidence.rollout)}.`,
    ...evidence.metrics.map((metric) => describeMetricEvidence(metric)),
    ...(marks.length === 0 ? [] : [`Steps: ${marks.join('; ')}.`]),
  ].join(' ');
}

function describeMetricEvidence(metric: MetricEvidence): string {
  const head = `${visibleText(metric.name)}: ${judgementWords[metric.judgement]}.`;
  const points = drawnPoints(metric);
  if (points.length === 0) return `${head} Nothing was seen.`;
  const figure = (version: 'candidate' | 'stable'): string => {
    const last = lastOf(points.map((point) => point[version]));
    return last === null ? 'not seen' : formatFigure(metric.kind, last.rate);
  };
  const odds = (side: 'worse' | 'fine'): string =>
    spokenOdds(lastOf(points.map((point) => point[side])) ?? -Infinity);
  return `${head} Candidate ${figure('candidate')}, stable ${figure('stable')}; the data say worse ${odds('worse')}, fine ${odds('fine')}.`;
}
