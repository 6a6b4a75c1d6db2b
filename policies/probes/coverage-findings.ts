import { textOf } from '../../analyzers/change.ts';
import { fingerprintOf, type Finding } from '../../analyzers/finding.ts';
import type { Tree } from '../../analyzers/scope.ts';
import type { Policy, ServicePolicy } from '../policy-file/policy.ts';
import { coverEndpointsRule } from './cover-endpoints-rule.ts';
import { planProbes } from './plan-probes.ts';

/**
 * The coverage gate: operations of the documents that services with a target are probed by, and that nothing probes and
 * nothing excuses. `services`: those that a change touches. `policy` is the one that holds after it.
 */
export async function coverageFindings(
  policy: Policy,
  services: ReadonlySet<string | null>,
  after: Tree,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const service of policy.services)
    if (services.has(service.name) && service.target !== null)
      findings.push(...(await findingsOf(service, policy, after)));
  return findings;
}

async function findingsOf(service: ServicePolicy, policy: Policy, after: Tree): Promise<Finding[]> {
  const { id: ruleId, level, remedy } = coverEndpointsRule;
  const plan = await planProbes(service.probes, async (path) => textOf(await after.read(path)));
  if (!plan.ok) {
    const message = `the probes of ${service.name} cannot be planned: ${plan.message}`;
    const fingerprint = fingerprintOf(ruleId, policy.path, service.name);
    return [{ ruleId, level, message, remedy, path: policy.path, fingerprint }];
  }
  return plan.coverage
    .filter(({ covered }) => covered === 'uncovered')
    .map(({ operation, reason, path, span }) => ({
      ruleId,
      level,
      message: `nothing probes ${operation} of ${service.name}: ${reason}`,
      remedy,
      path,
      fingerprint: fingerprintOf(ruleId, path, `${service.name} ${operation}`),
      ...(span === undefined ? {} : { span }),
    }));
}
