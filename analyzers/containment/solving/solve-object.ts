/**
 * Is there an object that satisfies statements about objects? Keys are a few known names and, beyond them, classes of
 * names that match the same patterns: within a class all names are alike. What has to exist (a key that violates
 * `additionalProperties`, one that a pattern takes) is placed on a known name, on one that is there already, or on a
 * fresh one of some class; every placement is tried before the answer is `none`.
 */
import { answerOf, firstOf, Undecided, type Answer } from './answer.ts';
import { none } from '../values.ts';
import type { Solver } from './solve.ts';
import { canonicalJson, type Literal } from '../statement.ts';

const maxClasses = 400;
const maxFill = 200;

interface Others {
  names: ReadonlySet<string>;
  patterns: readonly string[];
  value: Literal;
}

/** A key that has to be there, of some name, with a value that satisfies `value`. */
interface Existence {
  fits(name: string): boolean;
  patterns: readonly string[];
  notPatterns: readonly string[];
  /** Names that do not fit. */
  notNames: ReadonlySet<string>;
  nameLiterals: readonly Literal[];
  value: Literal;
}

const noNames: ReadonlySet<string> = new Set();

interface ObjectProblem {
  properties: Map<string, Literal[]>;
  patternRules: { pattern: string; value: Literal }[];
  others: Others[];
  nameRules: Literal[];
  present: Map<string, Literal[]>;
  absent: Set<string>;
  existences: Existence[];
  minimum: number;
  maximum: number;
  /** Canonical texts of objects that it must not be. */
  excluded: Set<string>;
  declared: { names: Set<string>; patterns: string[] } | undefined;
}

/** `literals`: those about objects, and `among` ones; positive `among` has been dealt with before. */
export function solveObject(literals: Iterable<Literal>, solver: Solver): Answer {
  return answerOf(() => search(readProblem(literals, solver), solver));
}

function readProblem(literals: Iterable<Literal>, solver: Solver): ObjectProblem {
  const problem: ObjectProblem = {
    properties: new Map(),
    patternRules: [],
    others: [],
    nameRules: [],
    present: new Map(),
    absent: new Set(),
    existences: [],
    minimum: 0,
    maximum: Infinity,
    excluded: new Set(),
    declared: undefined,
  };
  for (const literal of literals) readLiteral(problem, literal, solver);
  return problem;
}

function readLiteral(problem: ObjectProblem, literal: Literal, { statements, matches, holds }: Solver): void {
  const statement = statements.of(literal);
  const isPositive = literal > 0;
  switch (statement.op) {
    case 'object-minimum':
      if (isPositive) problem.minimum = Math.max(problem.minimum, statement.limit);
      else problem.maximum = Math.min(problem.maximum, Math.ceil(statement.limit) - 1);
      break;
    case 'object-maximum':
      if (isPositive) problem.maximum = Math.min(problem.maximum, statement.limit);
      else problem.minimum = Math.max(problem.minimum, Math.floor(statement.limit) + 1);
      break;
    case 'object-required':
      if (isPositive) addTo(problem.present, statement.name);
      else problem.absent.add(statement.name);
      break;
    case 'object-property':
      if (isPositive) addTo(problem.properties, statement.name, statement.value);
      else addTo(problem.present, statement.name, -statement.value);
      break;
    case 'object-pattern': {
      const { pattern, value } = statement;
      if (isPositive) problem.patternRules.push({ pattern, value });
      else {
        const fits = (name: string) => matches(pattern, name);
        problem.existences.push({
          fits,
          patterns: [pattern],
          notPatterns: [],
          notNames: noNames,
          nameLiterals: [],
          value: -value,
        });
      }
      break;
    }
    case 'object-others': {
      const others = { ...statement, names: new Set(statement.names) };
      if (isPositive) problem.others.push(others);
      else {
        problem.existences.push({
          fits: (name) => isOther(others, name, matches),
          patterns: [],
          notPatterns: others.patterns,
          notNames: others.names,
          nameLiterals: [],
          value: -others.value,
        });
      }
      break;
    }
    case 'object-names': {
      const { name: rule } = statement;
      if (isPositive) problem.nameRules.push(rule);
      else {
        const fits = (name: string) => holds(-rule, name);
        const existence = { patterns: [], notPatterns: [], notNames: noNames, nameLiterals: [-rule] };
        problem.existences.push({ fits, ...existence, value: 1 });
      }
      break;
    }
    case 'object-declares': {
      const declared = (problem.declared ??= { names: new Set(), patterns: [] });
      for (const name of statement.names) declared.names.add(name);
      declared.patterns.push(...statement.patterns);
      break;
    }
    case 'among':
      for (const value of statement.values) problem.excluded.add(value);
      break;
    default:
  }
}

