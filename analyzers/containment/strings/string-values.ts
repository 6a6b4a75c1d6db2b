import { classOf } from './character-classes.ts';
import type { Machine } from './machine.ts';
import { longestWitness, plainStrings } from './plain-strings.ts';
import { keepsConditions, searchWords, type Condition, type Search } from './product-search.ts';
import { conditionsOf, freshBudget, shown, type StringConditions } from './string-conditions.ts';
import { longSampleOf, samplesOf } from './string-formats.ts';
import { none, unknown, type Values } from '../values.ts';
import { wordMachine } from './word-machine.ts';

export { isKnownFormat } from './string-formats.ts';
export type { Values } from '../values.ts';

/** What is asked of a string, all of it at once. Lengths count code points, as JSON Schema does. */
export interface StringConstraints {
  minLength: number;
  /** `Infinity` where there is none. */
  maxLength: number;
  patterns: readonly string[];
  notPatterns: readonly string[];
  formats: readonly string[];
  notFormats: readonly string[];
  excluded: ReadonlySet<string>;
  /** Where it is given, only these come into question. */
  among?: readonly string[] | undefined;
}

// How many more candidates are tried where an automaton knows no more than what comes into question.
const spareCandidates = 150;
const variety = 3;
// Where long texts are asked for, one character over and over often does, and is found at once.
const longLength = 50;
const fillers = ['a', '0', 'A', ' ', '('];
const commonLimits = [33, 65, 129, 257, 513, 1025, 2049, 4097];
// The same questions come up at many places of a schema.
const mostDecided = 1000;
const decided = new Map<string, Values<string[]>>();
const mostExcludedCharacters = 200_000;

/** A short string that keeps all constraints. */
export function findString(constraints: StringConstraints): Values<string> {
  const found = findStrings(constraints, 1);
  if (found.outcome !== 'some') return found;
  const [value] = found.value;
  return value === undefined ? none : { outcome: 'some', value };
}

/**
 * So many different strings that keep all constraints; `none` where there are provably fewer. What is returned was
 * checked by automata of the patterns, and by ajv-formats' own validators of the formats.
 */
export function findStrings(constraints: StringConstraints, count: number): Values<string[]> {
  if (count <= 0) return { outcome: 'some', value: [] };
  if (constraints.excluded.size > 0 || constraints.among !== undefined || count > 8) {
    return decide(constraints, count);
  }
  const { minLength, maxLength, patterns, notPatterns, formats, notFormats } = constraints;
  const lengths = `${minLength} ${maxLength}`;
  const key = JSON.stringify([count, lengths, patterns, notPatterns, formats, notFormats]);
  const known = decided.get(key);
  if (known !== undefined) return copyOf(known);
  if (decided.size >= mostDecided) decided.clear();
  const found = decide(constraints, count);
  if (key.length <= 2000) decided.set(key, copyOf(found));
  return found;
}

/** Long ones: what refuses them is most often a limit on lengths, in a pattern or beside it. */
function longSamples(format: string, minLength: number): string[] {
  if (minLength > longestWitness) return [];
  return [minLength, ...commonLimits.filter((limit) => limit >= minLength)]
    .map((length) => longSampleOf(format, length))
    .filter((text) => text !== undefined);
}

/** What is kept is not what is handed out: a caller may change its list. */
function copyOf(found: Values<string[]>): Values<string[]> {
  return found.outcome === 'some' ? { outcome: 'some', value: [...found.value] } : found;
}

function decide(constraints: StringConstraints, count: number): Values<string[]> {
  const { patterns, notPatterns, formats, notFormats, excluded, among } = constraints;
  const minLength = Math.max(0, Math.ceil(constraints.minLength));
  const maxLength = Math.floor(constraints.maxLength);
  if (minLength > maxLength) return none;
  if (patterns.some((pattern) => notPatterns.includes(pattern))) return none;
  if (formats.some((format) => notFormats.some((other) => isWithinFormat(format, other)))) return none;
  const isPlain = [patterns, notPatterns, formats, notFormats].every(({ length }) => length === 0);
  if (isPlain && among === undefined) return plainStrings(minLength, maxLength, excluded, count);
  const conditions = conditionsOf(constraints);
  if (conditions === 'never') return none;
  const lengths = { min: minLength, max: Math.min(maxLength, conditions.maxLength) };
  if (lengths.min > lengths.max) return none;
  if (among !== undefined) return pick(among, lengths, excluded, conditions, constraints, count);
  const samples = formats.flatMap((format) => [...samplesOf(format), ...longSamples(format, minLength)]);
  if (minLength >= longLength && minLength <= longestWitness) {
    samples.push(...fillers.map((character) => character.repeat(minLength)));
  }
  const sampled = pick(samples, lengths, excluded, conditions, constraints, count);
  if (sampled.outcome === 'some') return sampled;
  return search(lengths, conditions, constraints, count);
}

