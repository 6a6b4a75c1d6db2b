/**
 * A quantile read off a classic histogram as dashboards do: linear inside a bucket, the first one starting at zero, the
 * last finite bound for everything beyond it. Null where nothing was counted.
 */
export function histogramQuantile(
  quantile: number,
  le: readonly number[],
  cumulative: readonly number[],
  total: number,
): number | null {
  if (!(total > 0)) return null;
  const rank = quantile * total;
  const bucket = cumulative.findIndex((count) => count >= rank);
  if (bucket === -1) return le.at(-1) ?? null;
  const low = bucket === 0 ? 0 : (le[bucket - 1] ?? 0);
  const countBelow = bucket === 0 ? 0 : (cumulative[bucket - 1] ?? 0);
  const count = (cumulative[bucket] ?? 0) - countBelow;
  const high = le[bucket] ?? 0;
  return count > 0 ? low + ((high - low) * (rank - countBelow)) / count : high;
}
