/**
 * From values of cumulative counters at even instants to the events of a window. Every series is corrected for resets by
 * itself and the increases are summed up after that; summed up before, a reset of one would hide what the others counted.
 *
 * A series that comes in the middle of a window, when others of the same indicator had samples long before, began in
 * between: it counts from zero, or the first errors of a new label and the whole life of a candidate that failed at once
 * would be missed. One that comes while the history itself begins counts from its first sample, because what it shows then
 * may be years old. A process that ran before and is scraped only now, or could not be scraped for longer than the look
 * before the window, is taken for a new one: that counts what it did before.
 *
 * What instants that are `step` apart miss: of a counter that is reset, what it counted between the last instant before
 * the reset and the reset; of an instance that ends, what it counted after the last instant; and one that lives for less
 * than a step, wholly. So at most a step's events for each end of an instance are missed, and none of a counter that
 * outlives instances, such as a router's. The window itself is at most one step too long.
 */
import { counterIncrease } from '../judge/counter-increase.ts';
import { partsOfSelector } from '../selector/read-selector.ts';
import type { EventCounts, Indicator } from './slo.ts';

/** One series: its labels, and its values at some of the instants, in order. */
export interface InstantSeries {
  labels: Readonly<Record<string, string>>;
  samples: readonly { atSeconds: number; value: number }[];
}

/** What was read of a window and of `lookBeforeSeconds` before it, which shows what was there already. */
export interface WindowSeries {
  fromSeconds: number;
  toSeconds: number;
  total: readonly InstantSeries[];
  part: readonly InstantSeries[];
}

export type CountedEvents = { counts: EventCounts; coveredSeconds: number } | { problem: string };

export const lookBeforeSeconds = 3600;
/** Targets are found and scraped for the first time within this long of each other. */
const beginningSeconds = 300;
/** A history shorter than this part of the window, or of an hour, could not show a fast burn. */
const minimumCoverage = 0.8;
const enoughSeconds = 3600;
/** Two counters of one service may be scraped a moment apart. */
const tolerance = 1.05;

/** The bad and all events of the window, or in a few words why they are not known. */
export function countEvents(indicator: Indicator, window: WindowSeries): CountedEvents {
  const { fromSeconds, toSeconds, total, part } = window;
  const problem = findProblem(indicator, window);
  if (problem !== null) return { problem };
  const earliest = firstInstant([...total, ...part]);
  const all = sumOfIncreases(total, fromSeconds, earliest);
  const ofPart = sumOfIncreases(part, fromSeconds, earliest);
  if (ofPart > all * tolerance) {
    return {
      problem: `${indicator.selector} counted more events (${ofPart}) than ${indicator.total} (${all}), which it is to be a part of`,
    };
  }
  const bad = Math.min(all, Math.max(0, indicator.part === 'bad' ? ofPart : all - ofPart));
  return { counts: { bad, total: all }, coveredSeconds: toSeconds - Math.max(fromSeconds, earliest) };
}

function findProblem(
  indicator: Indicator,
  { fromSeconds, toSeconds, total, part }: WindowSeries,
): string | null {
  for (const { samples } of [...total, ...part]) {
    const wrong = samples.find(({ value }) => !Number.isFinite(value) || value < 0);
    if (wrong !== undefined) return `a sample is ${wrong.value}, which no counter can be`;
  }
  if (total.every((series) => series.samples.length === 0)) return `no series matches ${indicator.total}`;
  const last = total.reduce(
    (latest, { samples }) => Math.max(latest, samples.at(-1)?.atSeconds ?? latest),
    Number.NEGATIVE_INFINITY,
  );
  if (last < toSeconds)
    return `${indicator.total} has no sample for the last ${Math.round(toSeconds - last)} s`;
  const covered = toSeconds - Math.max(fromSeconds, firstInstant(total));
  const needed = minimumCoverage * Math.min(toSeconds - fromSeconds, enoughSeconds);
  if (covered < needed)
    return `${indicator.total} is known for ${Math.round(covered)} s only, and ${Math.round(needed)} s are needed`;
  return part.every((series) => series.samples.length === 0) ? problemOfAbsence(indicator, total) : null;
}

/**
 * A label that never had an error has no series, which is how counters are; a misspelt selector has none either. They are
 * told apart by what can be told: bad events are none where the metric and its labels are there.
 */
function problemOfAbsence(
  { part, selector, total }: Indicator,
  series: readonly InstantSeries[],
): string | null {
  const none = `no series matches ${selector}`;
  if (part === 'good') return none;
  const { name, labels } = partsOfSelector(selector);
  if (name === null || name !== partsOfSelector(total).name) return none;
  const missing = labels.find((label) => !series.some((one) => Object.hasOwn(one.labels, label)));
  return missing === undefined ? null : `${none}, and no series of ${name} has the label ${missing}`;
}

function firstInstant(series: readonly InstantSeries[]): number {
  return series.reduce(
    (first, { samples }) => Math.min(first, samples[0]?.atSeconds ?? first),
    Number.POSITIVE_INFINITY,
  );
}

function sumOfIncreases(series: readonly InstantSeries[], fromSeconds: number, earliest: number): number {
  let sum = 0;
  for (const { samples } of series) {
    const base = samples.findLast(({ atSeconds }) => atSeconds <= fromSeconds);
    const within = samples.filter(({ atSeconds }) => atSeconds > fromSeconds);
    const isBorn = base === undefined && (within[0]?.atSeconds ?? 0) > earliest + beginningSeconds;
    const values = within.map(({ value }) => value);
    sum += counterIncrease([base?.value ?? (isBorn ? 0 : null), ...values]);
  }
  return sum;
}
