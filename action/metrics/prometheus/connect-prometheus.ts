import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PrometheusPolicy } from '../../../policies/policy-file/policy.ts';
import { inputFailure } from '../../../stacks/failure.ts';
import { resolveSecrets } from '../../../stacks/local/resolve-secrets.ts';
import { askPrometheus, type AskPrometheus } from './ask-prometheus.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The policy's server, with the secrets it refers to. Fails when one of them, or a certificate, cannot be read. */
export function connectPrometheus(
  server: PrometheusPolicy,
  repository: string,
  env: Environment,
): AskPrometheus {
  return askPrometheus({
    url: server.url,
    authorization: headerOf(server.authorization, env),
    ca: server.caFile === null ? null : readAuthority(resolve(repository, server.caFile)),
    timeoutSeconds: server.timeoutSeconds,
  });
}

function headerOf(authorization: PrometheusPolicy['authorization'], env: Environment): string | null {
  if (authorization === null) return null;
  if (authorization.scheme === 'bearer') return `Bearer ${secretOf({ token: authorization.token }, env)}`;
  const { username, password } = authorization;
  const pair = `${secretOf({ username }, env)}:${secretOf({ password }, env)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function secretOf(reference: Record<string, string>, env: Environment): string {
  const resolved = resolveSecrets(reference, env);
  const [value] = resolved.ok ? Object.values(resolved.env) : [];
  if (value !== undefined && value !== '') return value;
  const message = resolved.ok ? `${Object.keys(reference).join()} is empty` : resolved.message;
  throw inputFailure('secret-missing', `prometheus: ${message}; set it where evenkeel runs`);
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw inputFailure(
      'ca-unreadable',
      `prometheus: the certificates in ${path} cannot be read; correct \`caFile\``,
    );
  }
}
