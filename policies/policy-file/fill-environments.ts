import type { EnvironmentPolicy } from '../gates/gate-policy.ts';
import type { PolicyFault } from './schema-faults.ts';

/** The `environments` part as its JSON Schema lets it through. */
export type RawEnvironments = Record<string, object>;

/** Environments by name; one that the file does not name asks for nothing of its own. */
export function fillEnvironments(
  raw: RawEnvironments | undefined,
  _faults: PolicyFault[],
): EnvironmentPolicy[] {
  return Object.keys(raw ?? {}).map((name) => ({
    name,
    freeze: [],
    separateDuties: false,
    makersMayDeploy: true,
  }));
}
