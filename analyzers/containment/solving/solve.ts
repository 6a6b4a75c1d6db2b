/**
 * Is there a JSON value of which all of some statements are true? A tableau: what is assumed is broken down until only
 * statements about one type are left, choices are tried one after the other, and the parts of objects and arrays are
 * searches of their own. The answer is a value, `none` (every branch closed: a proof), or what could not be decided.
 *
 * Values are finite, so a search that needs, for a part of its value, the very search that it is itself, has no least
 * value on that way: the way closes. Answers that rest on such a closing hold within it only, and are not remembered.
 */
import { answerOf, firstOf, Undecided, type Answer } from './answer.ts';
import { none } from '../values.ts';
import { holds } from './holds.ts';
import { solveArray } from './solve-array.ts';
import { solveObject } from './solve-object.ts';
import { solveConstants, solveNumber, solveString } from './solve-scalar.ts';
import {
  always,
  never,
  typeOfStatement,
  typeOfValue,
  valueTypes,
  type Literal,
  type Statements,
  type ValueType,
} from '../statement.ts';
import { findString } from '../strings/string-values.ts';

export interface Solver {
  statements: Statements;
  /** A question of its own, with the steps it may take. What was found on the way serves the next one. */
  ask(literals: readonly Literal[], maxSteps: number): Answer;
  /** How many steps the last question took. */
  stepsTaken(): number;
  /** A part of the question that is being answered. */
  find(literals: readonly Literal[]): Answer;
  /** Throws `Undecided` where a pattern cannot be decided. */
  matches(pattern: string, text: string): boolean;
  holds(literal: Literal, value: unknown): boolean;
  /** Throws `Undecided` once the search has taken more steps than it was given. */
  countStep(): void;
}

/** One way in which a choice may fall: all of its literals. */
type Alternative = readonly Literal[];

interface Branch {
  facts: Set<Literal>;
  choices: (readonly Alternative[])[];
  types: Set<ValueType>;
}

export interface SolverOptions {
  partOf(target: string): Literal;
}

/** How deep parts may stand in parts. A deeper least value is not looked for. */
const maxDepth = 150;

