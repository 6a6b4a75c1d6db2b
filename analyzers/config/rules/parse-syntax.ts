import { defineRule } from '../../analyzer.ts';
import { reportProblems } from '../../document/report-problems.ts';
import type { ConfigSubject } from '../document.ts';

/** What does not parse, or parses differently from one reader to the next. */
export const parseSyntax = defineRule<ConfigSubject>({
  id: 'config/parse-syntax',
  level: 'error',
  covers: ['add', 'rename'],
  problem: 'The service cannot read the file at start, or two readers read two different values from it.',
  remedy: 'Correct the syntax at this place; give every key once.',
  check(subject) {
    if (!subject.isChanged) return [];
    const reports = reportProblems(subject.after, subject.document);
    if (subject.document?.ok !== true || reports.length === 0) return reports;
    // A key that was there twice before is not of this change's making.
    const before = subject.before()?.document;
    const known = before?.ok === true ? before.duplicateKeys.map(({ message }) => message) : [];
    return reports.filter(({ message }) => {
      const index = known.indexOf(message);
      if (index !== -1) known.splice(index, 1);
      return index === -1;
    });
  },
});
