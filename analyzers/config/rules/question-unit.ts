import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { reportQuestions } from '../report-questions.ts';

/** "30s" to "30", "512Mi" to "512M", 30 seconds to 30000 of them. */
export const questionUnit = defineRule<ConfigSubject>({
  id: 'config/question-unit',
  level: 'warning',
  covers: ['narrow', 'widen'],
  problem: 'A number moved by the factor between two units, or its unit changed and the number did not.',
  remedy:
    'Make sure that the service reads the unit that is meant here; write the unit with the number where it can be read.',
  check: (subject) => reportQuestions(subject, 'config/question-unit'),
});
