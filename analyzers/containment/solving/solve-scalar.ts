/** Is there a number, a string or a constant that satisfies statements about it? The limits are gathered, and asked at once. */
import type { Answer } from './answer.ts';
import { none } from '../values.ts';
import { findNumber } from '../numbers/number-values.ts';
import { compareRationals, rationalOf } from '../numbers/rational.ts';
import type { Literal, Statements } from '../statement.ts';
import { findString } from '../strings/string-values.ts';

/** The first of the values that is not excluded. */
export function solveConstants(
  values: readonly (boolean | null)[],
  literals: ReadonlySet<Literal>,
  statements: Statements,
): Answer {
  const excluded = excludedBy(literals, statements);
  const value = values.find((one) => !excluded.includes(one));
  return value === undefined ? none : { outcome: 'some', value };
}

/** `literals`: those about numbers, and `among` ones; positive `among` has been dealt with before. */
export function solveNumber(literals: ReadonlySet<Literal>, statements: Statements): Answer {
  const multiplesOf: number[] = [];
  const notMultiplesOf: number[] = [];
  let isInteger = false;
  let isNotInteger = false;
  let minimum: Bound | undefined;
  let maximum: Bound | undefined;
  for (const literal of literals) {
    const statement = statements.of(literal);
    const isPositive = literal > 0;
    switch (statement.op) {
      case 'number-integer':
        if (isPositive) isInteger = true;
        else isNotInteger = true;
        break;
      case 'number-multiple':
        (isPositive ? multiplesOf : notMultiplesOf).push(statement.of);
        break;
      case 'number-minimum':
      case 'number-maximum': {
        const { limit: value, isExclusive } = statement;
        // What is not at least the limit is below it.
        const bound = { value, isExclusive: isPositive ? isExclusive : !isExclusive };
        if ((statement.op === 'number-minimum') === isPositive) minimum = tighter(minimum, bound, 1);
        else maximum = tighter(maximum, bound, -1);
        break;
      }
      default:
    }
  }
  const excluded = new Set(excludedBy(literals, statements).filter((value) => typeof value === 'number'));
  const asked = { minimum, maximum, multiplesOf, notMultiplesOf, isInteger, isNotInteger, excluded };
  const answer = findNumber(asked);
  if (answer.outcome !== 'none' || !isInexact(multiplesOf, notMultiplesOf)) return answer;
  // By the numbers as they are written there is none. Validators that divide in floating point may see one.
  const steps = multiplesOf.map((of) => Array.from({ length: mostSteps }, (_, step) => step * of));
  const among = steps.flat().flatMap((value) => [value, Number(value.toPrecision(12)), -value]);
  const isSeen = among.some((value) => {
    const keeps = multiplesOf.every((of) => Number.isInteger(value / of));
    if (!keeps || notMultiplesOf.some((of) => Number.isInteger(value / of))) return false;
    return findNumber({ ...asked, multiplesOf: [], notMultiplesOf: [], among: [value] }).outcome === 'some';
  });
  return isSeen
    ? { outcome: 'unknown', reason: 'multipleOf with fractions, which validators count differently' }
    : answer;
}

const mostSteps = 100;

/** Whether division by some of them, in floating point, may miss by a little. */
function isInexact(multiplesOf: readonly number[], notMultiplesOf: readonly number[]): boolean {
  const isFraction = (of: number) => !Number.isInteger(of);
  return notMultiplesOf.length > 0 && [...multiplesOf, ...notMultiplesOf].some(isFraction);
}

/** `literals`: those about strings, and `among` ones; positive `among` has been dealt with before. */
export function solveString(literals: ReadonlySet<Literal>, statements: Statements): Answer {
  const patterns: string[] = [];
  const notPatterns: string[] = [];
  const formats: string[] = [];
  const notFormats: string[] = [];
  let minLength = 0;
  let maxLength = Infinity;
  for (const literal of literals) {
    const statement = statements.of(literal);
    const isPositive = literal > 0;
    switch (statement.op) {
      case 'string-minimum':
        if (isPositive) minLength = Math.max(minLength, Math.ceil(statement.limit));
        else maxLength = Math.min(maxLength, Math.ceil(statement.limit) - 1);
        break;
      case 'string-maximum':
        if (isPositive) maxLength = Math.min(maxLength, Math.floor(statement.limit));
        else minLength = Math.max(minLength, Math.floor(statement.limit) + 1);
        break;
      case 'string-pattern':
        (isPositive ? patterns : notPatterns).push(statement.pattern);
        break;
      case 'string-format':
        (isPositive ? formats : notFormats).push(statement.format);
        break;
      default:
    }
  }
  const excluded = new Set(excludedBy(literals, statements).filter((value) => typeof value === 'string'));
  return findString({ minLength, maxLength, patterns, notPatterns, formats, notFormats, excluded });
}

function excludedBy(literals: ReadonlySet<Literal>, statements: Statements): unknown[] {
  return [...literals].flatMap((literal) => {
    const statement = statements.of(literal);
    return statement.op === 'among' ? statement.values.map((text): unknown => JSON.parse(text)) : [];
  });
}

interface Bound {
  value: number;
  isExclusive: boolean;
}

/** The bound that excludes more; `direction` is 1 for minima. */
function tighter(one: Bound | undefined, other: Bound, direction: 1 | -1): Bound {
  if (one === undefined) return other;
  const [a, b] = [rationalOf(one.value), rationalOf(other.value)];
  if (a === undefined || b === undefined) return other;
  const order = compareRationals(a, b) * direction;
  if (order === 0) return one.isExclusive ? one : other;
  return order > 0 ? one : other;
}
