import type { Comparison, ComparisonOutcome } from './comparison.ts';
import { outcomeOf } from './outcome-of.ts';

/**
 * Compares two versions of anything: `compatible` is proved, `breaking` has been shown, and whatever else is `unproven`.
 * Pure; takes as long as the texts ask for, so a caller that cannot trust them bounds it from outside.
 */
export async function compareTexts(comparison: Comparison): Promise<ComparisonOutcome> {
  switch (comparison.kind) {
    case 'config': {
      const { compareConfigTexts } = await import('./compare-config-texts.ts');
      return outcomeOf(await compareConfigTexts(comparison));
    }
    case 'sql': {
      const { compareMigrations } = await import('./compare-migrations.ts');
      return outcomeOf(await compareMigrations(comparison));
    }
    default: {
      const { compareContract } = await import('./compare-contract.ts');
      return outcomeOf(await compareContract(comparison, comparison.kind));
    }
  }
}
