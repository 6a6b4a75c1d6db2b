import { defineRule } from '../../analyzer.ts';
import type { SchemaSubject } from '../document.ts';
import { reportsUnder } from '../reports-under.ts';

/** A contract that is removed, of a kind that has no rule of its own for it. */
export const keepContract = defineRule<SchemaSubject>({
  id: 'schema/keep-contract',
  level: 'error',
  problem: 'The contract is gone, and whoever relies on it has nothing to rely on.',
  remedy: 'Keep the contract until nobody uses it any more.',
  check: (subject) => reportsUnder('schema/keep-contract', subject),
});
