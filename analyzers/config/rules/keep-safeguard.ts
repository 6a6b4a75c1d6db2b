import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { opensToAll } from '../question-safeguard.ts';
import { placeName, reportAdded } from '../question.ts';
import { reportQuestions } from '../report-questions.ts';

/** TLS verification, authentication, encryption, allow lists. */
export const keepSafeguard = defineRule<ConfigSubject>({
  id: 'config/keep-safeguard',
  level: 'warning',
  covers: ['add', 'widen'],
  problem: 'A protection was switched off or weakened, or something was opened to everybody.',
  remedy: 'Keep the protection, or have a person confirm that it is meant to go.',
  check(subject) {
    const reports = reportQuestions(subject, 'config/keep-safeguard');
    for (const entry of subject.difference()?.added ?? []) {
      const { kind, names, place, label } = entry;
      if (kind !== 'entry' || !opensToAll(names, place.value)) continue;
      const message = `${placeName(place)} lets everybody in`;
      reports.push({ ...reportAdded(subject, entry, message), key: `${label}:everybody`, proof: 'unproven' });
    }
    return reports;
  },
});
