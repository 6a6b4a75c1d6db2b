import type { Random } from '../judge/seeded-random.ts';

/** One of the values, each as likely as the others. */
export function pick<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}

export function isDrawn(random: Random, share: number): boolean {
  return random() < share;
}

/** A whole number from `least` to `most`, both included. */
export function drawWhole(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** Each of the values with the given chance, in their order. */
export function someOf<Value>(random: Random, values: readonly Value[], share: number): Value[] {
  return values.filter(() => isDrawn(random, share));
}

export function shuffled<Value>(random: Random, values: readonly Value[]): Value[] {
  const copy = values.map((value) => ({ value, order: random() }));
  return copy.sort((one, other) => one.order - other.order).map(({ value }) => value);
}