export function createSolver(statements: Statements, { partOf }: SolverOptions): Solver {
  const remembered = new Map<string, Answer>();
  const active = new Map<string, number>();
  /** Searches that ended with nothing while an outer one was taken to have nothing either, and how deep that one is. */
  const provisional = new Map<string, number>();
  /** The outermost search that an answer on the way rests on. */
  let restsOn = Infinity;
  let stepsLeft = 0;
  let stepsGiven = 0;

  const countStep = () => {
    if (--stepsLeft < 0) throw new Undecided('the search for a counterexample was given up as too long');
  };

  const find = (literals: readonly Literal[]): Answer => {
    const goal = [...new Set(literals)].filter((literal) => literal !== always).sort((a, b) => a - b);
    if (goal.includes(never)) return none;
    const key = goal.join();
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const open = active.get(key) ?? provisional.get(key);
    if (open !== undefined) {
      restsOn = Math.min(restsOn, open);
      return none;
    }
    const depth = active.size;
    if (depth > maxDepth) throw new Undecided('values nested that deep');
    const outer = restsOn;
    restsOn = Infinity;
    active.set(key, depth);
    let answer: Answer;
    try {
      answer = answerOf(() => search(goal));
    } finally {
      active.delete(key);
    }
    restsOn = Math.min(outer, settle(key, depth, answer));
    return answer;
  };

  /** Remembers an answer as far as it can be relied on; returns the search that it still rests on. */
  const settle = (key: string, depth: number, answer: Answer): number => {
    const isOwn = restsOn >= depth;
    const mayChange = answer.outcome === 'unknown' && stepsLeft <= 0;
    if (answer.outcome === 'some' || (isOwn && !mayChange)) remembered.set(key, answer);
    // What was closed by this search: it holds if this one has no answer, and rests on whatever this one rests on.
    for (const [other, rests] of provisional) {
      if (rests < depth) continue;
      if (answer.outcome !== 'none') provisional.delete(other);
      else if (isOwn) {
        provisional.delete(other);
        remembered.set(other, none);
      } else provisional.set(other, restsOn);
    }
    if (answer.outcome === 'none' && !isOwn) provisional.set(key, restsOn);
    return isOwn ? Infinity : restsOn;
  };

  const search = (goal: readonly Literal[]): Answer => {
    countStep();
    const start: Branch = { facts: new Set(), choices: [], types: new Set(valueTypes) };
    if (!assume(start, goal)) return none;
    return firstOf(
      valueTypes.filter((type) => start.types.has(type)).map((type) => () => searchType(goal, type)),
    );
  };

  const searchType = (goal: readonly Literal[], type: ValueType): Answer => {
    const branch: Branch = { facts: new Set(), choices: [], types: new Set([type]) };
    if (!assume(branch, goal, type)) return none;
    return answerOf(() => explore(branch, type, goal));
  };

  const explore = (branch: Branch, type: ValueType, goal: readonly Literal[]): Answer => {
    countStep();
    if (!settleChoices(branch, type)) return none;
    const listed = [...branch.facts].find((literal) => literal > 0 && statements.of(literal).op === 'among');
    if (listed !== undefined) return firstAmong(listed, statements.all(goal), type);
    if (branch.choices.length === 0) return leaf(branch, type);
    // What is certain so far may have no value at all, or one that keeps the choices anyway.
    const certain = leaf(branch, type);
    if (certain.outcome === 'none') return none;
    const isOpen = ({ value }: { value: unknown }, choice: readonly Alternative[]) =>
      !choice.some((alternative) => alternative.every((literal) => isSurelyHeld(literal, value)));
    const open =
      certain.outcome === 'some'
        ? branch.choices.filter((choice) => isOpen(certain, choice))
        : branch.choices;
    const shortest = open.toSorted((a, b) => a.length - b.length)[0];
    if (shortest === undefined) return certain;
    const rest = branch.choices.filter((choice) => choice !== shortest);
    return firstOf(
      shortest.map((alternative) => () => {
        const next: Branch = {
          facts: new Set(branch.facts),
          choices: [...rest],
          types: new Set(branch.types),
        };
        return assume(next, alternative, type) ? answerOf(() => explore(next, type, goal)) : none;
      }),
    );
  };

  /** Takes literals into a branch, broken down. False: the branch contradicts itself. */
  const assume = (branch: Branch, literals: Iterable<Literal>, type?: ValueType): boolean => {
    const pending = [...literals];
    for (let literal = pending.pop(); literal !== undefined; literal = pending.pop()) {
      if (type !== undefined) literal = reduce(literal, type);
      if (literal === never || branch.facts.has(-literal)) return false;
      if (literal === always || branch.facts.has(literal)) continue;
      branch.facts.add(literal);
      const statement = statements.of(literal);
      switch (statement.op) {
        case 'all':
          if (literal > 0) pending.push(...statement.parts);
          else branch.choices.push(statement.parts.map((part) => [-part]));
          break;
        case 'one':
          branch.choices.push(literal > 0 ? exactlyOne(statement.parts) : noneOrTwo(statement.parts));
          break;
        case 'part':
          pending.push(literal > 0 ? partOf(statement.target) : -partOf(statement.target));
          break;
        case 'type':
          for (const one of valueTypes) {
            if (statement.types.includes(one) !== literal > 0) branch.types.delete(one);
          }
          break;
        default: {
          const about = typeOfStatement(statement);
          if (literal < 0 && about !== undefined) {
            for (const one of valueTypes) if (one !== about) branch.types.delete(one);
          }
        }
      }
      if (branch.types.size === 0) return false;
    }
    return true;
  };

  const reduced = new Map<ValueType, Map<Literal, Literal>>(valueTypes.map((type) => [type, new Map()]));

  /** What is left of a literal once the type of the value is known: often it is true, or false, by that alone. */
  const reduce = (literal: Literal, type: ValueType): Literal => {
    const memo = reduced.get(type);
    const id = Math.abs(literal);
    let positive = memo?.get(id);
    if (positive === undefined) {
      positive = reducePositive(id, type);
      memo?.set(id, positive);
    }
    return literal > 0 ? positive : -positive;
  };
  const reducePositive = (id: Literal, type: ValueType): Literal => {
    const statement = statements.of(id);
    const about = typeOfStatement(statement);
    if (about !== undefined) return about === type ? id : always;
    switch (statement.op) {
      case 'type':
        return statement.types.includes(type) ? always : never;
      case 'among': {
        const values = statement.values.filter((text) => typeOfValue(JSON.parse(text)) === type);
        return values.length === statement.values.length ? id : statements.among(values);
      }
      case 'all':
        return statements.all(statement.parts.map((part) => reduce(part, type)));
      case 'one':
        return statements.one(statement.parts.map((part) => reduce(part, type)));
      default:
        return id;
    }
  };

  const exactlyOne = (parts: readonly Literal[]): Alternative[] =>
    parts.map((part) => [part, ...parts.filter((other) => other !== part).map((other) => -other)]);
  const noneOrTwo = (parts: readonly Literal[]): Alternative[] => {
    const alternatives: Alternative[] = [parts.map((part) => -part)];
    for (const [index, part] of parts.entries()) {
      for (const other of parts.slice(index + 1)) alternatives.push([part, other]);
    }
    return alternatives;
  };

  /** Drops what contradicts the facts, takes what is left alone. False: some choice has nothing left. */
  const settleChoices = (branch: Branch, type: ValueType): boolean => {
    for (let hasChanged = true; hasChanged;) {
      hasChanged = false;
      const kept: (readonly Alternative[])[] = [];
      const { choices } = branch;
      branch.choices = [];
      for (const choice of choices) {
        const open: Alternative[] = [];
        let isSettled = false;
        for (const alternative of choice) {
          const left = remaining(alternative, branch, type);
          if (left === undefined) continue;
          if (left.length === 0) isSettled = true;
          open.push(left);
        }
        if (isSettled) continue;
        const [only] = open;
        if (only === undefined) return false;
        if (open.length === 1) {
          if (!assume(branch, only, type)) return false;
          hasChanged = true;
        } else kept.push(open);
      }
      branch.choices.push(...kept);
    }
    return true;
  };
  /** The part of an alternative that is not known yet; undefined where it is known to be false. */
  const remaining = (
    alternative: Alternative,
    { facts }: Branch,
    type: ValueType,
  ): Alternative | undefined => {
    const left: Literal[] = [];
    for (const literal of alternative) {
      const now = reduce(literal, type);
      if (now === never || facts.has(-now)) return undefined;
      if (now !== always && !facts.has(now)) left.push(now);
    }
    return left;
  };

  const firstAmong = (listed: Literal, whole: Literal, type: ValueType): Answer => {
    const statement = statements.of(listed);
    const values = statement.op === 'among' ? statement.values.map((text): unknown => JSON.parse(text)) : [];
    return firstOf(
      values
        .filter((value) => typeOfValue(value) === type)
        .map(
          (value) => () =>
            answerOf(() =>
              // What was chosen on the way does not matter: a value that keeps the goal is an answer.
              isHeld(whole, value) ? { outcome: 'some', value } : none,
            ),
        ),
    );
  };
  const evaluation = {
    statements,
    partOf,
    known: new WeakMap<object, Map<Literal, boolean>>(),
    matches: (pattern: string, text: string) => isAmong({ patterns: [pattern] }, text),
    hasFormat: (format: string, text: string) => isAmong({ formats: [format] }, text),
  };
  const isHeld = (literal: Literal, value: unknown) => holds(literal, value, evaluation);
  const isSurelyHeld = (literal: Literal, value: unknown): boolean => {
    try {
      return isHeld(literal, value);
    } catch (error) {
      if (error instanceof Undecided) return false;
      throw error;
    }
  };
  const isAmong = (constraints: { patterns?: string[]; formats?: string[] }, text: string): boolean => {
    const answer = findString({ ...anyString, ...constraints, among: [text] });
    if (answer.outcome === 'unknown') throw new Undecided(answer.reason);
    return answer.outcome === 'some';
  };

  /** No choices are left: what remains is about one type. */
  const leaf = ({ facts }: Branch, type: ValueType): Answer => {
    const answer = answerOf(() => leafOf(facts, type));
    if (answer.outcome !== 'some') return answer;
    for (const literal of facts) {
      const statement = statements.of(literal);
      if (statement.op === 'opaque') return { outcome: 'unknown', reason: statement.reason };
    }
    return answer;
  };
  const leafOf = (facts: ReadonlySet<Literal>, type: ValueType): Answer => {
    switch (type) {
      case 'null':
        return solveConstants([null], facts, statements);
      case 'boolean':
        return solveConstants([true, false], facts, statements);
      case 'number':
        return solveNumber(facts, statements);
      case 'string':
        return solveString(facts, statements);
      case 'array':
        return solveArray(facts, solver);
      case 'object':
        return solveObject(facts, solver);
    }
  };

  const solver: Solver = {
    statements,
    find,
    ask: (literals, maxSteps) => {
      stepsLeft = maxSteps;
      stepsGiven = maxSteps;
      return answerOf(() => find(literals));
    },
    stepsTaken: () => stepsGiven - stepsLeft,
    matches: evaluation.matches,
    holds: isHeld,
    countStep,
  };
  return solver;
}

const anyString = {
  minLength: 0,
  maxLength: Infinity,
  patterns: [],
  notPatterns: [],
  formats: [],
  notFormats: [],
  excluded: new Set<string>(),
};
