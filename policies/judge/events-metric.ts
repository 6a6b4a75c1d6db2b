/**
 * One metric of events (errors among requests, restarts among instance-seconds) over a rollout: which procedure judges it,
 * and what is known so far.
 *
 * Requests are pooled until both versions have some, for a minute at most: longer, and a drift would weigh on the two
 * sides differently. Whether events come in bursts is asked of the baseline's past (dispersion.ts): if not, A and B (or A'
 * where events are common) decide; if so, the burst process does, begun at the first sign of bursts or, where versions are
 * counted by instance, at the start. Both are never in force at once.
 */
import {
  hasSeenEnough,
  isCorrelated,
  isDispersed,
  learnDispersion,
  startDispersion,
  type Dispersion,
} from './dispersion.ts';
import { advanceBurstProcess, logBurstHarm, startBurstProcess, type BurstProcess } from './burst-process.ts';
import {
  advanceFailProcess,
  advanceFailProcessAlone,
  advanceFailProcessOfCommonEvents,
  startFailProcess,
} from './fail-process.ts';
import { lowerRateBound, upperRateBound } from './fixed-baseline.ts';
import { eventMargins, type MetricParts, type MetricSettings } from './metric-settings.ts';
import { logEvidence, reaches, type Capital } from './mixture.ts';
import {
  advancePassProcess,
  advancePassProcessAlone,
  advancePassProcessOfCommonEvents,
  startPassProcess,
} from './pass-process.ts';
import {
  advanceRatioInterval,
  closeBlock,
  intervalGridAround,
  ratioLimits,
  startRatioInterval,
  type IntervalGrid,
  type RatioInterval,
  type RatioLimits,
} from './ratio-interval.ts';
import { pool, type Pool } from './pooling.ts';
import type { Margin, TickCounts } from './ratio-increment.ts';
import type { EventSample } from './tick.ts';

/** What a tick is besides its samples; all of it known before them. */
export interface TickFrame {
  atSeconds: number;
  /** The tick's part of the horizon, and whether a declared step begins with it, of how many. */
  horizonFraction: number;
  beginsStep: boolean;
  steps: number;
  /** Every user is on the candidate; the stable version's past is the baseline. */
  isBake: boolean;
}

/** Plain JSON. */
export interface EventsState extends MetricParts {
  kind: 'ratio' | 'rate';
  settings: MetricSettings;
  /** Evidence of harm once reached is never taken back. */
  hasFailed: boolean;
  open: Pool<EventSample> | null;
  /** The baseline's events in trials, faded over ten minutes: what A' bets on. */
  recent: { events: number; trials: number };
  dispersion: Dispersion;
  fail: number[];
  pass: number[];
  bursts: BurstProcess | null;
  interval: RatioInterval;
  /** Ticks in which the candidate had events. */
  candidateEventTicks: number;
  /** The candidate's ticks since its first event, its events in them, and the most in one. */
  sinceEvent: { ticks: number; events: number; most: number };
  /** Sums since the step began, and the baseline's over the canary. */
  candidate: Totals;
  baseline: Totals;
  canaryBaseline: Totals;
  /** Set at the bake: the highest harmless and the lowest harmful rate. */
  boundaries: { harmless: number; harmful: number } | null;
}

export interface Totals {
  events: number;
  trials: number;
}

const nothing: Totals = { events: 0, trials: 0 };
const fadeSeconds = 600;
/** Above this share of the baseline's requests, A loses more than a tenth of its evidence to its bound 1 + x <= exp(x). */
const commonRate = 0.02;
const minRecentTrials = 200;

const intervalGrids = new Map<number, IntervalGrid>();

/** Grids are the same for the same ratio; made once. */
function intervalGridOf({ toleratedRatio }: MetricSettings): IntervalGrid {
  const known = intervalGrids.get(toleratedRatio) ?? intervalGridAround(toleratedRatio);
  intervalGrids.set(toleratedRatio, known);
  return known;
}

