import { isObject } from '../document/document.ts';
import { hasWord, isNominal, wordSet } from './key-names.ts';
import { dimensionsOf, inBaseUnits, isUnitFactor, readMeasure, type Measure } from './measure.ts';
import { placeName, type Question, type ScalarMove } from './question.ts';

/** What ten times as much, or a tenth, has in common: a decimal point or a unit was mistaken. */
const factor = 10;

// Shares of a whole, which are never more than it …
const shareWords = wordSet(
  'ratio ratios fraction fractions share shares probability prob chance percent percentage percentages pct sampling sample samples sampler quantile percentile',
);
// … and names that often are, and may be counts.
const maybeShareWords = wordSet(
  'rate rates threshold thresholds weight tolerance factor utilization usage alpha beta',
);

// Where nothing at all is no smaller amount but another behaviour: off, or without a bound.
const zeroWords = wordSet(
  'replicas replica instances instance count size max maximum limit limits timeout timeouts ttl interval workers worker threads thread pool connections connection memory mem cpu quota retention capacity concurrency parallelism backlog buffer rate retries retry attempts expiry expiration lifetime nodes shards copies quorum capacity min minimum isr factor rps qps budget keepalive desired',
);
const wholeWords = wordSet(
  'replicas replica instances count workers worker threads thread connections retries attempts nodes shards copies quorum',
);
// Below zero is a place like any other.
const signedWords = wordSet(
  'timezone nice adj adjust adjustment score temperature delta shift x y z lat lon lng altitude gain db dbm correction bias',
);

/** Compares two scalars that are numbers or measures. `undefined`: one of them is none. `null`: nothing to ask. */
export function questionNumber(scalar: ScalarMove): Question | null | undefined {
  const { move, words } = scalar;
  const before = withSiblingUnit(readMeasure(scalar.before), move.before.parent, move.names);
  const after = withSiblingUnit(readMeasure(scalar.after), move.after.parent, move.names);
  if (before === undefined || after === undefined) return undefined;
  const place = placeName(move.after);
  const ask = (rule: Question['rule'], message: string): Question => ({
    rule,
    message,
    detail: `${shown(before)}>${shown(after)}`,
  });
  const isText = typeof scalar.before === 'string' || typeof scalar.after === 'string';
  if (typeof scalar.before !== typeof scalar.after && before.unit === after.unit) {
    const isRenamed = isNominal(words) && before.amount !== after.amount && typeof scalar.after === 'string';
    if (!isRenamed)
      return ask(
        'config/keep-type',
        `${place} was ${typed(scalar.before)} and is ${typed(scalar.after)} now`,
      );
  }
  if (before.unit === '' && after.unit === '' && isNominal(words)) return null;
  if (Number.isInteger(before.amount) && !Number.isInteger(after.amount) && before.unit === after.unit) {
    if (hasWord(words, wholeWords))
      return ask('config/keep-type', `${place} counts, and ${shown(after)} is no whole number`);
  }
  if (
    isText &&
    before.unit === after.unit &&
    scalar.before !== scalar.after &&
    before.amount === after.amount
  ) {
    // `1.10` and `1.1` are one number and two versions.
    return null;
  }
  if ((before.unit === '%') !== (after.unit === '%')) {
    if (before.amount === 0 && after.amount === 0) return null;
    const message = `${place} moved from ${shown(before)} to ${shown(after)}: a percentage and a plain number are read differently`;
    return ask('config/question-fraction', message);
  }
  return questionZero(before, after, words, place, ask) ?? questionAmount(before, after, words, place, ask);
}

type Ask = (rule: Question['rule'], message: string) => Question;

function questionZero(
  before: Measure,
  after: Measure,
  words: readonly string[],
  place: string,
  ask: Ask,
): Question | null {
  if (before.amount > 0 && after.amount < 0 && !hasWord(words, signedWords)) {
    return ask(
      'config/question-magnitude',
      `${place} fell from ${shown(before)} below zero, to ${shown(after)}`,
    );
  }
  if (before.amount !== 0 && after.amount === 0 && hasWord(words, zeroWords)) {
    const message = `${place} fell from ${shown(before)} to zero, which mostly means off or without a bound`;
    return ask('config/question-magnitude', message);
  }
  return null;
}

