/**
 * What a search for values that keep a set of constraints comes to. `none` is a proof that there is no such value (or
 * not as many as were asked for); `some` holds values that were checked; `unknown` says in `reason`, as the end of a
 * sentence, what could not be decided.
 */
export type Values<T> =
  { outcome: 'some'; value: T } | { outcome: 'none' } | { outcome: 'unknown'; reason: string };

export const none = { outcome: 'none' } as const;

export function unknown(reason: string): { outcome: 'unknown'; reason: string } {
  return { outcome: 'unknown', reason };
}
