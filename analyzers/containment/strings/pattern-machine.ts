import { partitionOf, type Partition } from './character-classes.ts';
import type { Budget, Machine } from './machine.ts';
import { ThreadTable, isAlways, type Threads } from './pattern-threads.ts';
import { compileProgram, type Compiled, type PatternProgram } from './pattern-program.ts';

interface State {
  /** Per lookbehind: the instructions that its own search has come to. */
  watchers: readonly (readonly number[])[];
  /** Per lookbehind, whether it holds here. */
  truths: readonly boolean[];
  threads: Threads;
  successors: (number | undefined)[];
}

const mostMachines = 400;
const mostStates = 20_000;
const machines = new Map<string, Compiled<PatternMachine>>();

/**
 * The automaton of a pattern. Kept for the next time: the same patterns meet at every place of a schema. A loose one
 * takes everything that the pattern takes, and more: any text for a backreference.
 */
export function compileMachine(source: string, flags: string, isLoose = false): Compiled<PatternMachine> {
  const key = `${isLoose ? 'loose' : ''}${flags}/${source}`;
  const known = machines.get(key);
  if (known !== undefined && !(known.outcome === 'compiled' && known.value.size > mostStates)) return known;
  if (machines.size >= mostMachines) machines.clear();
  const program = compileProgram(source, flags, isLoose);
  const compiled: Compiled<PatternMachine> =
    program.outcome === 'compiled'
      ? { outcome: 'compiled', value: new PatternMachine(program.value) }
      : program;
  const isBroken = compiled.outcome === 'compiled' && compiled.value.start < 0;
  const result: Compiled<PatternMachine> = isBroken
    ? { outcome: 'undecidable', reason: 'has too many lookaheads' }
    : compiled;
  machines.set(key, result);
  return result;
}

/**
 * The automaton of a pattern that matches anywhere in a text, as JSON Schema's do. A state is what may still match (see
 * ThreadTable), and where each lookbehind has come to.
 */
export class PatternMachine implements Machine {
  readonly partition: Partition;
  /** Below zero where not even the first position could be worked out. */
  readonly start: number;
  readonly #program: PatternProgram;
  readonly #table: ThreadTable;
  readonly #states: State[] = [];
  readonly #ids = new Map<string, number>();

  constructor(program: PatternProgram) {
    const { partition, members } = partitionOf(program.sets);
    this.partition = partition;
    this.#program = program;
    this.#table = new ThreadTable(program.instructions, members);
    // The first position costs no more than the program is long, times its lookaheads.
    const budget = { left: 1_000_000 };
    this.start =
      this.#enter(
        program.watchers.map(() => []),
        [],
        budget,
      ) ?? -1;
  }

  /** How much memory it holds, roughly; a cache lets go of what has grown. */
  get size(): number {
    return this.#states.length;
  }

  next(state: number, characterClass: number, budget: Budget): number | undefined {
    const from = this.#states[state];
    if (from === undefined) return undefined;
    const known = from.successors[characterClass];
    if (known !== undefined) return known;
    if (isAlways(from.threads)) return state;
    const successor = this.#successor(from, characterClass, budget);
    if (successor !== undefined) from.successors[characterClass] = successor;
    return successor;
  }

  accepts(state: number): boolean {
    const threads = this.#states[state]?.threads ?? [];
    return threads.some((thread) => this.#table.holdsAtEnd(thread));
  }

  fate(state: number): 'accepts' | 'rejects' | 'open' {
    const found = this.#states[state];
    if (found === undefined) return 'open';
    if (isAlways(found.threads)) return 'accepts';
    const { successors } = found;
    // Nothing is under way: usually an anchored pattern that has failed. Looking ahead one character is cheap then.
    if (found.threads.length === 0) {
      for (let id = 0; id < this.partition.count; id += 1) this.next(state, id, { left: 1000 });
    }
    for (let id = 0; id < this.partition.count; id += 1) if (successors[id] !== state) return 'open';
    return this.accepts(state) ? 'accepts' : 'rejects';
  }

  #successor(from: State, characterClass: number, budget: Budget): number | undefined {
    const watchers = from.watchers.map((pcs) => this.#table.read(pcs, characterClass));
    budget.left -= watchers.reduce((sum, pcs) => sum + pcs.length, 1);
    return this.#enter(watchers, from.threads, budget, characterClass);
  }

  /** The state at a position: lookbehinds first, as the rest asks for them, then what goes on, and what begins here. */
  #enter(
    read: readonly (readonly number[])[],
    before: Threads,
    budget: Budget,
    characterClass?: number,
  ): number | undefined {
    const truths: boolean[] = [];
    const watchers = this.#program.watchers.map((start, index) => {
      const { pcs, isMatched } = this.#table.closePlainly([...(read[index] ?? []), start], truths);
      budget.left -= pcs.length;
      truths.push(isMatched);
      return pcs;
    });
    const going =
      characterClass === undefined ? [] : this.#table.advance(before, characterClass, truths, budget);
    const beginning = this.#table.close(this.#program.start, truths, budget);
    if (going === undefined || beginning === undefined || budget.left < 0) return undefined;
    return this.#intern(watchers, truths, this.#table.union(going, beginning));
  }

  #intern(watchers: readonly (readonly number[])[], truths: readonly boolean[], threads: Threads): number {
    // What is matched stays matched, wherever the lookbehinds are.
    const key = isAlways(threads)
      ? 'always'
      : `${threads.join()}|${truths.map(Number).join('')}|${watchers.map((pcs) => pcs.join()).join('|')}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const successors = new Array<number | undefined>(this.partition.count).fill(undefined);
    const id = this.#states.push({ watchers, truths, threads, successors }) - 1;
    this.#ids.set(key, id);
    return id;
  }
}