// Each is proved in the tests, by the definitions themselves.
const wider: ReadonlyMap<string, readonly string[]> = new Map([
  ['uri', ['uri-reference']],
  ['time', ['iso-time']],
  ['date-time', ['iso-date-time']],
]);

function isWithinFormat(format: string, other: string): boolean {
  return format === other || wider.get(format)?.includes(other) === true;
}

function pick(
  texts: readonly string[],
  lengths: { min: number; max: number },
  excluded: ReadonlySet<string>,
  conditions: StringConditions,
  constraints: StringConstraints,
  count: number,
): Values<string[]> {
  const budget = freshBudget();
  const value: string[] = [];
  let unsure = 0;
  for (const text of new Set(texts)) {
    const length = lengthOf(text);
    if (excluded.has(text) || length < lengths.min || length > lengths.max) continue;
    const isKept = keepsConditions(text, conditions.wide, classIn, budget);
    const isConfirmed = isKept === false ? false : conditions.confirms(text);
    if (isKept === undefined || isConfirmed === undefined) unsure += 1;
    else if (isConfirmed) value.push(text);
    if (value.length === count) return { outcome: 'some', value };
  }
  return value.length + unsure < count ? none : undecided(conditions, constraints);
}

function search(
  lengths: { min: number; max: number },
  conditions: StringConditions,
  constraints: StringConstraints,
  count: number,
): Values<string[]> {
  const { excluded } = constraints;
  let characters = 0;
  for (const text of excluded) characters += text.length;
  if (characters > mostExcludedCharacters) return unknown('too many values are taken already');
  const budget = freshBudget();
  const taken: Condition[] = excluded.size === 0 ? [] : [{ machine: wordMachine(excluded), isWanted: false }];
  const isExact = conditions.reason === undefined;
  const isTooLong = lengths.min > longestWitness;
  const wide = [...conditions.wide, ...taken];
  const first = searchWords(wide, lengths, isTooLong ? 1 : count, budget);
  if (first.outcome === 'exhausted') return none;
  if (isTooLong) return unknown(`a string of ${lengths.min} characters is too long to show`);
  const shortest = confirmed(first, conditions, count);
  if (shortest !== undefined) return { outcome: 'some', value: shortest };
  if (isExact) return undecided(conditions, constraints);
  const more = searchWords(wide, lengths, count + spareCandidates, budget);
  const among = confirmed(more, conditions, count);
  if (among !== undefined) return { outcome: 'some', value: among };
  // Every word that comes into question was found, and the validators said of each whether it counts.
  const refused = more.words.filter((word) => conditions.confirms(word) === false).length;
  if (more.outcome === 'exhausted' && more.words.length - refused < count) return none;
  const varied = searchWords(wide, lengths, count + spareCandidates, budget, variety);
  const various = confirmed(varied, conditions, count);
  if (various !== undefined) return { outcome: 'some', value: various };
  if (conditions.narrow !== undefined) {
    const sure = searchWords([...conditions.narrow, ...taken], lengths, count, freshBudget());
    const narrow = confirmed(sure, conditions, count);
    if (narrow !== undefined) return { outcome: 'some', value: narrow };
  }
  return undecided(conditions, constraints);
}

function confirmed(found: Search, conditions: StringConditions, count: number): string[] | undefined {
  const words = found.words.filter((word) => conditions.confirms(word) === true).slice(0, count);
  return words.length === count ? words : undefined;
}

function undecided(conditions: StringConditions, constraints: StringConstraints): Values<never> {
  if (conditions.reason !== undefined) return unknown(conditions.reason);
  const { patterns, notPatterns, formats, notFormats } = constraints;
  const names = [
    ...[...patterns, ...notPatterns].map((pattern) => `the pattern ${shown(pattern)}`),
    ...[...formats, ...notFormats].map((format) => `the format ${JSON.stringify(format)}`),
  ];
  return unknown(`${names.slice(0, 2).join(' and ')} would take too long to look through`);
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

function classIn(machine: Machine, codePoint: number): number {
  return classOf(machine.partition, codePoint);
}
