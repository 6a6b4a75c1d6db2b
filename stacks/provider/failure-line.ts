import { Failure } from '../failure.ts';

const marker = 'evenkeel-failure:';

/** A failure as one word that survives being printed, wrapped and quoted on its way through the Pulumi CLI. */
export function encodeFailure(failure: Failure): string {
  const { kind, reasonCode, message, mayRetry } = failure;
  return `${marker}${Buffer.from(JSON.stringify({ kind, reasonCode, message, mayRetry })).toString('base64url')}:`;
}

/** The first failure in what the CLI printed, or null when it has none of ours. */
export function findFailure(text: string): Failure | null {
  const encoded = new RegExp(`${marker}([\\w-]+):`).exec(text)?.[1];
  if (encoded === undefined) return null;
  const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null) return null;
  const { kind, reasonCode, message, mayRetry } = Object.fromEntries(Object.entries(value));
  return new Failure(
    kind === 'input' ? 'input' : 'effect',
    String(reasonCode),
    String(message),
    mayRetry === true,
  );
}
