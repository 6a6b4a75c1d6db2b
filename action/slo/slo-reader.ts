import type { EventCounts, Indicator } from '../../policies/slo/slo.ts';

/** Where the events of an indicator are counted. */
export interface SloReader {
  /**
   * What happened in the window that ends now, as far as the counters are known. A source that is down, slow or says
   * nonsense is a problem in a few words; only an interruption throws.
   */
  ratioOver(
    indicator: Indicator,
    windowSeconds: number,
    signal: AbortSignal,
  ): Promise<(EventCounts & { coveredSeconds: number }) | { problem: string }>;
}
