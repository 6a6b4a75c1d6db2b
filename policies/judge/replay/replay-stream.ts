/** One stream of ticks through the judge. Memory is constant in its length; the same lines give the same answers. */
import { decide, judge, learnBefore, observe, startJudge, startStep, type JudgeState } from '../judge.ts';
import type { Judgement, JudgementName } from '../judgement.ts';
import type { MetricSettings } from '../metric-settings.ts';
import type { Tick } from '../tick.ts';
import { LineFault } from './line-fault.ts';
import { isSame, type ReplayLine } from './read-tick.ts';
import { nameOfForm, type HistogramForm } from './replay-histogram.ts';
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
  /** How its histograms count; null before the first that tells. */
  form: HistogramForm | null;
  /** Metrics that were reported at least once. */
  reported: Set<string>;
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
    form: null,
    reported: new Set(),
    judgement: null,
  };
}

/**
 * Takes one line in; answers when the judgement has changed. Changes `stream`, since millions of lines go through.
 * Throws LineFault.
 */
export function advanceStream(stream: ReplayStream, line: ReplayLine): ReplayAnswer | null {
  const { isBefore } = line;
  const { atSeconds } = line.tick;
  if (stream.t !== null && atSeconds < stream.t)
    throw new LineFault(`t is ${atSeconds}, before the line before it, ${stream.t}; time runs forwards`);
  if (isBefore && stream.startedAt !== null)
    throw new LineFault('a tick before the deployment comes before the first one of the deployment');
  const tick = inOneForm(stream, line);
  checkBounds(stream, tick);
  checkKinds(stream, line);
  const elapsedSeconds = stream.t === null ? 0 : atSeconds - stream.t;
  stream.t = atSeconds;
  if (!isBefore) stream.startedAt ??= atSeconds;
  const known = judgeOf(stream, line);
  if (isBefore) {
    // Both run what is stable before a deployment; its own cells are the ones that are compared.
    if (known !== null && tick.baseline !== null)
      stream.judge = learnBefore(known, tick.baseline, elapsedSeconds);
    return null;
  }
  if (known === null) return tell(stream, 'no-data');
  stream.judge = observe(withSteps(stream, known), tick);
  const { judgement } = decide(stream.judge, atSeconds);
  return tell(stream, judgement);
}

/** The ticks before the deployment came from a file of their own, whose clock need not be the deployment's. */
export function endBefore(stream: ReplayStream): void {
  stream.t = null;
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

/** The judge, with every metric that was reported so far; null before the first one. */
function judgeOf(stream: ReplayStream, { kinds }: ReplayLine): JudgeState | null {
  const { settings, judge: known, reported } = stream;
  if (settings.metrics !== null) {
    checkReported(stream, settings.metrics, kinds);
    stream.judge ??= startOf(stream, settings.metrics);
    return stream.judge;
  }
  const fresh = [...kinds].filter(([name]) => !reported.has(name));
  if (fresh.length === 0) return known;
  const added = fresh.map(([name, kind]) => metricSettings(name, kind));
  const late = added.find((metric) => metric.isCritical);
  // Shares of alpha are dealt anew, which is right only as long as nothing could be bet on.
  if (late !== undefined && known !== null && known.liveness.candidateRequests > 0)
    throw new LineFault(
      `${late.name} is reported for the first time, after judging began without it; name the metrics under "metrics" in --config`,
    );
  for (const [name] of fresh) reported.add(name);
  const metrics = [...(known?.metrics ?? []).map((metric) => metric.settings), ...added];
  stream.judge = known === null ? startOf(stream, metrics) : extend(known, startOf(stream, metrics));
  return stream.judge;
}

function startOf({ settings, startedAt }: ReplayStream, metrics: readonly MetricSettings[]): JudgeState {
  const { alpha, beta, minSoakSeconds, noDataSeconds, horizonSeconds, warmUpSeconds, stepsSeconds } =
    settings;
  const state = startJudge({
    metrics: [...metrics].sort((first, second) => placeOf(first) - placeOf(second)),
    alpha,
    beta,
    minSoakSeconds,
    noDataSeconds,
    horizonSeconds,
    steps: stepsSeconds.length,
    hasBake: false,
    latencyWarmUpSeconds: warmUpSeconds,
  });
  return startedAt === null ? state : { ...state, sinceSeconds: startedAt };
}

/** Errors first, as people ask for them; then in the order of their kinds. */
function placeOf({ name, kind }: MetricSettings): number {
  return name === 'errors' ? 0 : 1 + ['latency', 'ratio', 'rate', 'gauge'].indexOf(kind);
}

/** What is known goes on, with the parts of alpha and beta that more metrics leave. */
function extend(known: JudgeState, more: JudgeState): JudgeState {
  return {
    ...known,
    metrics: more.metrics.map((metric) => {
      const own = known.metrics.find(({ settings }) => settings.name === metric.settings.name);
      return own === undefined ? metric : { ...own, alpha: metric.alpha, beta: metric.beta };
    }),
  };
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

/** Where a line alone does not tell how its histograms count, the lines before it do. */
function inOneForm(stream: ReplayStream, line: ReplayLine): Tick {
  const { tick, form, isFormSure } = line;
  if (form === null || form === stream.form) return tick;
  if (stream.form === null) {
    stream.form = form;
    return tick;
  }
  if (!isFormSure) return line.readAs(stream.form);
  throw new LineFault(
    `the histogram's counts are ${nameOfForm(form)} here, and were taken for ${nameOfForm(stream.form)} before; count one way throughout, with a count for "+Inf"`,
  );
}

/** A name means one thing throughout, and what it means in the settings. */
function checkKinds({ judge: state }: ReplayStream, { kinds }: ReplayLine): void {
  for (const { kind, settings } of state?.metrics ?? []) {
    const reported = kinds.get(settings.name);
    if (reported !== undefined && reported !== kind)
      throw new LineFault(
        `${JSON.stringify(settings.name)} is judged as a ${kind}, and is reported as a ${reported}`,
      );
  }
}

/**
 * A metric of the settings that is nowhere reported would stay undecided without a word. Counts are there from the first
 * tick on, or not at all; histograms and gauges may come later (`endOf`).
 */
function checkReported(
  { reported }: ReplayStream,
  metrics: readonly MetricSettings[],
  kinds: ReplayLine['kinds'],
): void {
  if (kinds.size === 0) return;
  for (const name of kinds.keys()) reported.add(name);
  for (const { name, kind } of metrics)
    if (!reported.has(name) && (kind === 'ratio' || kind === 'rate'))
      throw new LineFault(
        `the metric ${JSON.stringify(name)} is in the settings, but neither version reports it`,
      );
}

function checkBounds(stream: ReplayStream, { candidate, baseline }: Tick): void {
  const bounds = (baseline?.latencies ?? candidate?.latencies)?.['latency']?.bounds;
  if (bounds === undefined) return;
  if (stream.bounds !== null && !isSame(stream.bounds, bounds))
    throw new LineFault('the histogram has other bounds than the lines before, so it cannot be compared');
  stream.bounds = bounds;
}

/** A metric of the settings that no tick reported: what is wrong, or null. */
export function endOf({ settings, judge: state, reported }: ReplayStream): string | null {
  if (state === null || reported.size === 0) return null;
  const missing = settings.metrics?.find(({ name }) => !reported.has(name));
  return missing === undefined
    ? null
    : `the metric ${JSON.stringify(missing.name)} is in the settings, but no tick reports it`;
}