function isOther(others: Others, name: string, matches: Solver['matches']): boolean {
  return !others.names.has(name) && !others.patterns.some((pattern) => matches(pattern, name));
}

function search(problem: ObjectProblem, solver: Solver): Answer {
  const { present, absent, minimum, maximum } = problem;
  if (minimum > maximum || present.size > maximum) return none;
  for (const name of present.keys()) if (absent.has(name) || !mayBeThere(problem, name, solver)) return none;
  return place(problem, solver, knownNames(problem), present, 0);
}

function knownNames({ properties, present, absent, others, declared, excluded }: ObjectProblem): Set<string> {
  const names = new Set([...properties.keys(), ...present.keys(), ...absent]);
  for (const { names: listed } of others) for (const name of listed) names.add(name);
  for (const name of declared?.names ?? []) names.add(name);
  for (const text of excluded) {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) for (const name of Object.keys(value)) names.add(name);
  }
  return names;
}

function mayBeThere(problem: ObjectProblem, name: string, solver: Solver): boolean {
  const { absent, declared, properties, nameRules } = problem;
  if (absent.has(name) || !nameRules.every((rule) => solver.holds(rule, name))) return false;
  const isDescribed = properties.has(name) || problem.present.has(name);
  if (declared === undefined || !isDescribed || declared.names.has(name)) return true;
  return declared.patterns.some((pattern) => solver.matches(pattern, name));
}

/** What the value under a name has to satisfy, whatever else the object holds. */
function rulesFor(problem: ObjectProblem, name: string, { matches }: Solver): Literal[] {
  const rules = [...(problem.properties.get(name) ?? [])];
  for (const { pattern, value } of problem.patternRules) if (matches(pattern, name)) rules.push(value);
  for (const others of problem.others) if (isOther(others, name, matches)) rules.push(others.value);
  return rules;
}

/** Places the existences from `index` on, in every way there is. */
function place(
  problem: ObjectProblem,
  solver: Solver,
  known: ReadonlySet<string>,
  present: ReadonlyMap<string, Literal[]>,
  index: number,
): Answer {
  const existence = problem.existences[index];
  if (existence === undefined) return complete(problem, solver, known, present);
  solver.countStep();
  const withKey = (name: string) => (): Answer => {
    const next = new Map(present);
    next.set(name, [...(present.get(name) ?? []), existence.value]);
    if (next.size > problem.maximum) return none;
    const value = solver.find([...rulesFor(problem, name, solver), ...(next.get(name) ?? [])]);
    return value.outcome === 'none' ? none : place(problem, solver, known, next, index + 1);
  };
  const candidates = function* (): Generator<() => Answer> {
    for (const name of new Set([...known, ...present.keys()])) {
      if (existence.fits(name) && mayBeThere(problem, name, solver)) yield withKey(name);
    }
    const taken = new Set([...known, ...present.keys(), ...existence.notNames]);
    for (const fresh of freshNames(problem, solver, taken, existence)) {
      yield typeof fresh === 'string' ? withKey(fresh) : () => fresh;
    }
  };
  return firstOf(candidates());
}

/** One name that is not taken from every class of names; an answer where a class cannot be decided. */
function* freshNames(
  problem: ObjectProblem,
  solver: Solver,
  taken: ReadonlySet<string>,
  existence?: Existence,
): Generator<string | Answer> {
  const required = existence?.patterns ?? [];
  const refused = existence?.notPatterns ?? [];
  const nameLiterals = [...problem.nameRules, ...(existence?.nameLiterals ?? [])];
  const all = [
    ...problem.patternRules.map(({ pattern }) => pattern),
    ...problem.others.flatMap(({ patterns }) => patterns),
  ];
  const free = [...new Set(all)].filter(
    (pattern) => !required.includes(pattern) && !refused.includes(pattern),
  );
  if (all.length + required.length + refused.length + nameLiterals.length === 0) {
    let name = 'other';
    for (let number = 2; taken.has(name); number++) name = `other${number}`;
    yield name;
    return;
  }
  const { statements } = solver;
  const literalOf = (pattern: string) => statements.intern({ op: 'string-pattern', pattern });
  const start = [
    statements.type(['string']),
    -statements.among([...taken].map((name) => JSON.stringify(name))),
    ...nameLiterals,
    ...required.map(literalOf),
    ...refused.map((pattern) => -literalOf(pattern)),
  ];
  let classes = 0;
  // Pattern by pattern, matched or not: most combinations have no name, and end where that shows.
  const walk = function* (chosen: readonly Literal[], index: number): Generator<string | Answer> {
    if (++classes > maxClasses) throw new Undecided('patternProperties with too many patterns');
    const answer = solver.find(chosen);
    if (answer.outcome === 'none') return;
    const pattern = free[index];
    if (pattern === undefined) {
      yield answer.outcome === 'some' ? String(answer.value) : answer;
      return;
    }
    yield* walk([...chosen, -literalOf(pattern)], index + 1);
    yield* walk([...chosen, literalOf(pattern)], index + 1);
  };
  yield* walk(start, 0);
}

