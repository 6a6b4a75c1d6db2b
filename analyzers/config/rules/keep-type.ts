import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { reportQuestions } from '../report-questions.ts';
import { workflowsOf } from '../workflow/workflow.ts';

/** 30 to "30", true to "true", "1.10" to 1.1. */
export const keepType = defineRule<ConfigSubject>({
  id: 'config/keep-type',
  level: 'warning',
  covers: ['narrow', 'widen', 'rename'],
  problem:
    'A value changed its type, and a reader that expects the earlier one refuses it or reads something else.',
  remedy: 'Write the value in the type it had, or make sure that every running version reads the new one.',
  // Much of a workflow may be written in several types, and actionlint knows which.
  check: (subject) =>
    workflowsOf(subject) === undefined ? reportQuestions(subject, 'config/keep-type') : [],
});
