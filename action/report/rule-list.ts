import type { RuleDescription } from '../../analyzers/analyzer.ts';
import { compareRules } from '../../analyzers/compare/rules.ts';
import { readPolicyRule } from '../../policies/policy-file/load-policy.ts';
import { coverEndpointsRule } from '../../policies/probes/cover-endpoints-rule.ts';
import { waiverRules } from '../../policies/waivers/rules.ts';
import { requireRunbookRule } from '../../policies/runbooks/runbook-findings.ts';
import { planSchemaStepsRule } from '../migrations/schema-step-findings.ts';
import { planStepsRule } from '../../policies/rollout/step-findings.ts';

/** What is reported by others than the analyzers' rules. */
export const otherRules: readonly RuleDescription[] = [
  readPolicyRule,
  planStepsRule,
  coverEndpointsRule,
  planSchemaStepsRule,
  requireRunbookRule,
  ...Object.values(waiverRules),
  ...Object.values(compareRules),
];
