import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { reportQuestions } from '../report-questions.ts';

/** One letter too many, too few, another, or two exchanged. */
export const questionSpelling = defineRule<ConfigSubject>({
  id: 'config/question-spelling',
  level: 'warning',
  covers: ['rename'],
  problem:
    'A word changed by one letter, as it does by a slip of the hand; the service may not know the new one.',
  remedy: 'Make sure that the word is spelt as the service expects it.',
  check: (subject) => reportQuestions(subject, 'config/question-spelling'),
});
