/** The places that probes are sent from: this machine, an agent somewhere else, or the far side of a proxy. */
import type { LocationPolicy } from '../../policies/probes/probe-policy.ts';
import type { ProbeAnswer, ProbeRequest } from '../../policies/probes/probe-request.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { resolveSecrets } from '../../stacks/local/resolve-secrets.ts';
import { connectAgent } from './agent/connect-agent.ts';
import { sendProbe } from './send-probe.ts';

export interface ProbeLocation {
  name: string;
  /** The base URL that this place calls instead of the public one; null: the public one. */
  target: string | null;
  /** Only an abortion through `signal` throws; `target` without a slash at its end. */
  send(request: ProbeRequest, target: string, signal: AbortSignal): Promise<ProbeAnswer>;
  close(): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Fails when a certificate or key that the policy refers to cannot be read. */
export function openLocation(
  policy: LocationPolicy,
  env: Environment,
  timeoutSeconds: number,
): ProbeLocation {
  const { name } = policy;
  if (policy.kind === 'agent') {
    const { ca, cert, key } = policy;
    const agent = connectAgent(policy.url, secretsOf({ ca, cert, key }, `location ${name}`, env));
    return {
      name,
      target: policy.target,
      send: (request, target, signal) => agent.ask({ request, target, timeoutSeconds }, signal),
      close: () => agent.close(),
    };
  }
  const proxy = policy.kind === 'proxy' ? policy.url : null;
  return {
    name,
    target: policy.kind === 'proxy' ? policy.target : null,
    send: (request, target, signal) => sendProbe(request, { target, proxy, timeoutSeconds, signal }),
    close: () => undefined,
  };
}

/** Texts with what their references lead to; those that are none stay as they are. */
function secretsOf(
  references: Readonly<Record<string, string>>,
  what: string,
  env: Environment,
): Record<string, string> {
  const resolved = resolveSecrets(references, env);
  if (resolved.ok) return resolved.env;
  throw inputFailure('secret-missing', `probes, ${what}: ${resolved.message}; set it where evenkeel runs`);
}

/** A request with its secrets in place, just before it is sent. */
export function withSecrets(request: ProbeRequest, env: Environment): ProbeRequest {
  return { ...request, headers: secretsOf(request.headers, `a header of ${request.method}`, env) };
}
