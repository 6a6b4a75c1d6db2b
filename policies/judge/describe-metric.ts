import type { VersionCounters } from './judgement.ts';
import { exceedancesOf } from './latency-process.ts';
import { smoothShare, type Exceedances } from './latency-histogram.ts';
import type { MetricState } from './metric-state.ts';

/**
 * One sentence with figures, for people: "errors 20.1 % of 311 requests, stable 0.2 % of 2,801". `candidate` is what it
 * did since the step began; `baseline` what the stable version did meanwhile, or during the canary when it is the bake.
 */
export function describeMetric(
  metric: MetricState,
  candidate: VersionCounters,
  baseline: VersionCounters,
): string {
  if (metric.name === 'errors') {
    if (candidate.requests === 0) return 'errors: the candidate has had no request at this step';
    const own = formatShare(Math.min(candidate.errors, candidate.requests), candidate.requests);
    const stable = formatShare(Math.min(baseline.errors, baseline.requests), baseline.requests);
    return `errors ${own} of ${formatCount(candidate.requests)} requests, stable ${stable} of ${formatCount(baseline.requests)}`;
  }
  return describeLatency(metric, candidate, baseline);
}

function describeLatency(
  metric: Extract<MetricState, { name: 'latency' }>,
  candidate: VersionCounters,
  baseline: VersionCounters,
): string {
  const own = exceedancesOf(candidate);
  const stable = exceedancesOf(baseline);
  const { boundsMs } = candidate.latency;
  if (boundsMs.length === 0) return 'latency: the router reports no latency';
  if (own.answered === 0) return 'latency: the candidate has answered nothing at this step';
  const index = metric.hasFailed
    ? worstBoundIndex(own, stable)
    : tellingBoundIndex(stable.over, stable.answered);
  const ownShare = formatShare(own.over[index] ?? 0, own.answered);
  const stableShare = formatShare(stable.over[index] ?? 0, stable.answered);
  return `latency over ${boundsMs[index] ?? 0} ms in ${ownShare} of ${formatCount(own.answered)} answers, stable ${stableShare} of ${formatCount(stable.answered)}`;
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

function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}
