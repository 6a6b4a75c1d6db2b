/** One metric of any kind: the kinds' own files do the work, this one chooses among them. */
import {
  advanceEvents,
  fixEventsBaseline,
  learnEvents,
  restartEventsPass,
  startEvents,
  type EventsState,
  type TickFrame,
} from './events-metric.ts';
import { advanceGauge, startGaugeProcess, type GaugeProcess } from './gauge-process.ts';
import {
  advanceLatencyMetric,
  fixLatencyBaseline,
  learnLatency,
  restartLatency,
  startLatency,
  type LatencyState,
} from './latency-metric.ts';
import type { MetricParts, MetricSettings } from './metric-settings.ts';
import { capitalToAdd, noCapital } from './mixture.ts';
import { passSpending } from './pass-process.ts';
import type { Tick, VersionSample } from './tick.ts';

/** Plain JSON. */
export interface GaugeState extends MetricParts {
  kind: 'gauge';
  settings: MetricSettings;
  process: GaugeProcess;
  candidateValues: readonly number[];
  baselineValues: readonly number[];
}

export type MetricState = EventsState | LatencyState | GaugeState;

export function startMetric(settings: MetricSettings, parts: MetricParts): MetricState {
  const { kind } = settings;
  if (kind === 'latency') return startLatency(settings, parts);
  if (kind !== 'gauge') return startEvents({ ...settings, kind }, parts);
  return { ...parts, kind, settings, process: startGaugeProcess, candidateValues: [], baselineValues: [] };
}

export function learnMetric(
  metric: MetricState,
  baseline: VersionSample,
  elapsedSeconds: number,
): MetricState {
  const { name } = metric.settings;
  if (metric.kind === 'gauge') return metric;
  if (metric.kind === 'latency') {
    const sample = baseline.latencies?.[name];
    return sample === undefined ? metric : learnLatency(metric, sample, elapsedSeconds);
  }
  const sample = baseline.events?.[name];
  return sample === undefined ? metric : learnEvents(metric, sample, elapsedSeconds);
}

export function restartMetric(metric: MetricState): MetricState {
  if (metric.kind === 'gauge') return metric;
  if (metric.kind === 'latency') return restartLatency(metric);
  return restartEventsPass(metric);
}

/** `boundsShare`: the parts of alpha and beta for the baseline's bounds, in terms of those for the evidence. */
export function fixBaseline(metric: MetricState, boundsShare: number): MetricState {
  const errorRates = { fail: metric.alpha * boundsShare, pass: metric.beta * boundsShare };
  if (metric.kind === 'gauge') return metric;
  if (metric.kind === 'latency') return fixLatencyBaseline(metric, errorRates);
  return fixEventsBaseline(metric, errorRates);
}

/** One tick. Nothing is concluded from a metric that either side did not report. */
export function advanceMetric(
  metric: MetricState,
  tick: Tick,
  frame: TickFrame & { isWarmingUp: boolean; stepFraction: number },
  elapsedSeconds: number,
): MetricState {
  const { name } = metric.settings;
  const added = {
    fail: capitalToAdd(metric.spending, frame.horizonFraction, frame.beginsStep, frame.steps),
    pass: { ...noCapital, time: passSpending.background * frame.stepFraction },
  };
  const { candidate, baseline } = tick;
  switch (metric.kind) {
    case 'gauge': {
      const values = { candidate: candidate?.gauges?.[name], baseline: baseline?.gauges?.[name] };
      if (values.candidate === undefined || values.baseline === undefined) return metric;
      return {
        ...metric,
        // Instances that reported nothing at all are no reading.
        readAtSeconds:
          values.candidate.length > 0 && values.baseline.length > 0 ? tick.atSeconds : metric.readAtSeconds,
        candidateValues: values.candidate,
        baselineValues: values.baseline,
        process: advanceGauge(
          metric.process,
          { atSeconds: tick.atSeconds, candidate: values.candidate, baseline: values.baseline },
          { ratio: metric.settings.toleratedRatio, slack: metric.settings.slack },
        ),
      };
    }
    case 'latency': {
      const own = candidate?.latencies?.[name];
      const none = { bounds: [], within: [], answered: 0 };
      const other = baseline?.latencies?.[name] ?? (frame.isBake ? none : undefined);
      if (own === undefined || other === undefined) return metric;
      const pair = { candidate: own, baseline: other };
      const read = { ...metric, readAtSeconds: tick.atSeconds };
      return advanceLatencyMetric(read, pair, frame, added, elapsedSeconds);
    }
    case 'ratio':
    case 'rate': {
      const own = candidate?.events?.[name];
      const other = baseline?.events?.[name];
      const none = { events: 0, trials: 0 };
      const isRead = own !== undefined && (other !== undefined || frame.isBake);
      const pair = isRead ? { candidate: own, baseline: other ?? none } : { candidate: none, baseline: none };
      return advanceEvents(metric, pair, { ...frame, isRead }, added, elapsedSeconds);
    }
  }
}
