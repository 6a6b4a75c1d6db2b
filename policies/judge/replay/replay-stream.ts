/** One stream of ticks through the judge. Memory is constant in its length; the same lines give the same answers. */
import { decide, judge, learnBefore, observe, startJudge, startStep, type JudgeState } from '../judge.ts';
import type { Judgement, JudgementName } from '../judgement.ts';
import type { MetricSettings } from '../metric-settings.ts';
import type { Tick } from '../tick.ts';
import { isSame, LineFault, type ReplayLine } from './read-tick.ts';
import { metricSettings, type ReplaySettings } from './replay-settings.ts';

/** What a change of the judgement, or the end, is told with. `t` is in the stream's own seconds. */
export interface ReplayAnswer extends Pick<Judgement, 'judgement' | 'reasonCode' | 'message' | 'metrics'> {
  t: number | null;
}

/** Not plain JSON on its own account, but its `judge` is. */
export interface ReplayStream {
  settings: ReplaySettings;
  judge: JudgeState | null;
  t: number | null;
  startedAt: number | null;
  stepsBegun: number;
  bounds: readonly number[] | null;
  judgement: JudgementName | null;
}

export function startStream(settings: ReplaySettings): ReplayStream {
  return {
    settings,
    judge: null,
    t: null,
    startedAt: null,
    stepsBegun: 0,
    bounds: null,
    judgement: null,
  };
}

/**
 * Takes one line in; answers when the judgement has changed. Changes `stream`, since millions of lines go through.
 * Throws LineFault.
 */
export function advanceStream(stream: ReplayStream, line: ReplayLine): ReplayAnswer | null {
  const { tick, isBefore } = line;
  const { atSeconds } = tick;
  if (stream.t !== null && atSeconds < stream.t)
    throw new LineFault(`t is ${atSeconds}, before the line before it, ${stream.t}; time runs forwards`);
  if (isBefore && stream.startedAt !== null)
    throw new LineFault('a tick before the deployment comes before the first one of the deployment');
  checkBounds(stream, tick);
  const elapsedSeconds = stream.t === null ? 0 : atSeconds - stream.t;
  stream.t = atSeconds;
  if (isBefore) {
    learn(stream, tick, elapsedSeconds);
    return null;
  }
  stream.startedAt ??= atSeconds;
  stream.judge ??= startOf(stream.settings, tick, stream);
  const known = stream.judge;
  if (known === null) return tell(stream, 'no-data');
  checkMetrics(known, tick);
  stream.judge = observe(withSteps(stream, known), tick);
  const { judgement } = decide(stream.judge, atSeconds);
  return tell(stream, judgement);
}

/** What the judge says now, with all figures. */
export function answerOf(stream: ReplayStream): ReplayAnswer {
  const { judge: state, t } = stream;
  if (state === null || t === null) {
    const message = t === null ? 'there was no tick' : 'no tick could be read so far';
    return { t, judgement: 'no-data', reasonCode: 'no-data', message, metrics: [] };
  }
  const { judgement, reasonCode, message, metrics } = judge(state, t);
  return { t, judgement, reasonCode, message, metrics };
}

function tell(stream: ReplayStream, judgement: JudgementName): ReplayAnswer | null {
  if (stream.judgement === judgement) return null;
  stream.judgement = judgement;
  return answerOf(stream);
}

function learn(stream: ReplayStream, tick: Tick, elapsedSeconds: number): void {
  stream.judge ??= startOf(stream.settings, tick, stream);
  // Both run what is stable before a deployment; its own cells are the ones that are compared.
  if (stream.judge !== null && tick.baseline !== null)
    stream.judge = learnBefore(stream.judge, tick.baseline, elapsedSeconds);
}

/** The judge starts with the first tick that tells which metrics there are. */
function startOf(settings: ReplaySettings, tick: Tick, stream: ReplayStream): JudgeState | null {
  const sample = tick.baseline ?? tick.candidate;
  if (sample === null && settings.metrics === null) return null;
  const metrics = settings.metrics ?? metricsOf(sample);
  const { alpha, beta, minSoakSeconds, noDataSeconds, horizonSeconds, warmUpSeconds, stepsSeconds } =
    settings;
  const state = startJudge({
    metrics,
    alpha,
    beta,
    minSoakSeconds,
    noDataSeconds,
    horizonSeconds,
    steps: stepsSeconds.length,
    hasBake: false,
    latencyWarmUpSeconds: warmUpSeconds,
  });
  const { startedAt } = stream;
  return startedAt === null ? state : { ...state, sinceSeconds: startedAt };
}

function metricsOf(sample: Tick['candidate']): MetricSettings[] {
  const { events = {}, latencies = {}, gauges = {} } = sample ?? {};
  return [
    ...Object.keys(events)
      .filter((name) => name === 'errors')
      .map((name) => metricSettings(name, 'ratio')),
    ...Object.keys(latencies).map((name) => metricSettings(name, 'latency')),
    ...Object.keys(gauges).map((name) => metricSettings(name, 'gauge')),
  ];
}

/** Declared steps that are due begin; the first is the stream's start. */
function withSteps(stream: ReplayStream, state: JudgeState): JudgeState {
  const { settings, startedAt, t } = stream;
  if (t === null || startedAt === null || settings.stepsSeconds.length === 0) return state;
  let next = state.hasStarted ? state : startStep(state, { index: 0, atSeconds: startedAt });
  for (;;) {
    const due = settings.stepsSeconds[stream.stepsBegun];
    if (due === undefined || startedAt + due > t) return next;
    stream.stepsBegun++;
    next = startStep(next, { index: stream.stepsBegun, atSeconds: t });
  }
}

/** A metric that is judged and that neither version ever reports would stay undecided without a word. */
function checkMetrics(state: JudgeState, tick: Tick): void {
  if (tick.candidate === null && tick.baseline === null) return;
  for (const { kind, settings } of state.metrics) {
    const { name } = settings;
    const isIn = (sample: Tick['candidate']): boolean =>
      kind === 'latency'
        ? sample?.latencies?.[name] !== undefined
        : kind === 'gauge'
          ? sample?.gauges?.[name] !== undefined
          : sample?.events?.[name] !== undefined;
    if (isIn(tick.candidate) || isIn(tick.baseline) || kind === 'latency' || kind === 'gauge') continue;
    throw new LineFault(
      `the metric ${JSON.stringify(name)} is in the settings, but neither version reports it`,
    );
  }
}

function checkBounds(stream: ReplayStream, { candidate, baseline }: Tick): void {
  const bounds = (baseline ?? candidate)?.latencies?.['latency']?.bounds;
  if (bounds === undefined) return;
  if (stream.bounds !== null && !isSame(stream.bounds, bounds))
    throw new LineFault('the histogram has other bounds than the lines before, so it cannot be compared');
  stream.bounds = bounds;
}

/** A metric of the settings that no tick reported: what is wrong, or null. */
export function endOf({ settings, judge: state }: ReplayStream): string | null {
  if (settings.metrics === null || state === null) return null;
  for (const metric of state.metrics) {
    const isSeen =
      metric.kind === 'latency'
        ? metric.bounds !== null
        : metric.kind !== 'gauge' || metric.candidateValues.length + metric.baselineValues.length > 0;
    if (!isSeen)
      return `the metric ${JSON.stringify(metric.settings.name)} is in the settings, but no tick reports it`;
  }
  return null;
}