export function startEvents(
  settings: MetricSettings & { kind: 'ratio' | 'rate' },
  parts: MetricParts,
): EventsState {
  return {
    ...parts,
    kind: settings.kind,
    settings,
    hasFailed: false,
    open: null,
    recent: nothing,
    dispersion: startDispersion,
    fail: startFailProcess(parts.spending),
    pass: startPassProcess(),
    bursts: null,
    interval: startRatioInterval(intervalGridOf(settings)),
    candidateEventTicks: 0,
    sinceEvent: { ticks: 0, events: 0, most: 0 },
    candidate: nothing,
    baseline: nothing,
    canaryBaseline: nothing,
    boundaries: null,
  };
}

/** A tick before the deployment: what it shows of the baseline is learned, nothing is judged. */
export function learnEvents(state: EventsState, baseline: EventSample, elapsedSeconds: number): EventsState {
  const counted = countable(baseline);
  const dispersion = learnDispersion(state.dispersion, counted);
  return {
    ...state,
    recent: fade(state.recent, counted, elapsedSeconds),
    dispersion,
    bursts: state.bursts ?? (isDispersed(dispersion) ? startBurstProcess() : null),
  };
}

/** A step begins: evidence of safety starts afresh, evidence of harm stays. */
export function restartEventsPass(state: EventsState): EventsState {
  return {
    ...state,
    pass: startPassProcess(),
    bursts: state.bursts === null ? null : { ...state.bursts, pass: startPassProcess() },
    interval: closeBlock(state.interval, intervalGridOf(state.settings)),
    candidate: nothing,
    baseline: nothing,
  };
}

/** The bake begins: what the stable version did during the canary is what the candidate is held against from now on. */
export function fixEventsBaseline(
  state: EventsState,
  errorRates: { fail: number; pass: number },
): EventsState {
  const { events, trials } = state.canaryBaseline;
  if (!(trials > 0)) return state;
  const { fail, pass } = eventMargins(state.settings);
  const highest = upperRateBound(events, trials, errorRates.fail);
  const lowest = lowerRateBound(events, trials, errorRates.pass);
  return {
    ...state,
    boundaries: {
      harmless: Math.min(1, fail.ratio * highest + fail.slack),
      harmful: Math.min(1, pass.ratio * lowest + pass.slack),
    },
  };
}

/** One tick with both versions (in the bake the baseline is not looked at). */
export function advanceEvents(
  state: EventsState,
  tick: { candidate: EventSample; baseline: EventSample },
  frame: TickFrame & { isRead: boolean },
  added: { fail: Capital; pass: Capital },
  elapsedSeconds: number,
): EventsState {
  const { atSeconds, isBake } = frame;
  const candidate = countable(tick.candidate);
  const baseline = countable(tick.baseline);
  const { judged, open } = poolEvents(state.open, candidate, baseline, atSeconds, isBake);
  // One new object a tick: this is the judge's innermost loop.
  const next: EventsState = {
    ...state,
    ...(isBake ? judgeAlone(state, judged, added) : judgeBeside(state, judged, frame, added)),
    readAtSeconds: frame.isRead ? atSeconds : state.readAtSeconds,
    open,
    candidate: addTotals(state.candidate, candidate),
    baseline: addTotals(state.baseline, baseline),
    canaryBaseline: isBake ? state.canaryBaseline : addTotals(state.canaryBaseline, baseline),
    candidateEventTicks: state.candidateEventTicks + (candidate.events > 0 ? 1 : 0),
  };
  next.sinceEvent = countSinceEvent(state, candidate);
  next.hasFailed ||= isHarmShown(next);
  if (isBake) return next;
  // After the bet, so that a tick is never judged by what it taught.
  next.recent = fade(state.recent, baseline, elapsedSeconds);
  next.dispersion = learnDispersion(state.dispersion, baseline);
  next.bursts ??= isDispersed(next.dispersion) ? startBurstProcess() : null;
  return next;
}

