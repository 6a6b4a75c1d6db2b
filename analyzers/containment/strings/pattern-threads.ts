import type { Budget } from './machine.ts';
import type { Instruction } from './pattern-program.ts';

/**
 * Ways in which a text may still match, sorted: one of these has to come true. A way is a conjunction of literals, and
 * is named by a number; a literal is 2 * i for "the rest matches from the character instruction i", or 2 * w + 1 for
 * "the way w does not come true" (a negative lookahead). Lookaheads make conjunctions; without them each way is one
 * instruction, and this is the textbook simulation.
 */
export type Threads = readonly number[];
type Literals = readonly number[];

const mostWays = 2000;

/** The empty conjunction is the way 0: it has come true. */
export function isAlways(threads: Threads): boolean {
  return threads[0] === 0;
}

/** The ways of one program, each with one number. */
export class ThreadTable {
  readonly #instructions: readonly Instruction[];
  readonly #members: readonly (readonly boolean[])[];
  readonly #ways: Literals[] = [[]];
  readonly #ids = new Map<string, number>([['', 0]]);
  readonly #closures = new Map<string, Threads>();

  constructor(instructions: readonly Instruction[], members: readonly (readonly boolean[])[]) {
    this.#instructions = instructions;
    this.#members = members;
  }

  /** The character instructions that are reached without reading, for what holds no lookahead. */
  closePlainly(starts: readonly number[], truths: readonly boolean[]): { pcs: number[]; isMatched: boolean } {
    const seen = new Set(starts);
    const pcs: number[] = [];
    let isMatched = false;
    for (const pc of seen) {
      const instruction = this.#instructions[pc];
      if (instruction?.kind === 'match') isMatched = true;
      else if (instruction?.kind === 'char') pcs.push(pc);
      else if (instruction?.kind === 'split') for (const target of instruction.targets) seen.add(target);
      else if (instruction?.kind === 'behind' && truths[instruction.watcher] !== instruction.isNegated) {
        seen.add(instruction.next);
      }
    }
    return { pcs: pcs.sort((a, b) => a - b), isMatched };
  }

