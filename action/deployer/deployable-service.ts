import type { Policy, ServicePolicy } from '../../policies/policy-file/policy.ts';
import { inputFailure } from '../../stacks/failure.ts';

export type DeployableService = ServicePolicy & { target: string; run: NonNullable<ServicePolicy['run']> };

/** The one service that is meant. Fails when there is none, when there are several, and when nothing could judge it. */
export function deployableService(policy: Policy, wanted: string | undefined): DeployableService {
  const deployable = policy.services.flatMap((service) =>
    service.target !== null && service.run !== null && (wanted === undefined || service.name === wanted)
      ? [{ ...service, target: service.target, run: service.run }]
      : [],
  );
  const [first, ...others] = deployable;
  if (first === undefined) {
    const name = wanted === undefined ? 'no service' : `no service ${JSON.stringify(wanted)}`;
    throw inputFailure(
      'service-unknown',
      `${policy.path} has ${name} with \`target\` and \`run\`; add them, or name one of: ${policy.services.map((service) => service.name).join(', ')}`,
    );
  }
  if (others.length > 0) {
    throw inputFailure(
      'service-ambiguous',
      `${policy.path} has several services; say which with --service: ${deployable.map((service) => service.name).join(', ')}`,
    );
  }
  if (first.metrics.length === 0) {
    throw inputFailure(
      'no-metrics',
      `${policy.path} names no metrics for ${first.name}, so no step could ever pass; add \`metrics: [{ name: errors, critical: true }]\``,
    );
  }
  return first;
}
