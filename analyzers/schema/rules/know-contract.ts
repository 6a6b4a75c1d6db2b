import { defineRule } from '../../analyzer.ts';
import type { SchemaSubject } from '../document.ts';
import { reportsUnder } from '../reports-under.ts';

/** What the policy asks for is a comparison that can be made. */
export const knowContract = defineRule<SchemaSubject>({
  id: 'schema/know-contract',
  level: 'warning',
  problem: 'The comparison that the policy asks for was not made, so a break would go unseen.',
  remedy: 'Name a kind, a level and deployed versions that exist in the entry of `schemas` in the policy.',
  check: (subject) => reportsUnder('schema/know-contract', subject),
});
