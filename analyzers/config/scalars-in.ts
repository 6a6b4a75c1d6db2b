import { entriesOf, pointerTo } from '../document/document.ts';
import type { LoneValue } from './compare-values.ts';

export interface Scalar {
  names: readonly string[];
  value: unknown;
  /** From the value that it stands in. */
  pointer: string;
}

const maxScalars = 2000;

/** The scalars in a value that came or went, in the order of their text, in bounded time. */
export function scalarsIn({ names, place }: LoneValue): Scalar[] {
  const found: Scalar[] = [];
  const pending: Scalar[] = [{ names, value: place.value, pointer: '' }];
  for (let seen = 0; pending.length > 0 && seen < 10 * maxScalars && found.length < maxScalars; seen++) {
    const next = pending.pop();
    if (next === undefined) break;
    if (typeof next.value !== 'object' || next.value === null) {
      found.push(next);
      continue;
    }
    const inside = Array.isArray(next.value)
      ? next.value.map((value: unknown, index): Scalar => ({
          ...next,
          value,
          pointer: pointerTo(next.pointer, index),
        }))
      : entriesOf(next.value).map(([key, value]): Scalar => ({
          names: [...next.names, nameOf(key, next.value)],
          value,
          pointer: pointerTo(next.pointer, key),
        }));
    pending.push(...inside.slice(0, maxScalars).reverse());
  }
  return found;
}

// `{ name: DB_PASSWORD, value: … }` is about a password.
function nameOf(key: string, holder: unknown): string {
  const name = key === 'value' ? entriesOf(holder).find(([other]) => other === 'name')?.[1] : undefined;
  return typeof name === 'string' ? name : key;
}
