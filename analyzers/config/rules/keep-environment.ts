import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { reportQuestions } from '../report-questions.ts';

/** A host or a name that belongs to a developer, in a file that was for production. */
export const keepEnvironment = defineRule<ConfigSubject>({
  id: 'config/keep-environment',
  level: 'warning',
  covers: ['narrow', 'widen'],
  problem: 'A value that named production names another environment, or the machine that it is read on.',
  remedy: 'Put the value back, or keep what belongs to one environment in a file of its own.',
  check: (subject) => reportQuestions(subject, 'config/keep-environment'),
});
