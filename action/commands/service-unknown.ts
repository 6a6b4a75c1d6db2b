import { nameHint } from '../../policies/policy-file/nearest-name.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { inputFailure, type Failure } from '../../stacks/failure.ts';

/** Somebody named a service that the policy does not have. */
export function serviceUnknown({ path, services }: Policy, name: string): Failure {
  const hint = nameHint(
    name,
    services.map((service) => service.name),
  );
  return inputFailure('service-unknown', `${path} has no service ${JSON.stringify(name)}; ${hint}`);
}
