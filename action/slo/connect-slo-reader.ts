import type { PrometheusPolicy } from '../../policies/policy-file/policy.ts';
import type { CommandContext } from '../commands/command.ts';
import { connectPrometheus } from '../metrics/prometheus/connect-prometheus.ts';
import { prometheusSloReader } from './prometheus-slo-reader.ts';
import type { SloReader } from './slo-reader.ts';

/**
 * Where the counters of an SLO are read; without a server in the policy nothing is known of any window. Fails when a
 * secret or a certificate that the policy refers to cannot be read.
 */
export function connectSloReader(
  server: PrometheusPolicy | null,
  repository: string,
  context: Pick<CommandContext, 'env' | 'now'>,
): SloReader {
  if (server === null)
    return { ratioOver: () => Promise.resolve({ problem: 'the policy names no Prometheus server' }) };
  return prometheusSloReader({
    ask: connectPrometheus(server, repository, context.env),
    nowSeconds: () => context.now().getTime() / 1000,
    scrapeIntervalSeconds: server.scrapeSeconds,
    lagSeconds: server.lagSeconds,
  });
}
