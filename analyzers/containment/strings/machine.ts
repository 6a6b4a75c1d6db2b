import type { Partition } from './character-classes.ts';

/** What a search may still spend; shared by everything that takes part in it. Spent: what is asked is not decided. */
export interface Budget {
  left: number;
}

/** A deterministic automaton over code points, whose states are made when they are reached. States are small integers. */
export interface Machine {
  partition: Partition;
  start: number;
  /** The state after a character of that class; undefined once the budget is spent. */
  next(state: number, characterClass: number, budget: Budget): number | undefined;
  accepts(state: number): boolean;
  /** Whether every text that begins so is accepted, or none is; `open` where that is not seen at once. */
  fate(state: number): 'accepts' | 'rejects' | 'open';
}
