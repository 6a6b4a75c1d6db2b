import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { SchemaSubject } from '../document.ts';

/** What others send is still accepted, and what they receive is still what they know; or a person has looked. */
export const keepCompatible = defineRule<SchemaSubject>({
  id: 'schema/keep-compatible',
  level: 'error',
  problem:
    'While two versions run, and for clients that were not updated, a document that was valid no longer is.',
  remedy:
    'Expand first: accept the new form beside the present one, move everyone over, and contract in a later change.',
  async check(subject) {
    const reports = await subject.reports();
    return reports.flatMap(({ rule, ...report }): Report[] => (rule === 'keep-compatible' ? [report] : []));
  },
});