  /** Of character instructions: where those lead that take a character of the class. */
  read(pcs: readonly number[], characterClass: number): number[] {
    const next: number[] = [];
    for (const pc of pcs) {
      const instruction = this.#instructions[pc];
      if (instruction?.kind !== 'char') continue;
      if (this.#members[instruction.set]?.[characterClass] === true) next.push(instruction.next);
    }
    return next;
  }

  /** The ways from an instruction on; undefined once the budget is spent. */
  close(start: number, truths: readonly boolean[], budget: Budget): Threads | undefined {
    const key = `${start}|${truths.map(Number).join('')}`;
    const known = this.#closures.get(key);
    if (known !== undefined) return known;
    const found = this.#explore(start, truths, budget);
    if (found !== undefined) this.#closures.set(key, found);
    return found;
  }

  #explore(start: number, truths: readonly boolean[], budget: Budget): Threads | undefined {
    const found = new Set<number>();
    const seen = new Set<string>([`${start}|`]);
    const pending: [pc: number, literals: Literals][] = [[start, []]];
    const visit = (pc: number, literals: Literals) => {
      const key = `${pc}|${literals.join()}`;
      if (seen.has(key)) return;
      seen.add(key);
      pending.push([pc, literals]);
    };
    for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
      const [pc, literals] = item;
      budget.left -= 1 + literals.length;
      if (budget.left < 0 || found.size > mostWays) return undefined;
      const instruction = this.#instructions[pc];
      switch (instruction?.kind) {
        case undefined:
          break;
        case 'match':
          found.add(this.#way(literals));
          break;
        case 'char':
          found.add(this.#way(merge(literals, [2 * pc])));
          break;
        case 'split':
          for (const target of instruction.targets) visit(target, literals);
          break;
        case 'behind':
          if (truths[instruction.watcher] !== instruction.isNegated) visit(instruction.next, literals);
          break;
        case 'ahead': {
          const inner = this.close(instruction.start, truths, budget);
          if (inner === undefined) return undefined;
          for (const conditions of this.#conditions(inner, instruction.isNegated)) {
            visit(instruction.next, merge(literals, conditions));
          }
        }
      }
    }
    return this.union([...found], []);
  }

  /** A lookahead as alternatives of conjunctions: one of its ways, or, negated, none of them. */
  #conditions(inner: Threads, isNegated: boolean): Literals[] {
    if (!isNegated) return inner.map((way) => this.#ways[way] ?? []);
    const none = this.#negation(inner);
    return none === undefined ? [] : none;
  }

  /** "None of these ways" as alternatives; undefined where one has come true. */
  #negation(ways: Threads): Literals[] | undefined {
    if (isAlways(ways)) return undefined;
    let literals: Literals = [];
    for (const way of ways) {
      const [only, second] = this.#ways[way] ?? [];
      // "It is not so that it is not so" says no more than the thing itself.
      const isDouble = second === undefined && only !== undefined && (only & 1) === 1;
      literals = merge(literals, isDouble ? (this.#ways[only >> 1] ?? []) : [2 * way + 1]);
    }
    return [literals];
  }

  /** The ways after a character of the class. */
  advance(
    threads: Threads,
    characterClass: number,
    truths: readonly boolean[],
    budget: Budget,
  ): Threads | undefined {
    const found = new Set<number>();
    for (const way of threads) {
      const after = this.#advanceWay(way, characterClass, truths, budget);
      if (after === undefined || found.size > mostWays) return undefined;
      for (const one of after) found.add(one);
    }
    return this.union([...found], []);
  }

  #advanceWay(
    way: number,
    characterClass: number,
    truths: readonly boolean[],
    budget: Budget,
  ): Threads | undefined {
    let products: Literals[] = [[]];
    for (const literal of this.#ways[way] ?? []) {
      const options = this.#advanceLiteral(literal, characterClass, truths, budget);
      if (options === undefined) return undefined;
      budget.left -= products.length * Math.max(1, options.length);
      if (budget.left < 0 || products.length * options.length > mostWays) return undefined;
      products = products.flatMap((left) => options.map((right) => merge(left, right)));
      if (products.length === 0) return [];
    }
    return products.map((literals) => this.#way(literals));
  }

  #advanceLiteral(
    literal: number,
    characterClass: number,
    truths: readonly boolean[],
    budget: Budget,
  ): Literals[] | undefined {
    const index = literal >> 1;
    if ((literal & 1) === 0) {
      const [next] = this.read([index], characterClass);
      const ways = next === undefined ? [] : this.close(next, truths, budget);
      return ways?.map((way) => this.#ways[way] ?? []);
    }
    const inner = this.#advanceWay(index, characterClass, truths, budget);
    if (inner === undefined) return undefined;
    return this.#negation(this.union(inner, [])) ?? [];
  }

  /** Whether a way comes true when the text ends here: nothing that still reads a character does. */
  holdsAtEnd(way: number): boolean {
    return (this.#ways[way] ?? []).every((literal) => (literal & 1) === 1 && !this.holdsAtEnd(literal >> 1));
  }

  /** Both, without what another way already covers: a way with fewer literals is the weaker condition. */
  union(a: Threads, b: Threads): Threads {
    const all = [...new Set([...a, ...b])].sort((x, y) => x - y);
    if (isAlways(all)) return [0];
    const long = all.filter((way) => (this.#ways[way]?.length ?? 0) > 1);
    if (long.length === 0 || all.length > 200) return all;
    const isCovered = (way: number) =>
      all.some((other) => other !== way && isSubset(this.#ways[other] ?? [], this.#ways[way] ?? []));
    const covered = new Set(long.filter(isCovered));
    return all.filter((way) => !covered.has(way));
  }

  #way(literals: Literals): number {
    const key = literals.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#ways.push(literals) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

/** The sorted union of two sorted lists without duplicates. */
function merge(a: Literals, b: Literals): Literals {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

function isSubset(small: Literals, large: Literals): boolean {
  return small.length < large.length && small.every((literal) => large.includes(literal));
}
