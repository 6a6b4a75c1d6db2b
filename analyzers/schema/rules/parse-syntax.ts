import { defineRule } from '../../analyzer.ts';
import { reportProblems } from '../../document/report-problems.ts';
import { reportUnreadable } from '../../document/unreadable.ts';
import type { SchemaSubject } from '../document.ts';

/** A contract that is no text, or does not parse as JSON or YAML where that is what it is written in. */
export const parseSyntax = defineRule<SchemaSubject>({
  id: 'schema/parse-syntax',
  level: 'error',
  problem: 'Nobody can read the contract: everything is refused, or nothing is.',
  remedy: 'Correct the file at this place.',
  check: ({ changed }) =>
    changed.flatMap(({ version, document }) => {
      if (document !== undefined) return reportProblems(version, document);
      const unreadable = reportUnreadable(version);
      return unreadable === undefined ? [] : [unreadable];
    }),
});
