import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { reportQuestions } from '../report-questions.ts';

/** 0.1 to 10, "10%" to 0.1: a share is written as a fraction or as a percentage. */
export const questionFraction = defineRule<ConfigSubject>({
  id: 'config/question-fraction',
  level: 'warning',
  covers: ['narrow', 'widen'],
  problem:
    'A fraction took the place of a percentage, or the other way round, so that the share is wrong by a hundred.',
  remedy: 'Make sure which of the two the service reads, and write the share that way.',
  check: (subject) => reportQuestions(subject, 'config/question-fraction'),
});
