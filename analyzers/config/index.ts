import type { Analyzer } from '../analyzer.ts';
import { matchesGlobs } from '../claim.ts';
import { configRules } from '../rules.generated.ts';
import { readConfigSubjects, type ConfigSubject } from './document.ts';

/** Configuration: what the policy's `config` entries name. */
export const configAnalyzer: Analyzer<ConfigSubject> = {
  kind: 'config',
  claims: (path, scope) => scope.config.some((entry) => matchesGlobs(path, entry.files)),
  subjects: readConfigSubjects,
  rules: configRules,
};
