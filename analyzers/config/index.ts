import type { Analyzer } from '../analyzer.ts';
import { matchesGlobs } from '../claim.ts';
import { configRules } from '../rules.generated.ts';
import { readConfigSubjects, type ConfigSubject } from './document.ts';
import { isWorkflowPath } from './workflow/workflow.ts';

/** Configuration: what the policy's `config` entries name, and the workflows under the service's paths. */
export const configAnalyzer: Analyzer<ConfigSubject> = {
  kind: 'config',
  claims: (path, scope) =>
    scope.config.some((entry) => matchesGlobs(path, entry.files)) ||
    (isWorkflowPath(path) && matchesGlobs(path, scope.paths)),
  subjects: readConfigSubjects,
  rules: configRules,
};
