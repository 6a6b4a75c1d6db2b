import type { Change } from '../../analyzers/change.ts';
import { changedPaths } from '../../analyzers/claim.ts';
import type { Policy, ServicePolicy } from '../policy-file/policy.ts';
import { runbookPlace } from './read-runbook.ts';

export interface RunbookChange {
  /** The policy that holds once the change has landed, and the one before it; null: there is none. */
  landed: Policy;
  base: Policy | null;
  /** The services in whose paths something changes. */
  touched: ReadonlySet<string | null>;
  changes: readonly Change[];
}

/**
 * The services that are rolled out and that a change is about: something of theirs changes, they are rolled out for the
 * first time, the policy names other runbooks for them, or one of their runbooks is edited or goes.
 */
export function servicesWhoseRunbooksCount({
  landed,
  base,
  touched,
  changes,
}: RunbookChange): ServicePolicy[] {
  const changed = new Set(changedPaths(changes));
  const before = new Map((base?.services ?? []).map((service) => [service.name, service]));
  return landed.services.filter(({ name, target, runbooks }) => {
    if (target === null) return false;
    const known = before.get(name);
    if (touched.has(name) || known === undefined || known.target === null) return true;
    if (namesOf(runbooks) !== namesOf(known.runbooks)) return true;
    return Object.values(runbooks).some((reference) => {
      const place = runbookPlace(reference);
      return place.kind === 'file' && changed.has(place.path);
    });
  });
}

function namesOf(runbooks: ServicePolicy['runbooks']): string {
  return JSON.stringify(Object.entries(runbooks).sort());
}
