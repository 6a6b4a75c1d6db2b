/**
 * Is there an array that satisfies statements about arrays? Places up to the longest tuple are told apart, all later
 * ones are alike. What has to exist (an element outside of its `items`, so many that `contains`) is placed in every
 * way, over every length that could matter: a longer array than all that has to exist needs adds nothing but fill.
 */
import { answerOf, firstOf, Undecided, type Answer } from './answer.ts';
import { none } from '../values.ts';
import type { Solver } from './solve.ts';
import { canonicalJson, type Literal } from '../statement.ts';

const maxLength = 10_000;
/** Beyond this the placements are not tried one by one. */
const maxPlaced = 64;
const maxCounts = 4;

interface Tuple {
  prefix: readonly Literal[];
  rest: Literal;
}

interface Count {
  item: Literal;
  minimum: number;
  maximum: number;
}

interface ArrayProblem {
  tuples: Tuple[];
  /** Each has an element that is not what the tuple says. */
  violated: Tuple[];
  counts: Count[];
  minimum: number;
  maximum: number;
  isUnique: boolean;
  hasRepeat: boolean;
  excluded: Set<string>;
}

/** `literals`: those about arrays, and `among` ones; positive `among` has been dealt with before. */
export function solveArray(literals: Iterable<Literal>, solver: Solver): Answer {
  return answerOf(() => search(readProblem(literals, solver), solver));
}

function readProblem(literals: Iterable<Literal>, { statements }: Solver): ArrayProblem {
  const problem: ArrayProblem = {
    tuples: [],
    violated: [],
    counts: [],
    minimum: 0,
    maximum: Infinity,
    isUnique: false,
    hasRepeat: false,
    excluded: new Set(),
  };
  const counts = new Map<Literal, Count>();
  const countOf = (item: Literal) => {
    const count = counts.get(item) ?? { item, minimum: 0, maximum: Infinity };
    counts.set(item, count);
    return count;
  };
  for (const literal of literals) {
    const statement = statements.of(literal);
    const isPositive = literal > 0;
    switch (statement.op) {
      case 'array-minimum':
        if (isPositive) problem.minimum = Math.max(problem.minimum, Math.ceil(statement.limit));
        else problem.maximum = Math.min(problem.maximum, Math.ceil(statement.limit) - 1);
        break;
      case 'array-maximum':
        if (isPositive) problem.maximum = Math.min(problem.maximum, Math.floor(statement.limit));
        else problem.minimum = Math.max(problem.minimum, Math.floor(statement.limit) + 1);
        break;
      case 'array-items':
        (isPositive ? problem.tuples : problem.violated).push(statement);
        break;
      case 'array-unique':
        if (isPositive) problem.isUnique = true;
        else problem.hasRepeat = true;
        break;
      case 'array-contains-minimum':
      case 'array-contains-maximum': {
        const count = countOf(statement.item);
        // "Not at least n" is "at most n - 1", and the other way round.
        if (isPositive === (statement.op === 'array-contains-minimum')) {
          const least = isPositive ? statement.limit : statement.limit + 1;
          count.minimum = Math.max(count.minimum, least);
        } else {
          const most = isPositive ? statement.limit : statement.limit - 1;
          count.maximum = Math.min(count.maximum, most);
        }
        break;
      }
      case 'among':
        for (const value of statement.values) problem.excluded.add(value);
        break;
      default:
    }
  }
  problem.counts = [...counts.values()];
  return problem;
}

function search(problem: ArrayProblem, solver: Solver): Answer {
  const { tuples, violated, counts, minimum, maximum } = problem;
  if (minimum > maximum || counts.some((count) => count.minimum > count.maximum || count.maximum < 0))
    return none;
  if (counts.length > maxCounts) throw new Undecided('too many contains at one place');
  const prefix = Math.max(0, ...[...tuples, ...violated].map((tuple) => tuple.prefix.length));
  const needed = counts.reduce((sum, count) => sum + count.minimum, 0) + violated.length;
  const isPlain = needed === 0 && !problem.hasRepeat && counts.length === 0;
  // One more than the excluded ones can exclude, so that another length is an escape from them.
  const spare = (problem.hasRepeat ? 2 : 0) + (problem.excluded.size > 0 ? problem.excluded.size : 0);
  const longest = Math.min(maximum, isPlain ? minimum + spare : Math.max(minimum, prefix) + needed + spare);
  if (minimum > maxLength) throw new Undecided('minItems that large');
  if (!isPlain && longest > maxPlaced) throw new Undecided('so many elements at once');
  const lengths = function* (): Generator<() => Answer> {
    for (let length = minimum; length <= longest; length++) {
      if (!problem.hasRepeat) yield () => fillLength(problem, solver, length, undefined);
      else {
        // Places beyond the tuples are alike, so two of them stand for all.
        const last = Math.min(length, prefix + 2);
        for (let second = 1; second < last; second++) {
          for (let first = 0; first < second; first++) {
            yield () => fillLength(problem, solver, length, [first, second]);
          }
        }
      }
    }
  };
  return firstOf(lengths());
}

/** What is chosen for one place: which counts it adds to, and which violations it is. */
interface Placement {
  goal: readonly Literal[];
}

