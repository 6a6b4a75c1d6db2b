import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';
import { questionReference } from '../question-reference.ts';
import { reportMove } from '../question.ts';

/** Files, services, ports and environment variables of this repository that a value named, and does not name any more. */
export const resolveReference = defineRule<ConfigSubject>({
  id: 'config/resolve-reference',
  level: 'warning',
  covers: ['remove', 'rename'],
  problem: 'A value names a file, a service, a port or a variable that the repository does not declare.',
  remedy: 'Correct the name, or declare what it names in the same change.',
  async check(subject, context) {
    const reports: Report[] = [];
    const moves = subject.difference()?.moves ?? [];
    if (moves.length > maxMoves) {
      const message = `${subject.path} changed ${moves.length} values, and what the last ${moves.length - maxMoves} refer to was not looked up`;
      reports.push({ path: subject.path, key: 'more', message, proof: 'unproven' });
    }
    for (const move of moves.slice(0, maxMoves)) {
      const question = await questionReference(move, subject.path, context);
      if (question !== null) reports.push(reportMove(subject, move, question));
    }
    return reports;
  },
});

/** More values than these were not changed by hand. */
const maxMoves = 2000;