function complete(
  problem: ObjectProblem,
  solver: Solver,
  known: ReadonlySet<string>,
  present: ReadonlyMap<string, Literal[]>,
): Answer {
  let undecided: Answer | undefined;
  const result = new Map<string, unknown>();
  const goals = new Map<string, Literal[]>();
  const add = (name: string, extra: readonly Literal[]): Answer => {
    const goal = [...rulesFor(problem, name, solver), ...extra];
    const answer = solver.find(goal);
    if (answer.outcome === 'unknown') undecided ??= answer;
    if (answer.outcome !== 'some') return answer;
    result.set(name, answer.value);
    goals.set(name, goal);
    return answer;
  };
  for (const [name, extra] of present) if (add(name, extra).outcome === 'none') return none;
  if (undecided !== undefined) return undecided;

  const isFull = () => result.size >= problem.minimum;
  if (problem.minimum - result.size > maxFill) throw new Undecided('minProperties that large');
  for (const name of known) {
    if (isFull()) break;
    if (!result.has(name) && mayBeThere(problem, name, solver)) add(name, []);
  }
  while (!isFull()) {
    const size = result.size;
    const taken = new Set([...known, ...result.keys()]);
    for (const fresh of freshNames(problem, solver, taken)) {
      if (isFull()) break;
      if (typeof fresh === 'string') add(fresh, []);
      else undecided ??= fresh;
    }
    if (result.size === size) return undecided ?? none;
  }
  return differing(problem, solver, known, result, goals);
}

/** The object, or one beside it where it is one of those that it must not be. */
function differing(
  problem: ObjectProblem,
  solver: Solver,
  known: ReadonlySet<string>,
  result: ReadonlyMap<string, unknown>,
  goals: ReadonlyMap<string, Literal[]>,
): Answer {
  const accepted = (candidate: ReadonlyMap<string, unknown>): Answer | undefined => {
    const value = objectOf(candidate);
    return problem.excluded.has(canonicalJson(value)) ? undefined : { outcome: 'some', value };
  };
  const own = accepted(result);
  if (own !== undefined) return own;
  for (const [name, goal] of goals) {
    const texts = [...problem.excluded].flatMap((text) => {
      const member = memberOf(JSON.parse(text), name);
      return member === undefined ? [] : [canonicalJson(member)];
    });
    const other = solver.find([...goal, -solver.statements.among(texts)]);
    const found = other.outcome === 'some' ? accepted(new Map(result).set(name, other.value)) : undefined;
    if (found !== undefined) return found;
  }
  if (result.size < problem.maximum) {
    const taken = new Set([...known, ...result.keys()]);
    const more = [...known].filter((name) => !result.has(name) && mayBeThere(problem, name, solver));
    for (const name of [...more, ...freshNames(problem, solver, taken)]) {
      if (typeof name !== 'string') continue;
      const value = solver.find(rulesFor(problem, name, solver));
      const found = value.outcome === 'some' ? accepted(new Map(result).set(name, value.value)) : undefined;
      if (found !== undefined) return found;
    }
  }
  throw new Undecided('an object in enum or const that is excluded');
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (Object.getOwnPropertyDescriptor(value, name)?.value as unknown)
    : undefined;
}

// Defined, not assigned: a key named `__proto__` is one like any other.
function objectOf(entries: ReadonlyMap<string, unknown>): unknown {
  const result = {};
  for (const [name, value] of entries) {
    Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function addTo(map: Map<string, Literal[]>, name: string, ...values: Literal[]): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, values);
  else list.push(...values);
}
