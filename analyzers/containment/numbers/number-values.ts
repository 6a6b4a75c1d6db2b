import { isWithin, stepRange, type ExactConstraints } from './exact-constraints.ts';
import { numberCandidates } from './number-candidates.ts';
import {
  compareRationals,
  isMultiple,
  leastCommonMultiple,
  nearestDouble,
  rationalOf,
  scale,
  type Rational,
} from './rational.ts';
import { none, unknown, type Values } from '../values.ts';

/** One end of a range. A decimal text holds what no double does, such as 9223372036854775807. */
export interface NumberBound {
  value: number | string;
  isExclusive: boolean;
}

/** What is asked of a number, all of it at once. */
export interface NumberConstraints {
  minimum?: NumberBound | undefined;
  maximum?: NumberBound | undefined;
  multiplesOf: readonly number[];
  notMultiplesOf: readonly number[];
  isInteger: boolean;
  isNotInteger: boolean;
  excluded: ReadonlySet<number>;
  /** Where it is given, only these come into question. */
  among?: readonly number[] | undefined;
}

const mostAttempts = 20_000;
const one: Rational = { numerator: 1n, denominator: 1n };

const numberFormats: ReadonlyMap<
  string,
  Pick<NumberConstraints, 'minimum' | 'maximum' | 'isInteger'>
> = new Map([
  ['int32', { minimum: inclusive(-2147483648), maximum: inclusive(2147483647), isInteger: true }],
  [
    'int64',
    {
      minimum: inclusive('-9223372036854775808'),
      maximum: inclusive('9223372036854775807'),
      isInteger: true,
    },
  ],
  [
    'float',
    {
      minimum: inclusive(-3.4028234663852886e38),
      maximum: inclusive(3.4028234663852886e38),
      isInteger: false,
    },
  ],
  ['double', { isInteger: false }],
]);

/**
 * The range of OpenAPI's number formats; undefined for a name that is none. ajv-formats knows int32 exactly; of int64
 * it looks at no range, and of float and double at nothing, so a witness against those is not confirmed by it.
 */
export function boundsOfNumberFormat(
  name: string,
): Pick<NumberConstraints, 'minimum' | 'maximum' | 'isInteger'> | undefined {
  return numberFormats.get(name);
}

/** A short number that keeps all constraints, exactly and in the floating-point arithmetic of validators. */
export function findNumber(constraints: NumberConstraints): Values<number> {
  const found = findNumbers(constraints, 1);
  if (found.outcome !== 'some') return found;
  const [value] = found.value;
  return value === undefined ? none : { outcome: 'some', value };
}

/**
 * So many different numbers that keep all constraints; `none` where there are provably fewer. What is decided is about
 * exact decimals; what is returned is a double that validators agree with.
 */
export function findNumbers(constraints: NumberConstraints, count: number): Values<number[]> {
  if (count <= 0) return { outcome: 'some', value: [] };
  const divisors = [...constraints.multiplesOf, ...constraints.notMultiplesOf];
  const bad = divisors.find((divisor) => !(divisor > 0 && Number.isFinite(divisor)));
  if (bad !== undefined) return unknown(`multipleOf ${bad} is not a positive number`);
  const exact = exactConstraints(constraints);
  if (exact === undefined) return unknown('a limit is not a decimal number of reasonable size');
  const accepts = acceptor(constraints, exact);
  if (constraints.among !== undefined) return amongThese(constraints.among, constraints, exact, count);
  const most = countAtMost(exact, constraints.excluded);
  if (most !== undefined && most < BigInt(count)) return none;
  const found = new Set<number>();
  const { candidates, isComplete } = numberCandidates(exact, count + constraints.excluded.size);
  let attempts = mostAttempts + 4 * count;
  for (const candidate of candidates) {
    if (attempts-- === 0) break;
    // 0 and -0 are one number.
    const value = nearestDouble(candidate) || 0;
    if (!found.has(value) && accepts(value)) found.add(value);
    if (found.size === count) return { outcome: 'some', value: [...found] };
  }
  if (isComplete && countExactly(exact, constraints.excluded) < count) return none;
  return notSure(divisors);
}

function amongThese(
  among: readonly number[],
  constraints: NumberConstraints,
  exact: ExactConstraints,
  count: number,
): Values<number[]> {
  const kept = [...new Set(among)].filter((value) => {
    const written = rationalOf(value);
    if (written === undefined || constraints.excluded.has(value)) return false;
    return isWithin(written, exact) && keepsSteps(written, exact);
  });
  if (kept.length < count) return none;
  const value = kept.filter((one) => floatAccepts(one, constraints)).slice(0, count);
  return value.length === count
    ? { outcome: 'some', value }
    : notSure([...constraints.multiplesOf, ...constraints.notMultiplesOf]);
}

