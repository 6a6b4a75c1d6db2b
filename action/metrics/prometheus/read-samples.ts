/** Trust boundary: what a Prometheus server answers to a range selector at one instant, by hand from `unknown` to raw samples. */
import { isObject } from '../../../analyzers/document/document.ts';
import { redactText } from '../../../policies/audit/redact.ts';

/** One series as it was scraped. */
export interface RawSeries {
  labels: Readonly<Record<string, string>>;
  /** In the order of time. Values may be infinite, or NaN, which is no number and never zero. */
  samples: { atSeconds: number; value: number }[];
  /** Native histograms; empty for everything else. */
  histograms: { atSeconds: number; count: number; buckets: NativeBucket[] }[];
}

/** Observations above `low` up to `high`, in seconds; not cumulative over buckets. */
export interface NativeBucket {
  low: number;
  high: number;
  count: number;
}

export type ReadSamples = { ok: true; series: RawSeries[] } | { ok: false; problem: string };

/** A warning makes the whole answer unusable, and so does `isPartial`: a part of the events is no count. */
export function readSamples(answer: unknown): ReadSamples {
  if (!isObject(answer) || answer['status'] !== 'success') {
    const error = isObject(answer) ? answer['error'] : undefined;
    return wrong(
      typeof error === 'string' ? `the server said: ${quoted(error)}` : 'the answer is not Prometheus',
    );
  }
  const { warnings, data } = answer;
  if (answer['isPartial'] === true) return wrong('the answer is partial: not every storage node was asked');
  const [warning] = Array.isArray(warnings) ? Array.from<unknown>(warnings) : [warnings ?? undefined];
  if (warning !== undefined)
    return wrong(`the server warned: ${quoted(typeof warning === 'string' ? warning : 'no text')}`);
  const result = isObject(data) && data['resultType'] === 'matrix' ? data['result'] : undefined;
  if (!Array.isArray(result)) return wrong('the answer has no matrix');
  const series: RawSeries[] = [];
  for (const item of result) {
    const one = readSeries(item);
    if (one === null) return wrong('a series of the answer is not as documented');
    series.push(one);
  }
  return { ok: true, series };
}

function readSeries(item: unknown): RawSeries | null {
  if (!isObject(item) || !isObject(item['metric'])) return null;
  const labels: Record<string, string> = {};
  for (const [label, value] of Object.entries(item['metric'])) {
    if (typeof value !== 'string') return null;
    labels[label] = value;
  }
  if (item['values'] === undefined && item['histograms'] === undefined) return null;
  const samples: RawSeries['samples'] = [];
  const histograms: RawSeries['histograms'] = [];
  for (const [atSeconds, written] of pairsOf(item['values'])) {
    const value = numberOf(written);
    if (value === null || !isLater(atSeconds, samples)) return null;
    samples.push({ atSeconds, value });
  }
  for (const [atSeconds, written] of pairsOf(item['histograms'])) {
    const histogram = readHistogram(written);
    if (histogram === null || !isLater(atSeconds, histograms)) return null;
    if (!Number.isNaN(histogram.count)) histograms.push({ atSeconds, ...histogram });
  }
  return { labels, samples, histograms };
}

/** What counters count hangs on the order of their samples. */
function isLater(atSeconds: number, before: readonly { atSeconds: number }[]): boolean {
  return atSeconds > (before.at(-1)?.atSeconds ?? -Infinity);
}

function* pairsOf(values: unknown): Generator<[number, unknown]> {
  if (values === undefined) return;
  // What is no list is read as one pair that is none, so that nothing is taken for an empty list.
  for (const pair of Array.isArray(values) ? Array.from<unknown>(values) : [values]) {
    const [at, value] = Array.isArray(pair) ? Array.from<unknown>(pair) : [];
    if (typeof at === 'number') yield [at, value];
    else yield [Number.NaN, undefined];
  }
}

/** Numbers come as text, because JSON has no word for some of them. Null: no number at all. */
function numberOf(text: unknown): number | null {
  if (text === 'NaN') return Number.NaN;
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  if (typeof text !== 'string' || text.trim() === '') return null;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

/** `{"count": "3", "sum": "…", "buckets": [[rule, "low", "high", "count"], …]}`. */
function readHistogram(value: unknown): { count: number; buckets: NativeBucket[] } | null {
  if (!isObject(value)) return null;
  const count = numberOf(value['count']);
  if (count === null || Math.abs(count) === Infinity || count < 0) return null;
  const buckets: NativeBucket[] = [];
  // A histogram that has observed nothing has no list of buckets.
  const written = value['buckets'] ?? [];
  if (!Array.isArray(written)) return null;
  for (const bucket of Array.from<unknown>(written)) {
    const [, low, high, own] = Array.isArray(bucket) ? Array.from<unknown>(bucket) : [];
    const numbers = { low: numberOf(low), high: numberOf(high), count: numberOf(own) };
    if (numbers.low === null || numbers.high === null || numbers.count === null) return null;
    if (!(numbers.low <= numbers.high && numbers.count >= 0 && numbers.count < Infinity)) return null;
    buckets.push({ low: numbers.low, high: numbers.high, count: numbers.count });
  }
  return { count, buckets };
}

function wrong(problem: string): ReadSamples {
  return { ok: false, problem };
}

/** Control characters, and those that turn the direction of a text or break its lines. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** A server's own words, in one line without what could steer a terminal, and without what could be a secret. */
function quoted(text: string): string {
  return JSON.stringify(redactText(text.replace(unprintable, ' ')).slice(0, 200));
}
