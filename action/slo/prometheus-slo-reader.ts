import { countEvents, lookBeforeSeconds } from '../../policies/slo/count-events.ts';
import type { Indicator } from '../../policies/slo/slo.ts';
import type { AskPrometheus } from '../metrics/prometheus/ask-prometheus.ts';
import { readInstants, type ReadInstants } from './read-instants.ts';
import type { SloReader } from './slo-reader.ts';

export interface PrometheusSloReaderOptions {
  ask: AskPrometheus;
  /** Seconds since 1970. */
  nowSeconds(): number;
  scrapeIntervalSeconds: number;
  /** How long after a scrape its samples can be read. */
  lagSeconds: number;
}

/** A server answers at most 11,000 points a series; the look before the window comes on top of these. */
const maxPoints = 10_000;

/**
 * Reads windows of any length as values at even instants, which is one number a step and series, and never the raw samples
 * of a month. For 30 days a step is 260 s: below the five minutes for which a server repeats the last sample, so that no
 * scraped series falls between two instants. What steps miss is said in `policies/slo/count-events.ts`.
 */
export function prometheusSloReader(options: PrometheusSloReaderOptions): SloReader {
  return {
    async ratioOver(indicator, windowSeconds, signal) {
      const grid = gridOf(windowSeconds, options);
      const selectors = [indicator.total, indicator.selector];
      const [total, part] = await Promise.all(
        selectors.map((selector) => readSelected(selector, grid, options, signal)),
      );
      signal.throwIfAborted();
      if (total?.ok !== true) return { problem: total?.problem ?? 'nothing was read' };
      if (part?.ok !== true) return { problem: part?.problem ?? 'nothing was read' };
      const window = { fromSeconds: grid.fromSeconds, toSeconds: grid.endSeconds };
      const counted = countEvents(indicator, { ...window, total: total.series, part: part.series });
      if ('problem' in counted) return counted;
      // The instants may reach a step further back than the window.
      return { ...counted.counts, coveredSeconds: Math.min(counted.coveredSeconds, windowSeconds) };
    },
  };
}

interface Grid {
  startSeconds: number;
  /** The instant that the window begins with. */
  fromSeconds: number;
  endSeconds: number;
  stepSeconds: number;
}

/** Instants that end when the newest scrape can be read; the same ones for both selectors, whenever they are asked for. */
function gridOf(windowSeconds: number, options: PrometheusSloReaderOptions): Grid {
  const { scrapeIntervalSeconds, lagSeconds } = options;
  const endSeconds = Math.floor(options.nowSeconds() - scrapeIntervalSeconds - lagSeconds);
  const stepSeconds = Math.ceil(Math.max(1, scrapeIntervalSeconds, windowSeconds / maxPoints));
  const fromSeconds = endSeconds - Math.ceil(windowSeconds / stepSeconds) * stepSeconds;
  const startSeconds = fromSeconds - Math.ceil(lookBeforeSeconds / stepSeconds) * stepSeconds;
  return { startSeconds, fromSeconds, endSeconds, stepSeconds };
}

async function readSelected(
  selector: Indicator['total'],
  { startSeconds, endSeconds, stepSeconds }: Grid,
  { ask }: PrometheusSloReaderOptions,
  signal: AbortSignal,
): Promise<ReadInstants> {
  const parameters = {
    query: selector,
    start: String(startSeconds),
    end: String(endSeconds),
    step: String(stepSeconds),
    // VictoriaMetrics moves the instants of what it may keep; Prometheus does not know the word.
    nocache: '1',
  };
  const asked = await ask('/api/v1/query_range', parameters, signal);
  return 'problem' in asked
    ? { ok: false, problem: asked.problem }
    : readInstants(asked.answer, startSeconds, stepSeconds);
}
