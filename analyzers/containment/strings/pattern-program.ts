import { CharSet, JS, type NoParent, type Node } from 'refa';

/**
 * A regular expression as a graph of instructions. `char` reads one character; `ahead` and `behind` read none and hold
 * where another part of the graph matches from here on, or up to here. Instructions are named by their index.
 */
export type Instruction =
  | { kind: 'char'; set: number; next: number }
  | { kind: 'split'; targets: number[] }
  | { kind: 'match' }
  | { kind: 'ahead'; start: number; isNegated: boolean; next: number }
  | { kind: 'behind'; watcher: number; isNegated: boolean; next: number };

export interface PatternProgram {
  instructions: readonly Instruction[];
  start: number;
  sets: readonly CharSet[];
  /** Where each lookbehind's own part starts; one may use those before it. */
  watchers: readonly number[];
}

export type Compiled<T> = { outcome: 'compiled'; value: T } | { outcome: 'undecidable'; reason: string };

const mostInstructions = 40_000;
const longestSource = 20_000;
const deepest = 100;
const mostWatchers = 24;
const backreference = /\\(?:[1-9]|k<)/;

/**
 * Compiles a pattern under the given flags, as JavaScript reads it. Trust boundary: patterns come out of users' files.
 * What is not regular, not a pattern, or too large once its repetitions are written out is `undecidable`.
 */
export function compileProgram(source: string, flags: string, isLoose = false): Compiled<PatternProgram> {
  if (source.length > longestSource || nestingOf(source) > deepest) {
    return undecidable('is too long or too deeply nested');
  }
  try {
    // What V8 itself refuses is no pattern for any validator that runs on it.
    new RegExp(source, flags);
  } catch {
    return undecidable('is not a regular expression that ajv can compile');
  }
  let expression;
  try {
    const parser = JS.Parser.fromLiteral({ source, flags });
    ({ expression } = parser.parse({
      backreferences: isLoose ? 'unknown' : 'throw',
      assertions: 'parse',
      maxNodes: 20_000,
    }));
  } catch {
    return undecidable(
      backreference.test(source) ? 'refers back to a group' : 'is not regular, or too large',
    );
  }
  const builder = new ProgramBuilder(isLoose);
  const start = builder.alternatives(expression.alternatives, 0);
  if (builder.trouble !== undefined) return undecidable(builder.trouble);
  const { instructions, sets, watchers } = builder;
  return { outcome: 'compiled', value: { instructions, sets, watchers, start } };
}

type Part = NoParent<Node>;
type Concatenation = Extract<Part, { type: 'Concatenation' }>;
type Element = Concatenation['elements'][number];
type Quantifier = Extract<Element, { type: 'Quantifier' }>;
type Assertion = Extract<Element, { type: 'Assertion' }>;

/** Builds from the end: every part is compiled to lead to what comes after it. Instruction 0 is the match. */
class ProgramBuilder {
  readonly instructions: Instruction[] = [{ kind: 'match' }];
  readonly sets: CharSet[] = [];
  readonly watchers: number[] = [];
  trouble: string | undefined;
  readonly #setIds = new Map<string, number>();
  readonly #watcherIds = new Map<string | Assertion, number>();
  readonly #isLoose: boolean;
  #behindDepth = 0;
  #assertionDepth = 0;

  constructor(isLoose: boolean) {
    this.#isLoose = isLoose;
  }

  alternatives(alternatives: readonly Concatenation[], next: number): number {
    const targets = alternatives.map((one) => this.#concatenation(one, next));
    const [only] = targets;
    return targets.length === 1 && only !== undefined ? only : this.#add({ kind: 'split', targets });
  }

  #concatenation({ elements }: Concatenation, next: number): number {
    let target = next;
    for (const element of elements.toReversed()) target = this.#element(element, target);
    return target;
  }

