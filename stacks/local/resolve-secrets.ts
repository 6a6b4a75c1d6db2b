import { readFileSync } from 'node:fs';
import { readSecretReference } from '../../policies/policy-file/secret-reference.ts';

export type ResolvedEnvironment = { ok: true; env: Record<string, string> } | { ok: false; message: string };

/**
 * Puts what `env:NAME` and `file:/path` refer to in their place, at the last moment: in the process that starts the
 * service, and nowhere else. What is missing is said by name, never with a value.
 */
export function resolveSecrets(
  env: Readonly<Record<string, string>>,
  surroundings: Readonly<Record<string, string | undefined>>,
): ResolvedEnvironment {
  const resolved: Record<string, string> = {};
  for (const [name, written] of Object.entries(env)) {
    const reference = readSecretReference(written);
    const value = reference === null ? written : read(reference, surroundings);
    if (value === null) return { ok: false, message: `${name} refers to ${written}, which cannot be read` };
    resolved[name] = value;
  }
  return { ok: true, env: resolved };
}

function read(
  reference: NonNullable<ReturnType<typeof readSecretReference>>,
  surroundings: Readonly<Record<string, string | undefined>>,
): string | null {
  if (reference.from === 'env') return surroundings[reference.name] ?? null;
  try {
    return readFileSync(reference.path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return null;
  }
}
