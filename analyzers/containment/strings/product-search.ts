import { combine, type CombinedClass } from './combined-classes.ts';
import type { Budget, Machine } from './machine.ts';

/** An automaton that has to accept a text, or must not. */
export interface Condition {
  machine: Machine;
  isWanted: boolean;
}

/** `exhausted`: there are no other words than these. `spent`: the budget ended first. */
export interface Search {
  outcome: 'found' | 'exhausted' | 'spent';
  words: string[];
}

/** A way that the automata can be brought to a tuple of states, one step longer than the one that it comes from. */
interface Path {
  tuple: Tuple;
  depth: number;
  from: Path | undefined;
  step: CombinedClass | undefined;
}

interface Tuple {
  states: readonly number[];
  isAccepted: boolean;
  isDead: boolean;
  /** Per combined class, once it was looked at. */
  successors: (Tuple | undefined)[];
}

/**
 * The shortest texts whose length lies within the bounds and that keep all conditions; `exhausted` where there are
 * fewer than `count`, which is a proof. Breadth first over the product of the automata. Up to `minLength` every length
 * has its own round; from there on a tuple of states that was met `count` times need not be met again, as whatever goes
 * on from there is accepted after each of the earlier, not longer, ways as well.
 * `wordsPerPath` is for candidates: different ways, rather than many characters of one, and no proof then.
 */
export function searchWords(
  conditions: readonly Condition[],
  lengths: { min: number; max: number },
  count: number,
  budget: Budget,
  wordsPerPath = Infinity,
): Search {
  const product = new Product(conditions, budget);
  const words: string[] = [];
  let round: Path[] = [{ tuple: product.start, depth: 0, from: undefined, step: undefined }];
  let visits = new Map<Tuple, number>();
  for (let depth = 0; depth <= lengths.max && round.length > 0; depth += 1) {
    const next: Path[] = [];
    if (depth < lengths.min) visits = new Map();
    for (const path of round) {
      if (path.tuple.isDead) continue;
      if (depth >= lengths.min && path.tuple.isAccepted) {
        const wanted = count - words.length;
        spell(path, Math.min(wanted, wordsPerPath), words);
        if (words.length >= count) return { outcome: 'found', words };
      }
      if (depth === lengths.max) continue;
      for (const [index, step] of product.classes.entries()) {
        const tuple = product.next(path.tuple, index);
        if (tuple === undefined) return { outcome: 'spent', words };
        const seen = visits.get(tuple) ?? 0;
        if (seen >= count || tuple.isDead) continue;
        visits.set(tuple, seen + 1);
        next.push({ tuple, depth: depth + 1, from: path, step });
      }
    }
    round = next;
  }
  return { outcome: wordsPerPath === Infinity ? 'exhausted' : 'spent', words };
}

/** Whether a text keeps all conditions; undefined where the budget ends first. */
export function keepsConditions(
  text: string,
  conditions: readonly Condition[],
  classOfCharacter: (machine: Machine, codePoint: number) => number,
  budget: Budget,
): boolean | undefined {
  for (const { machine, isWanted } of conditions) {
    let state = machine.start;
    for (const character of text) {
      const codePoint = character.codePointAt(0) ?? 0;
      const next = machine.next(state, classOfCharacter(machine, codePoint), budget);
      if (next === undefined) return undefined;
      state = next;
    }
    if (machine.accepts(state) !== isWanted) return false;
  }
  return true;
}

class Product {
  readonly classes: readonly CombinedClass[];
  readonly start: Tuple;
  readonly #conditions: readonly Condition[];
  readonly #budget: Budget;
  readonly #tuples = new Map<string, Tuple>();

  constructor(conditions: readonly Condition[], budget: Budget) {
    this.#conditions = conditions;
    this.#budget = budget;
    this.classes = combine(conditions.map(({ machine }) => machine.partition));
    this.start = this.#intern(conditions.map(({ machine }) => machine.start));
  }

  next(tuple: Tuple, index: number): Tuple | undefined {
    this.#budget.left -= 1;
    if (this.#budget.left < 0) return undefined;
    const known = tuple.successors[index];
    if (known !== undefined) return known;
    const ids = this.classes[index]?.ids ?? [];
    const states: number[] = [];
    for (const [which, { machine }] of this.#conditions.entries()) {
      const next = machine.next(tuple.states[which] ?? 0, ids[which] ?? 0, this.#budget);
      if (next === undefined) return undefined;
      states.push(next);
    }
    const found = this.#intern(states);
    tuple.successors[index] = found;
    return found;
  }

  #intern(states: readonly number[]): Tuple {
    const key = states.join();
    const known = this.#tuples.get(key);
    if (known !== undefined) return known;
    const each = this.#conditions.map(({ machine, isWanted }, which) => {
      const state = states[which] ?? 0;
      const fate = machine.fate(state);
      return {
        isKept: machine.accepts(state) === isWanted,
        isDead: fate === (isWanted ? 'rejects' : 'accepts'),
      };
    });
    const tuple = {
      states,
      isAccepted: each.every(({ isKept }) => isKept),
      isDead: each.some(({ isDead }) => isDead),
      successors: [],
    };
    this.#tuples.set(key, tuple);
    return tuple;
  }
}

/** Adds up to `count` words of a path: each step may be any character of its class. */
function spell(path: Path, count: number, words: string[]): void {
  const steps: CombinedClass[] = [];
  for (let at: Path | undefined = path; at?.step !== undefined; at = at.from) steps.push(at.step);
  steps.reverse();
  // Only the last steps have to vary: a few of them give more words than are ever asked for.
  let varied = 0;
  for (let ways = 1; varied < steps.length && ways < count; varied += 1) {
    ways *= steps[steps.length - 1 - varied]?.size ?? 1;
  }
  const fixed = steps.slice(0, steps.length - varied);
  let found = [fixed.map((step) => firstOf(step.characters())).join('')];
  for (const step of steps.slice(steps.length - varied)) {
    const longer: string[] = [];
    for (const word of found) {
      for (const character of step.characters()) {
        longer.push(word + character);
        if (longer.length >= count) break;
      }
      if (longer.length >= count) break;
    }
    found = longer;
  }
  words.push(...found.slice(0, count));
}

function firstOf(characters: Iterable<string>): string {
  for (const character of characters) return character;
  return '';
}
