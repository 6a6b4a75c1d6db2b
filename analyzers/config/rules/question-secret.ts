import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { secretMessage } from '../question-move.ts';
import { isSecretLiteral } from '../question-secret.ts';
import { placeName, reportAdded } from '../question.ts';
import { reportQuestions } from '../report-questions.ts';
import { scalarsIn } from '../scalars-in.ts';

/** A password or a token by its name, in no form that `config/forbid-secrets` knows for certain. */
export const questionSecret = defineRule<ConfigSubject>({
  id: 'config/question-secret',
  level: 'warning',
  covers: ['add'],
  problem:
    'A value that its name or its form calls a secret is written out, for whoever can read the repository.',
  remedy: 'Put a reference in its place that is resolved where the service runs, and revoke the secret.',
  check(subject) {
    const reports = reportQuestions(subject, 'config/question-secret');
    for (const entry of subject.difference()?.added ?? []) {
      if (reports.length >= maxReports) break;
      const secret = scalarsIn(entry).find(({ names, value }) => isSecretLiteral(names, value));
      if (secret === undefined) continue;
      const message = secretMessage(`${placeName(entry.place)}${secret.pointer}`);
      reports.push({
        ...reportAdded(subject, entry, message),
        key: `${entry.label}${secret.pointer}`,
        proof: 'unproven',
      });
    }
    return reports;
  },
});

/** One is enough to ask for a second look; more than these say nothing new. */
const maxReports = 50;
