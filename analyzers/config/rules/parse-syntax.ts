import { defineRule } from '../../analyzer.ts';
import { reportProblems } from '../../document/report-problems.ts';
import type { ConfigSubject } from '../document.ts';

/** What does not parse, or parses differently from one reader to the next. */
export const parseSyntax = defineRule<ConfigSubject>({
  id: 'config/parse-syntax',
  level: 'error',
  problem: 'The service cannot read the file at start, or two readers read two different values from it.',
  remedy: 'Correct the syntax at this place; give every key once.',
  check: (subject) => (subject.isChanged ? reportProblems(subject.after, subject.document) : []),
});
