/** A version's histogram in a window: from classic buckets (`_bucket` with `le`) where there are some, else native. */
import type { LatencySample } from '../../../policies/judge/tick.ts';
import { add, nativeBounds, nativeIncreaseOf } from './native-histogram.ts';
import type { RawSeries } from './read-samples.ts';
import { describeGap, lost, type Gap, type Look } from './window-gap.ts';
import { increaseOf } from './window-increase.ts';

export interface LatencyPart {
  kind: 'latency';
  sample: LatencySample;
}

export function latencyOf(
  classic: readonly RawSeries[],
  native: readonly RawSeries[],
  look: Look,
): LatencyPart | Gap {
  if (classic.length > 0) return ofClassic(classic, look);
  const histograms = native.filter((own) => own.histograms.length > 0);
  const gap = describeGap(histograms, look);
  if (gap !== null)
    return { ...gap, problem: `${gap.problem} of a histogram, with buckets (_bucket) or native` };
  let sum = { within: nativeBounds.map(() => 0), answered: 0 };
  for (const own of histograms) {
    const increase = nativeIncreaseOf(own, look.targets, look.window);
    if (increase === null)
      return lost(
        'a native histogram has buckets that do not end at powers of two; expose classic buckets too',
      );
    sum = add(sum, increase);
  }
  return { kind: 'latency', sample: { bounds: nativeBounds, ...sum } };
}

function ofClassic(series: readonly RawSeries[], look: Look): LatencyPart | Gap {
  const gap = describeGap(series, look);
  if (gap !== null) return gap;
  const byBound = new Map<number, { count: number; series: number }>();
  for (const own of series) {
    const text = own.labels['le'] ?? '';
    const bound = text === '+Inf' ? Infinity : Number(text);
    if (text === '' || Number.isNaN(bound)) return lost('a bucket has no bound (le)');
    const known = byBound.get(bound) ?? { count: 0, series: 0 };
    const count = known.count + increaseOf(own, look.targets, look.window);
    byBound.set(bound, { count, series: known.series + 1 });
  }
  const all = byBound.get(Infinity);
  if (all === undefined) return lost('the bucket without a bound (le="+Inf") is missing');
  // Sums over instances are of one bound only when every instance has it.
  if ([...byBound.values()].some((one) => one.series !== all.series))
    return lost('its instances have histograms with different bounds, so they cannot be added');
  const bounds = [...byBound.keys()].filter(Number.isFinite).sort((a, b) => a - b);
  // Buckets of a reset may differ in what was lost: what is within a bound is within the next, and among all answers.
  let most = 0;
  const within = bounds.map(
    (bound) => (most = Math.min(all.count, Math.max(most, byBound.get(bound)?.count ?? 0))),
  );
  return { kind: 'latency', sample: { bounds, within, answered: all.count } };
}