function notSure([divisor]: readonly number[]): { outcome: 'unknown'; reason: string } {
  return divisor === undefined
    ? unknown('no number that a double can hold was found within the limits')
    : unknown(`multipleOf ${divisor} leaves no number that floating-point arithmetic is sure of`);
}

function exactConstraints(constraints: NumberConstraints): ExactConstraints | undefined {
  const { minimum, maximum, isInteger, isNotInteger } = constraints;
  const [low, high] = [exactBound(minimum), exactBound(maximum)];
  if ((low === undefined && minimum !== undefined) || (high === undefined && maximum !== undefined)) return;
  const steps = constraints.multiplesOf.map(rationalOf).filter((step) => step !== undefined);
  const avoided = constraints.notMultiplesOf.map(rationalOf).filter((step) => step !== undefined);
  const all = isInteger ? [one, ...steps] : steps;
  return {
    low,
    high,
    step: all.length === 0 ? undefined : all.reduce(leastCommonMultiple),
    avoided: isNotInteger ? [one, ...avoided] : avoided,
  };
}

function exactBound(bound: NumberBound | undefined): { value: Rational; isExclusive: boolean } | undefined {
  const value = bound === undefined ? undefined : rationalOf(bound.value);
  return bound === undefined || value === undefined ? undefined : { value, isExclusive: bound.isExclusive };
}

/** Whether a double keeps the constraints as the decimal that it is written as, and as validators reckon. */
function acceptor(constraints: NumberConstraints, exact: ExactConstraints): (value: number) => boolean {
  return (value) => {
    const written = Number.isFinite(value) ? rationalOf(value) : undefined;
    if (written === undefined || constraints.excluded.has(value)) return false;
    return isWithin(written, exact) && keepsSteps(written, exact) && floatAccepts(value, constraints);
  };
}

function keepsSteps(value: Rational, { step, avoided }: ExactConstraints): boolean {
  if (step !== undefined && !isMultiple(value, step)) return false;
  return avoided.every((other) => !isMultiple(value, other));
}

function floatAccepts(value: number, constraints: NumberConstraints): boolean {
  const { minimum, maximum, multiplesOf, notMultiplesOf, isInteger, isNotInteger } = constraints;
  const low = Number(minimum?.value ?? -Infinity);
  const high = Number(maximum?.value ?? Infinity);
  if (minimum?.isExclusive === true ? value <= low : value < low) return false;
  if (maximum?.isExclusive === true ? value >= high : value > high) return false;
  if (isInteger && !Number.isInteger(value)) return false;
  if (isNotInteger && Number.isInteger(value)) return false;
  return (
    multiplesOf.every((divisor) => isFloatMultiple(value, divisor)) &&
    notMultiplesOf.every((divisor) => !isFloatMultiple(value, divisor))
  );
}

// As ajv reckons, to the letter: from 1e21 on a quotient is written with an exponent, and parseInt reads its first digit.
function isFloatMultiple(value: number, divisor: number): boolean {
  const quotient = value / divisor;
  return quotient === parseInt(String(quotient), 10);
}

/** A bound on how many values there are, where one is cheap: undefined for "any number of them". */
function countAtMost(exact: ExactConstraints, excluded: ReadonlySet<number>): bigint | undefined {
  const { low, high, step, avoided } = exact;
  // Multiples of the step are multiples of what is avoided: nothing is left.
  if (step !== undefined && avoided.some((other) => isMultiple(step, other))) return 0n;
  if (low === undefined || high === undefined) return undefined;
  const order = compareRationals(low.value, high.value);
  if (order > 0 || (order === 0 && (low.isExclusive || high.isExclusive))) return 0n;
  if (order === 0) {
    const taken = [...excluded].some((value) => isSame(rationalOf(value), low.value));
    return !taken && keepsSteps(low.value, exact) ? 1n : 0n;
  }
  if (step === undefined) return undefined;
  const { first, last } = stepRange(exact, step);
  return last === undefined || first === undefined ? undefined : last < first ? 0n : last - first + 1n;
}

/** How many values there are among the multiples of the step; only asked where the candidates were all of them. */
function countExactly(exact: ExactConstraints, excluded: ReadonlySet<number>): number {
  if (exact.step === undefined) return Infinity;
  const { first, last } = stepRange(exact, exact.step);
  if (first === undefined || last === undefined) return Infinity;
  const taken = new Set([...excluded].map((value) => keyOf(rationalOf(value))));
  let count = 0;
  for (let factor = first; factor <= last; factor += 1n) {
    const value = scale(exact.step, factor);
    if (keepsSteps(value, exact) && !taken.has(keyOf(value))) count += 1;
  }
  return count;
}

function isSame(a: Rational | undefined, b: Rational): boolean {
  return a !== undefined && compareRationals(a, b) === 0;
}

function keyOf(value: Rational | undefined): string {
  return value === undefined ? '' : `${value.numerator}/${value.denominator}`;
}

function inclusive(value: number | string): NumberBound {
  return { value, isExclusive: false };
}
