import { stepRange, type ExactConstraints } from './exact-constraints.ts';
import { rational, scale, type Rational } from './rational.ts';

// A run of multiples that are all avoided is short: with ten divisors, no run of 50 is without one that is coprime.
const scanned = 4000;
const perScale = 48;
const finestScale = 330;

/**
 * Numbers to try, those that read best first. Complete: no other number can keep the constraints. What is found between
 * the bounds of an open range is dense, so of those only some are tried, at every number of decimals.
 */
export function numberCandidates(
  exact: ExactConstraints,
  count: number,
): { candidates: Iterable<Rational>; isComplete: boolean } {
  const { step } = exact;
  if (step === undefined) return { candidates: decimals(exact, count), isComplete: false };
  const wanted = BigInt(scanned + 8 * count);
  const { first, last } = stepRange(exact, step);
  const isComplete = first !== undefined && last !== undefined && last - first < wanted;
  return {
    candidates: chain(multiples(step, first, last, wanted), roundMultiples(step, first, last)),
    isComplete,
  };
}

function* chain(...sources: Iterable<Rational>[]): Iterable<Rational> {
  for (const source of sources) yield* source;
}

/** Far from zero doubles lie further apart than the multiples do; round numbers are the ones that they hold. */
function* roundMultiples(
  step: Rational,
  first: bigint | undefined,
  last: bigint | undefined,
): Iterable<Rational> {
  const isInside = (factor: bigint) =>
    (first === undefined || factor >= first) && (last === undefined || factor <= last);
  for (const end of [first, last]) {
    if (end === undefined) continue;
    for (const factor of roundNumbersNear(end)) if (isInside(factor)) yield scale(step, factor);
  }
}

function* multiples(
  step: Rational,
  first: bigint | undefined,
  last: bigint | undefined,
  wanted: bigint,
): Iterable<Rational> {
  for (const factor of outwards(first, last, wanted)) yield scale(step, factor);
}

/** The integers of a range, from the one nearest to zero outwards, positive ones first. */
function* outwards(first: bigint | undefined, last: bigint | undefined, wanted: bigint): Iterable<bigint> {
  const start = first !== undefined && first > 0n ? first : last !== undefined && last < 0n ? last : 0n;
  for (let distance = 0n; distance < wanted; distance += 1n) {
    const up = start + distance;
    const down = start - distance;
    if (last === undefined || up <= last) yield up;
    if (distance > 0n && (first === undefined || down >= first)) yield down;
  }
}

function* roundNumbersNear(end: bigint): Iterable<bigint> {
  const digits = String(end < 0n ? -end : end).length;
  for (let zeros = digits; zeros >= 1; zeros -= 1) {
    const unit = 10n ** BigInt(zeros);
    const rounded = (end / unit) * unit;
    for (const offset of [0n, 1n, -1n, 2n, -2n]) yield rounded + offset * unit;
  }
  for (let bits = digits * 4; bits >= 1; bits -= 1) {
    const unit = 1n << BigInt(bits);
    const rounded = (end / unit) * unit;
    for (const offset of [0n, 1n, -1n, 2n, -2n]) yield rounded + offset * unit;
  }
}

/** Decimals within the range: whole ones, then with one digit after the point, and so on. */
function* decimals(exact: ExactConstraints, count: number): Iterable<Rational> {
  const { low, high } = exact;
  for (const bound of [low, high]) if (bound !== undefined && !bound.isExclusive) yield bound.value;
  let unit = 1n;
  const wanted = BigInt(perScale + 2 * count);
  for (let digits = 0; digits <= finestScale; digits += 1) {
    const step = rational(1n, unit);
    const { first, last } = stepRange(exact, step);
    yield* multiples(step, first, last, wanted);
    if (digits === 0) yield* roundMultiples(step, first, last);
    unit *= 10n;
  }
}
