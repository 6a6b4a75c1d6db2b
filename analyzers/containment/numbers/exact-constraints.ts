import { compareRationals, floorQuotient, scale, type Rational } from './rational.ts';

/** Constraints on a number as exact numbers. `step`: every value is a multiple of it; undefined: any number may do. */
export interface ExactConstraints {
  low: { value: Rational; isExclusive: boolean } | undefined;
  high: { value: Rational; isExclusive: boolean } | undefined;
  step: Rational | undefined;
  avoided: readonly Rational[];
}

/** Whether a number lies within the range. */
export function isWithin(value: Rational, { low, high }: ExactConstraints): boolean {
  if (low !== undefined && compareRationals(value, low.value) < (low.isExclusive ? 1 : 0)) return false;
  return high === undefined || compareRationals(value, high.value) <= (high.isExclusive ? -1 : 0);
}

/** The factors of the step that lie within the range. */
export function stepRange(
  { low, high }: ExactConstraints,
  step: Rational,
): { first: bigint | undefined; last: bigint | undefined } {
  let first = low === undefined ? undefined : -floorQuotient(scale(low.value, -1n), step);
  let last = high === undefined ? undefined : floorQuotient(high.value, step);
  if (
    low?.isExclusive === true &&
    first !== undefined &&
    compareRationals(scale(step, first), low.value) === 0
  )
    first += 1n;
  if (
    high?.isExclusive === true &&
    last !== undefined &&
    compareRationals(scale(step, last), high.value) === 0
  )
    last -= 1n;
  return { first, last };
}
