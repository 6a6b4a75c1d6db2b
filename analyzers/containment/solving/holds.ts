import { isObject } from '../../document/document.ts';
import { Undecided } from './answer.ts';
import { isMultipleOf } from '../numbers/is-multiple-of.ts';
import { canonicalJson, typeOfStatement, typeOfValue, type Literal, type Statements } from '../statement.ts';

export interface Evaluation {
  statements: Statements;
  partOf(target: string): Literal;
  matches(pattern: string, text: string): boolean;
  hasFormat(format: string, text: string): boolean;
  /** What was found of objects and lists, which nobody changes. */
  known: WeakMap<object, Map<Literal, boolean>>;
}

const maxDepth = 200;

/** Whether a statement is true of a value. Throws `Undecided` where it cannot be told. */
export function holds(literal: Literal, value: unknown, evaluation: Evaluation, depth = 0): boolean {
  if (depth > maxDepth) throw new Undecided('a value that is nested too deep');
  const isTrue = rememberedOf(Math.abs(literal), value, evaluation, depth);
  return literal > 0 ? isTrue : !isTrue;
}

function rememberedOf(literal: Literal, value: unknown, evaluation: Evaluation, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return isTrueOf(literal, value, evaluation, depth);
  let answers = evaluation.known.get(value);
  if (answers === undefined) evaluation.known.set(value, (answers = new Map<Literal, boolean>()));
  let answer = answers.get(literal);
  if (answer === undefined) {
    answer = isTrueOf(literal, value, evaluation, depth);
    answers.set(literal, answer);
  }
  return answer;
}

function isTrueOf(literal: Literal, value: unknown, evaluation: Evaluation, depth: number): boolean {
  const { statements, partOf, matches, hasFormat } = evaluation;
  const statement = statements.of(literal);
  const type = typeOfStatement(statement);
  if (type !== undefined && type !== typeOfValue(value)) return true;
  const is = (inner: Literal, part: unknown) => holds(inner, part, evaluation, depth + 1);
  const number = typeof value === 'number' ? value : NaN;
  const text = typeof value === 'string' ? value : '';
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const entries = type === 'object' && isObject(value) ? Object.entries(value) : [];
  switch (statement.op) {
    case 'true':
    case 'object-declares':
      return true;
    case 'all':
      return every(statement.parts, (part) => holds(part, value, evaluation, depth + 1));
    case 'one':
      return statement.parts.filter((part) => holds(part, value, evaluation, depth + 1)).length === 1;
    case 'type':
      return statement.types.includes(typeOfValue(value));
    case 'among':
      return statement.values.includes(canonicalJson(value));
    case 'part':
      return holds(partOf(statement.target), value, evaluation, depth + 1);
    case 'opaque':
      throw new Undecided(statement.reason);
    case 'number-minimum':
      return statement.isExclusive ? number > statement.limit : number >= statement.limit;
    case 'number-maximum':
      return statement.isExclusive ? number < statement.limit : number <= statement.limit;
    case 'number-multiple':
      return isMultipleOf(number, statement.of);
    case 'number-integer':
      return Number.isInteger(number);
    case 'string-minimum':
      return Array.from(text).length >= statement.limit;
    case 'string-maximum':
      return Array.from(text).length <= statement.limit;
    case 'string-pattern':
      return matches(statement.pattern, text);
    case 'string-format':
      return hasFormat(statement.format, text);
    case 'array-minimum':
      return list.length >= statement.limit;
    case 'array-maximum':
      return list.length <= statement.limit;
    case 'array-items':
      return list.every((item, index) => is(statement.prefix[index] ?? statement.rest, item));
    case 'array-contains-minimum':
      return list.filter((item) => is(statement.item, item)).length >= statement.limit;
    case 'array-contains-maximum':
      return list.filter((item) => is(statement.item, item)).length <= statement.limit;
    case 'array-unique':
      return new Set(list.map(canonicalJson)).size === list.length;
    case 'object-minimum':
      return entries.length >= statement.limit;
    case 'object-maximum':
      return entries.length <= statement.limit;
    case 'object-required':
      return entries.some(([name]) => name === statement.name);
    case 'object-property':
      return entries.every(([name, item]) => name !== statement.name || is(statement.value, item));
    case 'object-pattern':
      return entries.every(([name, item]) => !matches(statement.pattern, name) || is(statement.value, item));
    case 'object-others':
      return entries.every(
        ([name, item]) =>
          statement.names.includes(name) ||
          statement.patterns.some((pattern) => matches(pattern, name)) ||
          is(statement.value, item),
      );
    case 'object-names':
      return entries.every(([name]) => is(statement.name, name));
  }
}

/** All of them: one that is false decides, even where another cannot be told. */
function every(parts: readonly Literal[], test: (part: Literal) => boolean): boolean {
  let undecided: Undecided | undefined;
  for (const part of parts) {
    try {
      if (!test(part)) return false;
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      undecided = error;
    }
  }
  if (undecided !== undefined) throw undecided;
  return true;
}
