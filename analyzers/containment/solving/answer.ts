import { none, type Values } from '../values.ts';

/** What the search for a value of any type ends with. */
export type Answer = Values<unknown>;

/** Thrown within the search, and caught there: this branch cannot be decided. */
export class Undecided extends Error {}

/** The answer of a search that throws `Undecided` where it does not know on. */
export function answerOf(search: () => Answer): Answer {
  try {
    return search();
  } catch (error) {
    if (error instanceof Undecided) return { outcome: 'unknown', reason: error.message };
    throw error;
  }
}

/** A value where any search has one; otherwise what could not be decided, and a proof only where all of them are one. */
export function firstOf(searches: Iterable<() => Answer>): Answer {
  let undecided: Answer | undefined;
  for (const search of searches) {
    const answer = search();
    if (answer.outcome === 'some') return answer;
    if (answer.outcome === 'unknown') undecided ??= answer;
  }
  return undecided ?? none;
}
