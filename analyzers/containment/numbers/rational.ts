/** An exact fraction in lowest terms; the denominator is positive. */
export interface Rational {
  numerator: bigint;
  denominator: bigint;
}

const decimal = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
// Doubles reach from 5e-324 to 1.8e308; a text whose exponent is far beyond them would only cost memory.
const maxExponent = 5000;
const maxDigits = 5000;

/** The number that a decimal text stands for, exactly; undefined for what is none, or is beyond every bound. */
export function parseRational(text: string): Rational | undefined {
  const [, sign, whole, fraction = '', exponentText = '0'] = decimal.exec(text) ?? [];
  if (whole === undefined || whole.length + fraction.length > maxDigits) return undefined;
  const exponent = Number(exponentText) - fraction.length;
  if (Math.abs(exponent) > maxExponent) return undefined;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`);
  return exponent >= 0
    ? rational(digits * 10n ** BigInt(exponent), 1n)
    : rational(digits, 10n ** BigInt(-exponent));
}

/** Of a double: what its shortest decimal text says, which is what stands in the JSON that it came from. */
export function rationalOf(value: number | string): Rational | undefined {
  return parseRational(String(value));
}

export function rational(numerator: bigint, denominator: bigint): Rational {
  const common = greatestCommonDivisor(numerator, denominator);
  const sign = denominator < 0n ? -1n : 1n;
  if (common === 0n) return { numerator, denominator };
  return { numerator: (sign * numerator) / common, denominator: (sign * denominator) / common };
}

export function compareRationals(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function isMultiple(value: Rational, of: Rational): boolean {
  return (value.numerator * of.denominator) % (value.denominator * of.numerator) === 0n;
}

/** The smallest positive number that is a multiple of both; both are positive and in lowest terms. */
export function leastCommonMultiple(a: Rational, b: Rational): Rational {
  const numerator = (a.numerator / greatestCommonDivisor(a.numerator, b.numerator)) * b.numerator;
  return rational(numerator, greatestCommonDivisor(a.denominator, b.denominator));
}

export function scale(value: Rational, factor: bigint): Rational {
  return rational(value.numerator * factor, value.denominator);
}

/** The largest integer k with k * step <= value; `step` is positive. */
export function floorQuotient(value: Rational, step: Rational): bigint {
  const numerator = value.numerator * step.denominator;
  const denominator = value.denominator * step.numerator;
  const quotient = numerator / denominator;
  return numerator % denominator !== 0n && numerator < 0n ? quotient - 1n : quotient;
}

/** The double that is nearest to a number; its shortest text need not be the number itself. */
export function nearestDouble(value: Rational): number {
  const { numerator, denominator } = value;
  if (denominator === 1n) return Number(numerator);
  // Enough digits for the correct rounding of whatever is met here: 17 significant ones, and a tail that breaks ties.
  const magnitude = String(numerator < 0n ? -numerator : numerator).length - String(denominator).length;
  const exponent = magnitude - 40;
  const scaled =
    exponent < 0
      ? (numerator * 10n ** BigInt(-exponent)) / denominator
      : numerator / (denominator * 10n ** BigInt(exponent));
  return Number(`${String(scaled)}e${exponent}`);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
