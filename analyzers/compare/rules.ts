import type { RuleDescription } from '../analyzer.ts';

/** What `compare` says itself, beside the rules of the kinds that it asks. */
export const compareRules = {
  readInput: {
    id: 'compare/read-input',
    level: 'error',
    problem: 'The question itself cannot be read, so there is nothing to compare.',
    remedy: 'Give what is named here, and compare again.',
  },
  knowKind: {
    id: 'compare/know-kind',
    level: 'warning',
    problem: 'Two versions of this kind cannot be compared here, so nobody knows whether they fit together.',
    remedy: 'Have a person compare the two versions, or use a version of Evenkeel that knows the kind.',
  },
  keepDocument: {
    id: 'compare/keep-document',
    level: 'error',
    problem: 'Whoever relies on the document has nothing left to rely on.',
    remedy: 'Keep the document until nobody uses it; remove it in a change of its own.',
  },
  finishInTime: {
    id: 'compare/finish-in-time',
    level: 'warning',
    problem: 'The comparison met its limit of time or memory, so it has no answer.',
    remedy: 'Compare smaller parts, or have a person look at the two versions.',
  },
  countFindings: {
    id: 'compare/count-findings',
    level: 'note',
    problem: 'There are more findings than anybody reads.',
    remedy: 'Correct those that are shown, and compare again.',
  },
} as const satisfies Record<string, RuleDescription>;
