/**
 * Ticks in which one side had no trials say nothing on their own. They are pooled with the next until both sides have
 * some, for a minute at most: longer, and a drift would weigh on the two sides differently. When to stop depends on the
 * numbers of trials only, never on what came of them, so no promise is touched.
 */
export interface Pool<Sample> {
  candidate: Sample;
  baseline: Sample;
  sinceSeconds: number;
}

const maxPoolSeconds = 60;

/** What is judged now, and what stays open. `isComplete` says whether a pool has what it takes. */
export function pool<Sample>(
  open: Pool<Sample> | null,
  tick: { candidate: Sample; baseline: Sample; atSeconds: number },
  add: (first: Sample, second: Sample) => Sample,
  isComplete: (candidate: Sample, baseline: Sample) => boolean,
): { judged: Pool<Sample> | null; open: Pool<Sample> | null } {
  const { candidate, baseline, atSeconds } = tick;
  const pooled =
    open === null
      ? { candidate, baseline, sinceSeconds: atSeconds }
      : {
          candidate: add(open.candidate, candidate),
          baseline: add(open.baseline, baseline),
          sinceSeconds: open.sinceSeconds,
        };
  if (isComplete(pooled.candidate, pooled.baseline)) return { judged: pooled, open: null };
  return { judged: null, open: atSeconds - pooled.sinceSeconds > maxPoolSeconds ? null : pooled };
}