/** Only until the baseline has shown enough: then nobody asks any more. */
function countSinceEvent({ sinceEvent, dispersion }: EventsState, { events, trials }: EventSample) {
  const { ticks } = sinceEvent;
  if (hasSeenEnough(dispersion) || trials === 0 || (ticks === 0 && events === 0)) return sinceEvent;
  return {
    ticks: ticks + 1,
    events: sinceEvent.events + events,
    most: Math.max(sinceEvent.most, events),
  };
}

/** Nearly every tick has trials on both sides and nothing to be pooled with. */
function poolEvents(
  open: Pool<EventSample> | null,
  candidate: EventSample,
  baseline: EventSample,
  atSeconds: number,
  isBake: boolean,
): { judged: Pool<EventSample> | null; open: Pool<EventSample> | null } {
  if (open === null && candidate.trials > 0 && (isBake || baseline.trials > 0))
    return { judged: { candidate, baseline, sinceSeconds: atSeconds }, open: null };
  return pool(
    open,
    { candidate, baseline, atSeconds },
    addSamples,
    (own, other) => own.trials > 0 && (isBake || other.trials > 0),
  );
}

type Judged = Pick<EventsState, 'fail' | 'pass' | 'bursts' | 'interval'>;

function judgeAlone(
  state: EventsState,
  judged: Pool<EventSample> | null,
  added: { fail: Capital; pass: Capital },
): Judged {
  const { boundaries, bursts, interval } = state;
  if (boundaries === null || judged === null) return { fail: state.fail, pass: state.pass, bursts, interval };
  const { events, trials } = judged.candidate;
  return {
    bursts,
    interval,
    fail: advanceFailProcessAlone(state.fail, events, trials, boundaries.harmless, added.fail),
    pass: advancePassProcessAlone(state.pass, events, trials, boundaries.harmful, added.pass),
  };
}

const noTrials: EventSample = { events: 0, trials: 0 };

function judgeBeside(
  state: EventsState,
  judged: Pool<EventSample> | null,
  frame: TickFrame,
  added: { fail: Capital; pass: Capital },
): Judged {
  const margins = eventMargins(state.settings);
  const { candidate, baseline } = judged ?? { candidate: noTrials, baseline: noTrials };
  const counts: TickCounts = {
    candidateEvents: candidate.events,
    candidateTrials: candidate.trials,
    baselineEvents: baseline.events,
    baselineTrials: baseline.trials,
  };
  const rate = commonRateOf(state);
  const isByInstance = candidate.instances !== undefined && baseline.instances !== undefined;
  const bursts = state.bursts ?? (isByInstance || isDispersed(state.dispersion) ? startBurstProcess() : null);
  return {
    fail: advanceFail(state.fail, counts, margins.fail, rate, added.fail),
    pass:
      rate === null
        ? advancePassProcess(state.pass, counts, margins.pass, added.pass)
        : advancePassProcessOfCommonEvents(state.pass, counts, margins.pass, rate, added.pass),
    bursts:
      bursts === null
        ? null
        : advanceBurstProcess(bursts, { candidate, baseline }, margins, state.dispersion, added),
    interval: advanceRatioInterval(
      state.interval,
      intervalGridOf(state.settings),
      counts,
      frame.horizonFraction,
    ),
  };
}

function advanceFail(
  cells: readonly number[],
  counts: TickCounts,
  margin: Margin,
  rate: number | null,
  added: Capital,
): number[] {
  return rate === null
    ? advanceFailProcess(cells, counts, margin, added)
    : advanceFailProcessOfCommonEvents(cells, counts, margin, rate, added);
}

/** The baseline's recent share where it is large enough for A' and well enough known; null: A. */
function commonRateOf({ kind, recent }: EventsState): number | null {
  if (kind === 'rate' || recent.trials < minRecentTrials) return null;
  const rate = recent.events / recent.trials;
  return rate > commonRate && rate < 1 ? rate : null;
}

/**
 * Which statistic speaks. While the baseline has not shown enough errors to see bursts in, one tick alone does not
 * convict: it may be a burst.
 */
