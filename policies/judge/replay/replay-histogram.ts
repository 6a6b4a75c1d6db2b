/**
 * A histogram of a replay stream. `counts` are cumulative over `le`, as Prometheus' are, or each bucket's own; "+Inf" may
 * end `le`. Which of the two they are is often plain: cumulative counts never fall, and buckets' own add up to the requests
 * at most. Where a line could be both, the lines before it decide, else what is usual for its shape:
 *
 *   as many counts as bounds          cumulative, also with "+Inf"
 *   one more count than bounds        each bucket's own
 *   adding up to the very requests    each bucket's own
 */
import type { LatencySample } from '../tick.ts';
import { LineFault } from './line-fault.ts';

export type HistogramForm = 'cumulative' | 'per-bucket';

export interface RawHistogram {
  bounds: readonly unknown[];
  counts: readonly number[];
  requests: number;
  /** Where it stands in the line. */
  path: string;
}

/** `form` is what the counts were taken for, null where both readings agree; `isSure` where no other is possible. */
export interface ReadHistogram {
  sample: LatencySample;
  form: HistogramForm | null;
  isSure: boolean;
}

/** `wanted` decides where both are possible. Throws LineFault. */
export function readHistogram(raw: RawHistogram, wanted: HistogramForm | null): ReadHistogram {
  const { bounds, counts, requests, path } = raw;
  const hasInfinity = isInfinity(bounds.at(-1));
  const finite = (hasInfinity ? bounds.slice(0, -1) : bounds).map((bound, index) =>
    boundOf(bound, bounds[index - 1], `${path}.le[${index}]`),
  );
  if (finite.length === 0) throw new LineFault(`${path}.le has no bound`);
  const isWhole = counts.length === finite.length + 1;
  if (!isWhole && counts.length !== bounds.length)
    throw new LineFault(`${path} has ${bounds.length} bounds and ${counts.length} counts`);

  const falls = counts.some((count, index) => index > 0 && count < (counts[index - 1] ?? 0));
  const last = counts.at(-1) ?? 0;
  const sums = accumulate(counts);
  const sum = sums.at(-1) ?? 0;
  const canBeCumulative = !falls && last <= requests;
  const canBePerBucket = sum <= requests;
  if (!canBeCumulative && !canBePerBucket)
    throw new LineFault(
      `${path}.counts ${falls ? `fall, and add up to ${sum}` : `reach ${last}`}, more than the ${requests} requests; counts are within this tick, and cumulative over le`,
    );
  const isSure = !(canBeCumulative && canBePerBucket);
  const isOwnUsual = isWhole && (!hasInfinity || sum === requests);
  const taken = isSure
    ? canBeCumulative
      ? 'cumulative'
      : 'per-bucket'
    : (wanted ?? (isOwnUsual ? 'per-bucket' : 'cumulative'));
  const within = taken === 'cumulative' ? counts : sums;
  return {
    sample: {
      bounds: finite,
      within: within.slice(0, finite.length),
      answered: isWhole ? (within.at(-1) ?? 0) : requests,
    },
    form: sum === last ? null : taken,
    isSure,
  };
}

export function nameOfForm(form: HistogramForm | null): string {
  return form === 'cumulative' ? 'cumulative over le' : 'those of each bucket alone';
}

function isInfinity(bound: unknown): boolean {
  return bound === '+Inf' || bound === 'Inf' || bound === 'Infinity' || bound === null;
}

function accumulate(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => (sum += count));
}

function boundOf(value: unknown, before: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw new LineFault(
      `${path} has to be a number of seconds above 0, and is ${JSON.stringify(value).slice(0, 60)}`,
    );
  if (typeof before === 'number' && value <= before)
    throw new LineFault(`${path} is ${value}, not above the bound before it, ${before}`);
  return value;
}