function fillLength(
  problem: ArrayProblem,
  solver: Solver,
  length: number,
  equal: readonly [number, number] | undefined,
): Answer {
  const { counts, violated } = problem;
  const tried = new Map<string, Answer>();
  const placements: Placement[] = [];

  const assign = (at: number, held: readonly number[], open: number): Answer => {
    if (counts.some(({ maximum }, index) => (held[index] ?? 0) > maximum)) return none;
    const missing = counts.reduce(
      (sum, { minimum }, index) => Math.max(sum, minimum - (held[index] ?? 0)),
      0,
    );
    if (missing > length - at) return none;
    if (at === length) return open === 0 ? valuesOf(problem, solver, placements, equal) : none;
    solver.countStep();
    // Placements of the same rest with the same needs end alike, unless values must differ or agree.
    const canReuse = !problem.isUnique && equal === undefined && problem.excluded.size === 0;
    const key = `${at} ${held.join()} ${open}`;
    const known = canReuse ? tried.get(key) : undefined;
    if (known !== undefined && known.outcome !== 'some') return known;
    const answer = firstOf(choices(at, held, open));
    tried.set(key, answer);
    return answer;
  };

  const choices = function* (at: number, held: readonly number[], open: number): Generator<() => Answer> {
    for (let subset = 0; subset < 1 << counts.length; subset++) {
      for (let taken = open; ; taken = (taken - 1) & open) {
        yield () => {
          const goal = goalAt(problem, at, subset, taken);
          if (goal === undefined) return none;
          const partner = equal?.[1] === at ? placements[equal[0]] : undefined;
          const whole = [...goal, ...(partner?.goal ?? [])];
          const value = solver.find(whole);
          if (value.outcome !== 'some') return value;
          placements[at] = { goal: whole };
          const next = held.map((count, index) => count + (subset & (1 << index) ? 1 : 0));
          const answer = assign(at + 1, next, open & ~taken);
          placements.length = at;
          return answer;
        };
        if (taken === 0) break;
      }
    }
  };
  if (violated.length === 0 && counts.length === 0) {
    for (let at = 0; at < length; at++) {
      const partner = equal?.[1] === at ? placements[equal[0]] : undefined;
      placements.push({ goal: [...(goalAt(problem, at, 0, 0) ?? []), ...(partner?.goal ?? [])] });
    }
    return valuesOf(problem, solver, placements, equal);
  }
  return assign(
    0,
    counts.map(() => 0),
    (1 << violated.length) - 1,
  );
}

/** What the element at a place has to satisfy; undefined where it cannot be the violation that it should be. */
function goalAt(problem: ArrayProblem, at: number, subset: number, taken: number): Literal[] | undefined {
  const goal = problem.tuples.map((tuple) => tuple.prefix[at] ?? tuple.rest);
  for (const [index, tuple] of problem.violated.entries()) {
    if ((taken & (1 << index)) !== 0) goal.push(-(tuple.prefix[at] ?? tuple.rest));
  }
  for (const [index, { item, maximum }] of problem.counts.entries()) {
    if ((subset & (1 << index)) !== 0) goal.push(item);
    // Elements that nobody limits need not be known to stay outside.
    else if (maximum !== Infinity) goal.push(-item);
  }
  return goal;
}

function valuesOf(
  problem: ArrayProblem,
  solver: Solver,
  placements: readonly Placement[],
  equal: readonly [number, number] | undefined,
): Answer {
  const values: unknown[] = [];
  const used: string[] = [];
  const isAlike = placements.every(({ goal }) => String(goal) === String(placements[0]?.goal));
  for (const [at, { goal }] of placements.entries()) {
    if (equal?.[1] === at) {
      values.push(values[equal[0]]);
      continue;
    }
    // The first of two equal places has to satisfy what the second does.
    const own = equal?.[0] === at ? (placements[equal[1]]?.goal ?? goal) : goal;
    const answer = solver.find(problem.isUnique ? [...own, -solver.statements.among(used)] : own);
    if (answer.outcome === 'none' && problem.isUnique && used.length > 0 && !isAlike) {
      return solver.find(own).outcome === 'none' ? none : distinctValues(placements, solver);
    }
    if (answer.outcome !== 'some') return answer;
    values.push(answer.value);
    used.push(canonicalJson(answer.value));
  }
  if (!problem.excluded.has(canonicalJson(values))) return { outcome: 'some', value: values };
  for (const [at, { goal }] of placements.entries()) {
    if (equal?.includes(at) === true) continue;
    const texts = [...problem.excluded, canonicalJson(values)].flatMap((text) => {
      const value: unknown = JSON.parse(text);
      return Array.isArray(value) && at < value.length ? [canonicalJson(value[at])] : [];
    });
    const others = problem.isUnique ? [...texts, ...used] : texts;
    const other = solver.find([...goal, -solver.statements.among(others)]);
    if (other.outcome === 'some') return { outcome: 'some', value: values.with(at, other.value) };
  }
  // Another length, or another placement, may still do.
  if (placements.length === 0) return none;
  throw new Undecided('an array in enum or const that is excluded');
}

const maxDomain = 12;

/** Distinct values for places with different needs: a matching, over the few values that each can have. */
function distinctValues(placements: readonly Placement[], solver: Solver): Answer {
  const domains = placements.map(({ goal }) => {
    const values: unknown[] = [];
    while (values.length < maxDomain) {
      const answer = solver.find([...goal, -solver.statements.among(values.map(canonicalJson))]);
      if (answer.outcome === 'unknown') throw new Undecided(answer.reason);
      if (answer.outcome === 'none') return { values, isWhole: true };
      values.push(answer.value);
    }
    return { values, isWhole: false };
  });
  const match = (at: number, used: ReadonlySet<string>): unknown[] | undefined => {
    const domain = domains[at];
    if (domain === undefined) return [];
    solver.countStep();
    for (const value of domain.values) {
      const text = canonicalJson(value);
      if (used.has(text)) continue;
      const rest = match(at + 1, new Set([...used, text]));
      if (rest !== undefined) return [value, ...rest];
    }
    return undefined;
  };
  const found = match(0, new Set());
  if (found !== undefined) return { outcome: 'some', value: found };
  if (domains.every(({ isWhole }) => isWhole)) return none;
  throw new Undecided('uniqueItems over places with different values');
}
