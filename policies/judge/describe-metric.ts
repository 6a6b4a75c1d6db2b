import { eventsObstacle } from './events-metric.ts';
import type { MetricJudgement } from './judgement.ts';
import { exceedancesOf, smoothShare, type Exceedances } from './latency-histogram.ts';
import type { LatencyState } from './latency-metric.ts';
import type { MetricState } from './metric-state.ts';

/**
 * One sentence with figures, for people: "errors 20.1 % of 311 requests, stable 0.2 % of 2,801: 92x, at least 17x". The
 * candidate's figure is since the step began; the stable version's meanwhile, or during the canary when it is the bake.
 */
export function describeMetric(metric: MetricState, ratio: MetricJudgement['ratio']): string {
  if (metric.kind === 'latency') return `${describeLatency(metric)}${describeSlow(metric, ratio)}`;
  const { name } = metric.settings;
  if (metric.kind === 'gauge') {
    const { candidateValues, baselineValues } = metric;
    if (candidateValues.length === 0 || baselineValues.length === 0) return `${name}: nothing was reported`;
    const estimate = ratio.estimate === null ? '' : `, ${formatTimes(ratio.estimate)} stable's`;
    return `${name}: ${metric.process.blocks} half hours compared${estimate}`;
  }
  const obstacle = eventsObstacle(metric);
  if (obstacle !== null) return obstacle;
  const { candidate, boundaries } = metric;
  const baseline = boundaries === null ? metric.baseline : metric.canaryBaseline;
  if (candidate.trials === 0) return `${name}: the candidate has had no request at this step`;
  const own = formatShare(candidate.events, candidate.trials);
  const stable = formatShare(baseline.events, baseline.trials);
  const unit = metric.kind === 'ratio' ? 'requests' : 'exposures';
  const figures = `${name} ${own} of ${formatCount(candidate.trials)} ${unit}, stable ${stable} of ${formatCount(baseline.trials)}`;
  const times = describeRatio(ratio);
  return times === '' ? figures : `${figures}: ${times}`;
}

/** "2.1x, between 1.4x and 3.2x". The limits hold whenever one looks; the estimate is since the step began. */
function describeRatio({ estimate, atLeast, atMost }: MetricJudgement['ratio']): string {
  const limits =
    atLeast !== null && atMost !== null
      ? // A ratio that rose has been at least more than it once was at most.
        atLeast < atMost
        ? `between ${formatTimes(atLeast)} and ${formatTimes(atMost)}`
        : `at least ${formatTimes(atLeast)} by now`
      : atLeast !== null
        ? `at least ${formatTimes(atLeast)}`
        : atMost !== null
          ? `at most ${formatTimes(atMost)}`
          : '';
  return [estimate === null ? '' : formatTimes(estimate), limits].filter((part) => part !== '').join(', ');
}

function describeLatency(metric: LatencyState): string {
  const { name } = metric.settings;
  const told = tellLatency(metric);
  if (metric.bounds === null) return `${name}: no histogram was reported`;
  if (told === null) return `${name}: the candidate has answered nothing at this step`;
  const { bound, own, stable } = told;
  const ownShare = formatShare(own.over, own.answered);
  const stableShare = formatShare(stable.over, stable.answered);
  return `${name} over ${formatSeconds(bound)} in ${ownShare} of ${formatCount(own.answered)} answers, stable ${stableShare} of ${formatCount(stable.answered)}`;
}

/** "; over 250 ms: 2.1x, between 1.4x and 3.2x". */
function describeSlow({ bounds, slow }: LatencyState, ratio: MetricJudgement['ratio']): string {
  const times = describeRatio(ratio);
  if (slow === null || bounds === null || times === '') return '';
  return `; over ${formatSeconds(bounds[slow.index] ?? 0)}: ${times}`;
}

/** The shares of answers over the bound that the sentence names. */
export function slowShares(metric: LatencyState): Pick<MetricJudgement, 'candidateRate' | 'baselineRate'> {
  const told = tellLatency(metric);
  if (told === null) return { candidateRate: null, baselineRate: null };
  const share = ({ over, answered }: Slow): number | null => (answered > 0 ? over / answered : null);
  return { candidateRate: share(told.own), baselineRate: share(told.stable) };
}

interface Slow {
  over: number;
  answered: number;
}

/** Both versions over one bound: where they differ most once harm is shown, else where the stable version is slow. */
function tellLatency(metric: LatencyState): { bound: number; own: Slow; stable: Slow } | null {
  const { bounds, candidate, canaryBaseline, boundaries, hasFailed } = metric;
  if (bounds === null || candidate === null || candidate.answered === 0) return null;
  const baseline = boundaries === null ? metric.baseline : canaryBaseline;
  const own = exceedancesOf(candidate);
  const stable = baseline === null ? { over: bounds.map(() => 0), answered: 0 } : exceedancesOf(baseline);
  const index = hasFailed ? worstBoundIndex(own, stable) : tellingBoundIndex(stable.over, stable.answered);
  return {
    bound: bounds[index] ?? 0,
    own: { over: own.over[index] ?? 0, answered: own.answered },
    stable: { over: stable.over[index] ?? 0, answered: stable.answered },
  };
}

/** The bound at which the two differ most for what the candidate's answers can show. */
function worstBoundIndex(own: Exceedances, stable: Exceedances): number {
  const gains = own.over.map((over, index) => {
    const share = smoothShare(over, own.answered);
    return share * Math.log(share / smoothShare(stable.over[index] ?? 0, stable.answered));
  });
  // Among equals the slowest: it says most.
  return gains.lastIndexOf(Math.max(...gains));
}

/** The first bound that nineteen in twenty of the stable version's answers keep; the last one when none does. */
function tellingBoundIndex(over: readonly number[], answered: number): number {
  const index = over.findIndex((count) => count <= answered / 20);
  return index === -1 ? over.length - 1 : index;
}

/** A share in percent, with as many decimals as make it tell something. */
function formatShare(part: number, whole: number): string {
  if (whole === 0) return '(nothing)';
  const inHundred = (100 * part) / whole;
  const isSmall = inHundred > 0 && inHundred < 0.095;
  return `${inHundred.toFixed(isSmall ? 3 : 1)} %`;
}

function formatTimes(ratio: number): string {
  if (ratio === 0) return '0x';
  return `${ratio >= 9.95 ? ratio.toFixed(0) : ratio.toFixed(ratio < 0.995 ? 2 : 1)}x`;
}

function formatSeconds(seconds: number): string {
  return seconds < 1
    ? `${Number((seconds * 1000).toPrecision(3))} ms`
    : `${Number(seconds.toPrecision(3))} s`;
}

function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}
