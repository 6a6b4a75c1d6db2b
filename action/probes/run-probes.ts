import type { Probe } from './plan-probes.ts';

export interface ProbeResult {
  operation: string;
  target: string;
  isHealthy: boolean;
  /** HTTP status, or null when no answer came. */
  status: number | null;
  seconds: number;
  message: string;
}

const timeoutMs = 5000;

/** Sends every probe to every target (a base URL and the headers that pin it), one after the other per target. */
export async function runProbes(
  probes: readonly Probe[],
  targets: readonly { url: string; headers: Record<string, string> }[],
  signal: AbortSignal,
): Promise<ProbeResult[]> {
  const perTarget = targets.map(async ({ url, headers }) => {
    const results: ProbeResult[] = [];
    for (const probe of probes) results.push(await runProbe(probe, url, headers, signal));
    return results;
  });
  return (await Promise.all(perTarget)).flat();
}

async function runProbe(
  probe: Probe,
  target: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const started = performance.now();
  const result = (status: number | null, isHealthy: boolean, message: string): ProbeResult => ({
    operation: probe.operation,
    target,
    isHealthy,
    status,
    seconds: (performance.now() - started) / 1000,
    message,
  });
  try {
    const response = await fetch(`${target}${probe.path}`, {
      method: probe.method,
      headers: { ...probe.headers, ...headers, 'user-agent': 'evenkeel-probe' },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.arrayBuffer();
    const isExpected =
      probe.statuses.length === 0 ? response.status < 500 : probe.statuses.includes(response.status);
    const wanted = probe.statuses.length === 0 ? 'a status below 500' : 'a documented status';
    const message = isExpected
      ? 'as documented'
      : `${probe.operation} answered ${response.status}, which is not ${wanted}`;
    return result(response.status, isExpected, message);
  } catch (error) {
    const reason =
      error instanceof Error && error.name === 'TimeoutError' ? `within ${timeoutMs / 1000} s` : 'at all';
    return result(null, false, `${probe.operation} did not answer ${reason}`);
  }
}
