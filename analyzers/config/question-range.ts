import { isObject } from '../document/document.ts';
import type { EarlierValues } from './earlier-values.ts';
import { hasWord, isNominal, wordSet } from './key-names.ts';
import { inBaseUnits, readMeasure, type Measure } from './measure.ts';
import type { Move } from './compare-values.ts';
import { placeName, scalarMove, type Question, type ScalarMove } from './question.ts';
import { shown } from './question-number.ts';

/** Fewer versions say nothing about what is usual. */
const leastForRange = 5;
const leastForConstant = 10;
/** How far beyond the range a value may go. */
const tolerance = 3;
/** More different values than these are no enumeration. */
const mostKinds = 4;

const enumeratedWords = wordSet(
  'mode level type strategy policy env environment protocol scheme driver engine format algorithm class tier role backend provider isolation encoding compression kind method region profile stage',
);

/** A value outside of what its key has had, or of what its name allows; null: nothing to ask. */
export function questionRange(move: Move, history: EarlierValues): Question | null {
  const scalar = scalarMove(move);
  return questionPort(scalar) ?? questionEarlier(scalar, history);
}

function questionPort({ words, before, after, move }: ScalarMove): Question | null {
  if (words.at(-1) !== 'port') return null;
  const [was, is] = [readMeasure(before), readMeasure(after)];
  if (was?.unit !== '' || is?.unit !== '' || !isPort(was.amount) || isPort(is.amount)) return null;
  const message = `${placeName(move.after)} is ${is.amount}, and ports go from 1 to 65535`;
  return { rule: 'config/leave-range', message, detail: `${is.amount}` };
}

function isPort(amount: number): boolean {
  return Number.isInteger(amount) && amount >= 1 && amount <= 65_535;
}

function questionEarlier(
  { words, before, after, move }: ScalarMove,
  history: EarlierValues,
): Question | null {
  const { pointer, documentIndex } = move.before;
  // A position in a list belongs to another entry in every version.
  if (isInList(move)) return null;
  const values = [before, ...history(pointer, documentIndex)];
  const now = readMeasure(after);
  if (now !== undefined) return isNominal(words) ? null : questionNumber(values, now, words, move);
  if (typeof after !== 'string' || values.length < leastForConstant) return null;
  const kinds = new Set(values);
  const isWord = (value: unknown) => typeof value === 'string' && /^[A-Za-z][A-Za-z_-]{1,30}$/.test(value);
  const isEnumerated = hasWord(words, enumeratedWords) || (kinds.size > 1 && kinds.size <= mostKinds);
  if (kinds.size > mostKinds || !isEnumerated || kinds.has(after) || ![...kinds].every(isWord)) return null;
  const had = kinds.size === 1 ? 'one and the same value' : `one of ${kinds.size} values`;
  const message = `${placeName(move.after)} had ${had} in ${values.length} versions, and has one that was never there`;
  return { rule: 'config/leave-range', message, detail: 'never there' };
}

function questionNumber(
  values: readonly unknown[],
  now: Measure,
  words: readonly string[],
  move: Move,
): Question | null {
  let low: { base: number; measure: Measure } | undefined;
  let high: { base: number; measure: Measure } | undefined;
  let amount = 0;
  let count = 0;
  for (const value of values) {
    const measure = readMeasure(value);
    const base = measure && commonBase(measure, now, words);
    // Zero is off, and no amount that others are compared with.
    if (measure === undefined || base === undefined || base.before <= 0) continue;
    count++;
    amount = base.after;
    if (low === undefined || base.before < low.base) low = { base: base.before, measure };
    if (high === undefined || base.before > high.base) high = { base: base.before, measure };
  }
  if (low === undefined || high === undefined || count < leastForRange || amount <= 0) return null;
  if (amount <= high.base * tolerance && amount >= low.base / tolerance) return null;
  const range =
    low.base === high.base ? shown(low.measure) : `${shown(low.measure)} to ${shown(high.measure)}`;
  return {
    rule: 'config/leave-range',
    message: `${placeName(move.after)} is ${shown(now)}; in ${count} versions it was ${range}`,
    detail: `${range}>${shown(now)}`,
  };
}

function commonBase(earlier: Measure, now: Measure, words: readonly string[]) {
  if (earlier.unit === now.unit) return { before: earlier.amount, after: now.amount };
  return inBaseUnits(earlier, now, words);
}

function isInList({ label, before }: Move): boolean {
  return label.includes('[') || !isObject(before.parent);
}
