/** What one metric says at a moment, in figures and in a sentence. */
import { describeMetric, slowShares } from './describe-metric.ts';
import { eventsEvidence, eventsRatioLimits } from './events-metric.ts';
import { gaugeEvidence } from './gauge-process.ts';
import type { JudgementName, MetricJudgement } from './judgement.ts';
import { latencyEvidence, type LatencyState } from './latency-metric.ts';
import type { MetricState } from './metric-state.ts';
import { slowRatioLimits } from './slow-ratio.ts';
import type { LatencySample } from './tick.ts';

/** `alpha` and `beta` are the rollout's: reported evidence is on their scale, whatever the metric's part is. */
export function judgeMetric(metric: MetricState, alpha: number, beta: number): MetricJudgement {
  const { settings, kind } = metric;
  const { harm, safety } = evidenceOf(metric);
  const trials = trialsOf(metric);
  const ratio = ratioOf(metric);
  return {
    name: settings.name,
    kind,
    isCritical: settings.isCritical,
    judgement: metricJudgement(metric),
    logEvidenceOfHarm: harm + Math.log(metric.alpha / alpha),
    logEvidenceOfSafety: safety === null ? 0 : safety + Math.log(metric.beta / beta),
    candidateTrials: trials.candidate,
    baselineTrials: trials.baseline,
    ...ratesOf(metric),
    ratio,
    isWarning: false,
    summary: describeMetric(metric, ratio),
  };
}

/** What one metric says on its own. */
export function metricJudgement(metric: MetricState): JudgementName {
  const { harm, safety } = evidenceOf(metric);
  const hasFailed = metric.kind === 'gauge' ? harm >= -Math.log(metric.alpha) : metric.hasFailed;
  if (hasFailed) return 'fail';
  if (trialsOf(metric).candidate === 0) return 'no-data';
  return safety !== null && safety >= -Math.log(metric.beta) ? 'pass' : 'inconclusive';
}

function evidenceOf(metric: MetricState): { harm: number; safety: number | null } {
  if (metric.kind === 'latency') return latencyEvidence(metric);
  return metric.kind === 'gauge' ? gaugeEvidence(metric.process) : eventsEvidence(metric);
}

function trialsOf(metric: MetricState): { candidate: number; baseline: number } {
  switch (metric.kind) {
    case 'latency':
      return { candidate: metric.candidate?.answered ?? 0, baseline: metric.baseline?.answered ?? 0 };
    case 'gauge':
      return { candidate: metric.candidateValues.length, baseline: metric.baselineValues.length };
    default:
      return {
        candidate: metric.candidate.trials,
        baseline: (metric.boundaries === null ? metric.baseline : metric.canaryBaseline).trials,
      };
  }
}

function ratioOf(metric: MetricState): MetricJudgement['ratio'] {
  if (metric.kind === 'latency') return slowRatioOf(metric);
  const { candidateRate, baselineRate } = ratesOf(metric);
  const limits = metric.kind === 'gauge' ? { atLeast: null, atMost: null } : eventsRatioLimits(metric);
  const isKnown = candidateRate !== null && baselineRate !== null;
  return { estimate: isKnown ? finite(candidateRate / baselineRate) : null, ...limits };
}

/** Of the shares of slow answers, over the bound that slow-ratio.ts keeps to. */
function slowRatioOf({ slow, candidate, baseline, alpha, beta }: LatencyState): MetricJudgement['ratio'] {
  if (slow === null || candidate === null || baseline === null)
    return { estimate: null, atLeast: null, atMost: null };
  const share = (sample: LatencySample): number =>
    (sample.answered - (sample.within[slow.index] ?? 0)) / sample.answered;
  return { estimate: finite(share(candidate) / share(baseline)), ...slowRatioLimits(slow, { alpha, beta }) };
}

function ratesOf(metric: MetricState): Pick<MetricJudgement, 'candidateRate' | 'baselineRate'> {
  switch (metric.kind) {
    case 'latency':
      return slowShares(metric);
    case 'gauge':
      return { candidateRate: meanOf(metric.candidateValues), baselineRate: meanOf(metric.baselineValues) };
    default: {
      const { candidate, baseline, canaryBaseline, boundaries } = metric;
      const other = boundaries === null ? baseline : canaryBaseline;
      return {
        candidateRate: finite(candidate.events / candidate.trials),
        baselineRate: finite(other.events / other.trials),
      };
    }
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function meanOf(values: readonly number[]): number | null {
  return finite(values.reduce((sum, value) => sum + value, 0) / values.length);
}
