import type { MetricPolicy } from '../../policies/policy-file/policy.ts';
import type { ProbeRound } from '../../policies/probes/probe-verdict.ts';
import type { RolloutPlan } from '../../policies/rollout/state.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import type { Deployment } from '../deployer/deployment.ts';
import { connectPrometheus } from './prometheus/connect-prometheus.ts';
import { probeSource } from '../probes/probe-source.ts';
import type { MetricSource } from './metric-source.ts';
import { prometheusSource, silenceSeconds } from './prometheus/prometheus-source.ts';
import { digestStart } from './prometheus/selector-text.ts';
import { scrapeSource, type ScrapeTargets } from './scrape/scrape-source.ts';

export interface SourcesOfRollout {
  deployment: Deployment;
  plan: RolloutPlan;
  stable: string;
  connectRouter(): Promise<Router | null>;
  /** Rounds of probes that ended since the last call. */
  takeRounds(): ProbeRound[];
  env: Readonly<Record<string, string | undefined>>;
}

const scrapeEverySeconds = 5;
const scrapeTimeoutSeconds = 3;

/** What a rollout's metrics need beside the router. Fails when a secret that the policy refers to cannot be read. */
export function openMetricSources(rollout: SourcesOfRollout): MetricSource[] {
  const { deployment, plan, stable } = rollout;
  const from = (name: MetricPolicy['source']['from']): MetricPolicy[] =>
    deployment.metrics.filter(({ source }) => source.from === name);
  const sources: MetricSource[] = [];
  const server = deployment.prometheus;
  const queried = from('prometheus');
  if (server !== null && queried.length > 0)
    sources.push(
      prometheusSource({
        ask: connectPrometheus(server, deployment.repository, rollout.env),
        metrics: queried,
        version: { label: server.label, candidate: digestStart(plan.candidate), stable: digestStart(stable) },
        scrapeSeconds: server.scrapeSeconds,
        lagSeconds: server.lagSeconds,
        minimumCoverage: server.minimumCoverage,
      }),
    );
  if (from('probes').length > 0) sources.push(probeSource(() => rollout.takeRounds()));
  const scraped = from('scrape');
  if (scraped.length > 0)
    sources.push(
      scrapeSource({
        metrics: scraped,
        targets: () => targetsOf(rollout, scraped),
        everySeconds: scrapeEverySeconds,
        timeoutSeconds: scrapeTimeoutSeconds,
      }),
    );
  return sources;
}

/** The router knows where the instances of both versions listen now. A service has one path for all of its metrics. */
async function targetsOf(
  { plan, stable, connectRouter }: SourcesOfRollout,
  scraped: readonly MetricPolicy[],
): Promise<ScrapeTargets | null> {
  const path = scraped.map(({ source }) => (source.from === 'scrape' ? source.path : null))[0] ?? '/metrics';
  try {
    const shares = await (await connectRouter())?.shares();
    if (shares === undefined) return null;
    const urlsOf = (release: string): string[] =>
      [shares.stable, shares.candidate]
        .flatMap((version) => (version?.release === release ? version.ports : []))
        .map((port) => `http://127.0.0.1:${port}${path}`);
    return { candidate: urlsOf(plan.candidate), baseline: urlsOf(stable) };
  } catch {
    return null;
  }
}

/** A source brings figures only every few scrapes; before that nothing is missing. */
export function staleSecondsOf(
  { source }: MetricPolicy,
  { rollout, prometheus, probes }: Deployment,
): number {
  const seconds =
    source.from === 'prometheus' && prometheus !== null
      ? silenceSeconds(prometheus, prometheus.timeoutSeconds)
      : source.from === 'scrape'
        ? 3 * scrapeEverySeconds
        : source.from === 'probes'
          ? 3 * (probes.everySeconds + probes.timeoutSeconds)
          : 0;
  return Math.max(rollout.noDataSeconds, seconds);
}
