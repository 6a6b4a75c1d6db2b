import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { reportQuestions } from '../report-questions.ts';

/** "timeout 30 -> 30000": valid to every schema, and still wrong by a unit. */
export const questionMagnitude = defineRule<ConfigSubject>({
  id: 'config/question-magnitude',
  level: 'warning',
  covers: ['narrow', 'widen'],
  problem:
    'A number moved by a factor of ten or more, to zero or below it, as it does when a decimal point is mistaken.',
  remedy: 'Make sure that the number is the one that is meant; nothing else needs to be done.',
  check: (subject) => reportQuestions(subject, 'config/question-magnitude'),
});
