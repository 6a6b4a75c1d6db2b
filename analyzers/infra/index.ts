import type { Analyzer } from '../analyzer.ts';
import { matchesGlobs } from '../claim.ts';
import { infraRules } from '../rules.generated.ts';
import { readInfraSubject, type InfraSubject } from './document.ts';

/** Infrastructure: the Pulumi programs that a service's policy names under `infra`. */
export const infraAnalyzer: Analyzer<InfraSubject> = {
  kind: 'infra',
  claims: (path, scope) => matchesGlobs(path, scope.infra?.files ?? []),
  subjects: async (changes, context) => [await readInfraSubject(changes, context)],
  rules: infraRules,
};
