import { isObject } from '../document/document.ts';
import type { Move } from './compare-values.ts';
import { wordsOf } from './key-names.ts';
import { inBaseUnits, readMeasure } from './measure.ts';
import { placeName, type Question } from './question.ts';

/** Words that make the lower and the upper bound of one thing out of one name. */
const pairs: readonly (readonly [lower: string, upper: string])[] = [
  ['min', 'max'],
  ['minimum', 'maximum'],
  ['lower', 'upper'],
  ['low', 'high'],
  ['soft', 'hard'],
  ['floor', 'ceiling'],
];

/** `minReplicas: 5` beside `maxReplicas: 3`: bounds that crossed, and did not before; null: they did not. */
export function questionOrder(move: Move): Question | null {
  const name = wordsOf(move.names.at(-1) ?? '');
  for (const pair of pairs) {
    const side = pair.findIndex((word) => name.includes(word));
    if (side === -1) continue;
    const other = name.map((word) => (word === pair[side] ? (pair[1 - side] ?? '') : word)).join();
    const was = valuesOf(move.before.parent, name.join(), other);
    const is = valuesOf(move.after.parent, name.join(), other);
    if (was === undefined || is === undefined) continue;
    const isOrdered = ([own, counterpart]: readonly [number, number]) =>
      side === 0 ? own <= counterpart : own >= counterpart;
    if (!isOrdered(was) || isOrdered(is)) continue;
    const message = `${placeName(move.after)} crossed its other bound: the lower one is above the upper one now`;
    return { rule: 'config/keep-relation', message, detail: 'crossed' };
  }
  return null;
}

function valuesOf(parent: unknown, own: string, other: string): readonly [number, number] | undefined {
  if (!isObject(parent)) return undefined;
  const keys = Object.keys(parent).slice(0, 1000);
  const [mine, theirs] = [own, other].map((words) => keys.find((key) => wordsOf(key).join() === words));
  if (mine === undefined || theirs === undefined) return undefined;
  const [a, b] = [readMeasure(parent[mine]), readMeasure(parent[theirs])];
  if (a === undefined || b === undefined) return undefined;
  if (a.unit === b.unit) return [a.amount, b.amount];
  const base = inBaseUnits(a, b, []);
  return base && [base.before, base.after];
}
