import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';
import { earlierValues } from '../earlier-values.ts';
import { questionRange } from '../question-range.ts';
import { questionMove } from '../question-move.ts';
import { reportMove } from '../question.ts';

/** A value that the key never had, and nothing near it; the file's own history says what is usual. */
export const leaveRange = defineRule<ConfigSubject>({
  id: 'config/leave-range',
  level: 'warning',
  covers: ['narrow', 'widen'],
  problem: 'The value lies far outside of everything that this key has ever had, or of what its name allows.',
  remedy: 'Make sure that the value is meant; after it has landed it is part of the range.',
  check(subject, context) {
    const moves = subject.difference()?.moves ?? [];
    if (moves.length === 0) return [];
    const history = earlierValues(subject.path, context.observations.history?.[subject.path] ?? []);
    const reports: Report[] = [];
    for (const move of moves) {
      if (reports.length >= maxReports) break;
      // Whoever is asked about a value already looks at it.
      if (questionMove(move) !== null) continue;
      const question = questionRange(move, history);
      if (question !== null) reports.push(reportMove(subject, move, question));
    }
    return reports;
  },
});

/** One is enough to ask for a second look; more than these say nothing new. */
const maxReports = 50;