function isHarmShown(state: EventsState): boolean {
  const { dispersion, bursts, alpha } = state;
  if (state.boundaries !== null) return reaches(state.fail, alpha);
  if (isCorrelated(dispersion)) return false;
  if (isDispersed(dispersion)) return bursts !== null && logBurstHarm(bursts) >= -Math.log(alpha);
  if (!hasSeenEnough(dispersion) && mayBeBursts(state)) return false;
  return reaches(state.fail, alpha);
}

/** With fewer errors than this nothing is known of how the baseline's come. */
const fewEvents = 5;

/**
 * Whether what the candidate shows could be two or three bursts, while the baseline has not shown how errors come: they
 * lie in too few ticks, or one tick has more than errors that come one by one would put there. It only holds a verdict back.
 */
function mayBeBursts({ dispersion, candidateEventTicks, sinceEvent }: EventsState): boolean {
  if (candidateEventTicks < (dispersion.expected < fewEvents ? 3 : 2)) return true;
  // Bursts leave most ticks without an error.
  if (2 * candidateEventTicks >= sinceEvent.ticks) return false;
  const mean = sinceEvent.events / sinceEvent.ticks;
  return sinceEvent.most > mean + 4 * Math.sqrt(mean) + 2;
}

/** Natural logarithms of the statistic in force; zero where none may speak. */
export function eventsEvidence(state: EventsState): { harm: number; safety: number } {
  const { dispersion, bursts, boundaries } = state;
  if (boundaries !== null || !isDispersed(dispersion))
    return { harm: logEvidence(state.fail), safety: logEvidence(state.pass) };
  if (bursts === null || isCorrelated(dispersion)) return { harm: 0, safety: 0 };
  return { harm: logBurstHarm(bursts), safety: logEvidence(bursts.pass) };
}

/** Why no verdict on this metric can be given at all; null while one can. */
export function eventsObstacle({ dispersion, settings }: EventsState): string | null {
  return isCorrelated(dispersion)
    ? `${settings.name} come in bursts that last from tick to tick on single instances; use longer ticks, or count bursts instead of errors`
    : null;
}

/**
 * How many times worse, right at every moment. In agreement with the verdict: the tolerated ratio is reached exactly when
 * harm is shown. Nothing where events come in bursts: the interval counts them one by one.
 */
export function eventsRatioLimits(state: EventsState): RatioLimits {
  if (isDispersed(state.dispersion) || isCorrelated(state.dispersion)) return { atLeast: null, atMost: null };
  const grid = intervalGridOf(state.settings);
  const limits = ratioLimits(state.interval, grid, {
    worse: -Math.log(state.alpha),
    better: -Math.log(state.beta),
  });
  const { toleratedRatio, slack } = state.settings;
  if (slack > 0 || state.boundaries !== null) return limits;
  if (state.hasFailed) return { ...limits, atLeast: Math.max(toleratedRatio, limits.atLeast ?? 0) };
  const below = grid.margins.filter((margin) => margin < toleratedRatio * (1 - 1e-9));
  const atLeast = limits.atLeast === null ? null : Math.min(limits.atLeast, Math.max(...below));
  return { ...limits, atLeast };
}

/** Groups, where a log tells them apart, are what happened independently; instances' counts do not describe them. */
function countable(sample: EventSample): EventSample {
  return sample.groups === undefined ? sample : { events: sample.groups, trials: sample.trials };
}

function addTotals(sum: Totals, { events, trials }: Totals): Totals {
  return { events: sum.events + events, trials: sum.trials + trials };
}

function addSamples(first: EventSample, second: EventSample): EventSample {
  const sum = addTotals(first, second);
  const { instances } = first;
  if (instances === undefined || instances.length !== second.instances?.length) return sum;
  return {
    ...sum,
    instances: instances.map(([trials, events], index) => {
      const [moreTrials, moreEvents] = second.instances?.[index] ?? [0, 0];
      return [trials + moreTrials, events + moreEvents] as const;
    }),
  };
}

function fade(recent: Totals, { events, trials }: Totals, elapsedSeconds: number): Totals {
  const kept = Math.exp(-elapsedSeconds / fadeSeconds);
  return { events: recent.events * kept + events, trials: recent.trials * kept + trials };
}