  #element(element: Element, next: number): number {
    switch (element.type) {
      case 'CharacterClass':
        if (element.characters.isEmpty) return this.#add({ kind: 'split', targets: [] });
        return this.#add({ kind: 'char', set: this.#setId(element.characters), next });
      case 'Alternation':
        return this.alternatives(element.alternatives, next);
      case 'Quantifier':
        return this.#quantifier(element, next);
      case 'Assertion':
        return this.#assertion(element, next);
      case 'Unknown':
        // Within an assertion, which may be a negated one, more is not looser.
        if (!this.#isLoose || this.#assertionDepth > 0) this.trouble ??= 'is not regular';
        return this.#anything(next);
    }
  }

  #quantifier({ alternatives, min, max }: Quantifier, next: number): number {
    let target = next;
    if (max === Infinity) {
      const targets = [next];
      target = this.#add({ kind: 'split', targets });
      targets.unshift(this.alternatives(alternatives, target));
    } else {
      for (let round = min; round < max && this.trouble === undefined; round += 1) {
        target = this.#add({ kind: 'split', targets: [this.alternatives(alternatives, target), next] });
      }
    }
    for (let round = 0; round < min && this.trouble === undefined; round += 1) {
      target = this.alternatives(alternatives, target);
    }
    return target;
  }

  #anything(next: number): number {
    const targets: number[] = [next];
    const loop = this.#add({ kind: 'split', targets });
    targets.push(this.#add({ kind: 'char', set: this.#setId(CharSet.all(0x10ffff)), next: loop }));
    return loop;
  }

  #assertion(assertion: Assertion, next: number): number {
    this.#assertionDepth += 1;
    const start = this.#assertionStart(assertion, next);
    this.#assertionDepth -= 1;
    return start;
  }

  #assertionStart(assertion: Assertion, next: number): number {
    const isNegated = assertion.negate;
    if (assertion.kind === 'ahead') {
      if (this.#behindDepth > 0) this.trouble ??= 'looks ahead from within a lookbehind';
      return this.#add({
        kind: 'ahead',
        start: this.alternatives(assertion.alternatives, 0),
        isNegated,
        next,
      });
    }
    return this.#add({ kind: 'behind', watcher: this.#watcher(assertion), isNegated, next });
  }

  /** `^` and `\b` look behind at one character; they share a watcher wherever they stand. */
  #watcher(assertion: Assertion): number {
    const [first] = assertion.alternatives;
    const [element] = first?.elements ?? [];
    const isSingle = assertion.alternatives.length === 1 && first?.elements.length === 1;
    const key =
      isSingle && element?.type === 'CharacterClass' ? element.characters.toRangesString() : assertion;
    const known = this.#watcherIds.get(key);
    if (known !== undefined) return known;
    this.#behindDepth += 1;
    const start = this.alternatives(assertion.alternatives, 0);
    this.#behindDepth -= 1;
    const id = this.watchers.push(start) - 1;
    if (id >= mostWatchers) this.trouble ??= 'has too many lookbehinds';
    this.#watcherIds.set(key, id);
    return id;
  }

  #setId(set: CharSet): number {
    const key = set.toRangesString();
    const known = this.#setIds.get(key);
    if (known !== undefined) return known;
    const id = this.sets.push(set) - 1;
    this.#setIds.set(key, id);
    return id;
  }

  #add(instruction: Instruction): number {
    if (this.instructions.length >= mostInstructions) this.trouble ??= 'repeats too often';
    return this.instructions.push(instruction) - 1;
  }
}

function nestingOf(source: string): number {
  let depth = 0;
  let deepestSeen = 0;
  for (const character of source) {
    if (character === '(' || character === '[') depth += 1;
    else if (character === ')' || character === ']') depth -= 1;
    deepestSeen = Math.max(deepestSeen, depth);
  }
  return deepestSeen;
}

function undecidable(reason: string): { outcome: 'undecidable'; reason: string } {
  return { outcome: 'undecidable', reason };
}
