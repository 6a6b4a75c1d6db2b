import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { SchemaSubject } from '../document.ts';

/** Nobody has to send more than before, and nobody loses a field that they read. */
export const keepRequiredField = defineRule<SchemaSubject>({
  id: 'schema/keep-required-field',
  level: 'error',
  problem:
    'A consumer misses a field that it reads, or is refused for want of a field that it does not know.',
  remedy:
    'Keep the field until every consumer does without it; let a new one be optional, with a default, at first.',
  async check(subject) {
    const reports = await subject.reports();
    return reports.flatMap(({ rule, ...report }): Report[] =>
      rule === 'keep-required-field' ? [report] : [],
    );
  },
});
