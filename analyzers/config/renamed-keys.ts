import type { Difference, LoneValue } from './compare-values.ts';
import { wordsOf } from './key-names.ts';
import { readMeasure } from './measure.ts';

/** Keys that went and came in one object with one value, or with names that differ in their unit: the same key, renamed. */
export function renamedKeys({ removed, added }: Difference): Map<LoneValue, LoneValue> {
  const found = new Map<LoneValue, LoneValue>();
  const byHolder = new Map<string, LoneValue[]>();
  for (const key of added) {
    if (key.kind !== 'key') continue;
    const holder = holderOf(key);
    const known = byHolder.get(holder);
    if (known === undefined) byHolder.set(holder, [key]);
    else known.push(key);
  }
  for (const key of removed) {
    if (key.kind !== 'key') continue;
    const candidates = (byHolder.get(holderOf(key)) ?? []).slice(0, maxCandidates);
    const to =
      candidates.find((candidate) => isSameValue(key, candidate) && sharesWord(key, candidate)) ??
      candidates.find((candidate) => unitsOf(key, candidate) !== undefined) ??
      candidates.find((candidate) => isSameValue(key, candidate));
    if (to !== undefined) found.set(key, to);
  }
  return found;
}

const maxCandidates = 100;

/** `timeoutSeconds: 30` that became `timeoutMs: 30`: what was wrong with it, or undefined. */
export function questionRename(from: LoneValue, to: LoneValue): string | undefined {
  const units = unitsOf(from, to);
  const [before, after] = [readMeasure(from.place.value), readMeasure(to.place.value)];
  if (units === undefined || before?.unit !== '' || after?.unit !== '') return undefined;
  if (before.amount !== after.amount || before.amount === 0) return undefined;
  return `${from.place.pointer} became ${to.place.pointer}: the unit in its name changed, and the number did not (${after.amount})`;
}

const unit =
  /^(ns|us|ms|s|sec|secs|seconds|millis|milliseconds|min|mins|minutes|m|h|hours|d|days|bytes|b|kb|mb|gb|kib|mib|gib|percent|pct|ratio|fraction)$/;

function unitsOf(from: LoneValue, to: LoneValue): [string, string] | undefined {
  const [a, b] = [wordsOf(from.names.at(-1) ?? ''), wordsOf(to.names.at(-1) ?? '')];
  const [was, is] = [a.at(-1) ?? '', b.at(-1) ?? ''];
  if (!unit.test(was) || !unit.test(is) || was === is) return undefined;
  return a.slice(0, -1).join() === b.slice(0, -1).join() ? [was, is] : undefined;
}

function holderOf({ label, place }: LoneValue): string {
  return `${place.documentIndex}:${label.slice(0, label.lastIndexOf('/'))}`;
}

function sharesWord(a: LoneValue, b: LoneValue): boolean {
  const words = new Set(wordsOf(a.names.at(-1) ?? ''));
  return wordsOf(b.names.at(-1) ?? '').some((word) => words.has(word));
}

function isSameValue(a: LoneValue, b: LoneValue): boolean {
  const [from, to] = [a.place.value, b.place.value];
  if (typeof from !== 'object' || typeof to !== 'object') return from === to;
  return from !== null && to !== null && shapeOf(from) === shapeOf(to);
}

function shapeOf(value: object): string {
  return Object.keys(value).slice(0, 50).sort().join();
}