function questionAmount(
  before: Measure,
  after: Measure,
  words: readonly string[],
  place: string,
  ask: Ask,
): Question | null {
  // From or to zero there is no factor.
  if (before.amount === 0 || after.amount === 0) return null;
  const moved = `${place} moved from ${shown(before)} to ${shown(after)}`;
  if (before.unit === after.unit) {
    if (before.unit === '' && isFractionMistaken(before.amount, after.amount, words)) {
      return ask(
        'config/question-fraction',
        `${moved}: one looks like a fraction and the other like a percentage`,
      );
    }
    const [from, to] = [before.amount, after.amount];
    if (!movedFar(from, to)) return null;
    if (isUnitFactor(from, to) && (before.unit !== '' || dimensionsOf(words).length > 0)) {
      return ask('config/question-unit', `${moved}, which is the factor between two units`);
    }
    return ask('config/question-magnitude', moved);
  }
  const base = inBaseUnits(before, after, words);
  if (base === undefined) {
    const message =
      before.unit === '' || after.unit === ''
        ? `${moved}: one has a unit and the other has none`
        : `${moved}: the two units do not measure the same`;
    return ask('config/question-unit', message);
  }
  // What a JVM takes for megabytes is a thousandth of a byte to Kubernetes.
  const isMegaOrMilli = [before.unit, after.unit].sort().join() === 'M,m';
  if (Math.abs(base.before - base.after) <= 1e-9 * Math.abs(base.before) && !isMegaOrMilli) return null;
  if (before.amount === after.amount) {
    return ask('config/question-unit', `${moved}: the number is the same, and the unit is another`);
  }
  if (!movedFar(base.before, base.after)) return null;
  return isUnitFactor(base.before, base.after)
    ? ask('config/question-unit', `${moved}, which is the factor between two units`)
    : ask('config/question-magnitude', moved);
}

function isFractionMistaken(before: number, after: number, words: readonly string[]): boolean {
  const [low, high] = before < after ? [before, after] : [after, before];
  const isCrossed = low > 0 && low <= 1 && high > 1;
  if (hasWord(words, shareWords)) {
    const isPercent = words.some((word) => /^(percent|pct|percentage)/.test(word));
    // 1 % and 5 % are two percentages; so are 0.5 and 2 where the name says percent.
    if (isPercent) return (isCrossed && high / low >= factor) || (before <= 100 && after > 100);
    return isCrossed && low < 1;
  }
  return hasWord(words, maybeShareWords) && isCrossed && low < 1 && high / low >= factor;
}

function movedFar(before: number, after: number): boolean {
  const ratio = Math.abs(after / before);
  // Decimal fractions are not exact: 0.3 is not quite ten times 0.03.
  return ratio >= factor * (1 - 1e-9) || ratio <= (1 / factor) * (1 + 1e-9);
}

/** `{ value: 30, unit: s }`, `{ timeout: 30, timeoutUnit: s }`: the unit stands beside the number. */
function withSiblingUnit(
  measure: Measure | undefined,
  parent: unknown,
  names: readonly string[],
): Measure | undefined {
  if (measure?.unit !== '' || !isObject(parent)) return measure;
  const name = names.at(-1) ?? '';
  for (const key of [`${name}Unit`, `${name}_unit`, `${name}-unit`, 'unit', 'units']) {
    const unit = Object.hasOwn(parent, key) ? parent[key] : undefined;
    if (typeof unit !== 'string') continue;
    return readMeasure(`${measure.amount} ${unit}`) ?? measure;
  }
  return measure;
}

/** The unit beside a number changed, and the number did not. */
export function questionSiblingUnit(scalar: ScalarMove): Question | undefined {
  const { move, before, after } = scalar;
  const { parent: was } = move.before;
  const { parent: is } = move.after;
  const key = /^(?:(.+?)[_-]?)?[uU]nits?$/.exec(move.names.at(-1) ?? '');
  if (key === null || typeof before !== 'string' || typeof after !== 'string') return undefined;
  if (!isObject(was) || !isObject(is)) return undefined;
  for (const name of key[1] === undefined
    ? ['value', 'amount', 'duration', 'size', 'interval', 'timeout']
    : [key[1]]) {
    const [from, to] = [readMeasure(was[name]), readMeasure(is[name])];
    if (from === undefined || to === undefined || from.amount !== to.amount || from.amount === 0) continue;
    const [a, b] = [readMeasure(`${from.amount} ${before}`), readMeasure(`${to.amount} ${after}`)];
    if (a === undefined || b === undefined) continue;
    const base = inBaseUnits(a, b, [name]);
    if (base !== undefined && base.before === base.after) continue;
    return {
      rule: 'config/question-unit',
      message: `${placeName(move.after)} changed the unit of ${JSON.stringify(name)}, and the number is the same (${from.amount})`,
      detail: `${a.unit}>${b.unit}`,
    };
  }
  return undefined;
}

export function shown({ amount, unit }: Measure): string {
  return unit === 'compound' || unit === 'PT' ? `${amount}s` : `${amount}${unit}`;
}

function typed(value: unknown): string {
  return typeof value === 'string' ? 'text' : 'a number';
}
