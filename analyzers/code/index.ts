import type { Analyzer } from '../analyzer.ts';
import { matchesGlobs } from '../claim.ts';
import { codeRules } from '../rules.generated.ts';
import { readCodeSubject, type CodeSubject } from './document.ts';

/** Code: everything under a service's `paths` that no other kind owns, because all of it ships. */
export const codeAnalyzer: Analyzer<CodeSubject> = {
  kind: 'code',
  claims: (path, scope) => matchesGlobs(path, scope.paths),
  subjects: async (changes, context) => [await readCodeSubject(changes, context)],
  rules: codeRules,
};
