/** Where a secret is, so that the policy, the state and the audit log never hold it. */
export type SecretReference = { from: 'env'; name: string } | { from: 'file'; path: string };

/**
 * Reads `env:NAME` and `file:/absolute/path`. Everything else is a value and means itself, also `file:./dev.db`, which
 * is how databases in a file are addressed.
 */
export function readSecretReference(value: string): SecretReference | null {
  const name = /^env:([A-Za-z_]\w*)$/.exec(value)?.[1];
  if (name !== undefined) return { from: 'env', name };
  const path = /^file:(\/(?!\/).+)$/.exec(value)?.[1];
  return path === undefined ? null : { from: 'file', path };
}
