import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { isUnsafeAddition, opensToAll } from '../question-safeguard.ts';
import { scalarsIn } from '../scalars-in.ts';
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
      if (reports.length >= maxReports) break;
      const unsafe = scalarsIn(entry).find(({ names, value }) => isUnsafeAddition(names, value));
      if (unsafe === undefined) continue;
      const what =
        unsafe.pointer === '' ? 'leaves out a protection' : `leaves out a protection, at ${unsafe.pointer}`;
      const message = `${placeName(entry.place)} ${opensToAll(unsafe.names, unsafe.value) ? 'lets everybody in' : what}`;
      reports.push({
        ...reportAdded(subject, entry, message),
        key: `${entry.label}:added`,
        proof: 'unproven',
      });
    }
    return reports;
  },
});

/** One is enough to ask for a second look; more than these say nothing new. */
const maxReports = 50;
