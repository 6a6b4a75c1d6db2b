import { isFinished } from '../../../policies/rollout/state.ts';
import { effectFailure, Failure } from '../../../stacks/failure.ts';
import { instanceNamesOf } from '../../../stacks/local/instance-names.ts';
import type { JournalledRollout } from '../deployment.ts';
import type { StateDirectory } from '../state-directory.ts';
import { expectationOf } from './expected-exposure.ts';
import { findDrift, type DriftItem, type Wanted } from './find-drift.ts';
import { readLive } from './read-live.ts';

export interface DriftReport {
  rollout: string;
  items: DriftItem[];
}

/**
 * What journal and Pulumi say of a rollout, its last one or the one under way, against what is live. Changes nothing.
 * Fails with `drift-unreadable` when that cannot be found out.
 */
export async function readDrift(
  directories: StateDirectory,
  rollout: JournalledRollout,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DriftReport> {
  try {
    const live = await readLive(directories, rollout, env);
    const items = findDrift(expectationOf(rollout), wantedBy(rollout), live);
    return { rollout: rollout.rollout, items };
  } catch (error) {
    const reason =
      error instanceof Failure ? error.message : 'what Pulumi or the target keeps is not as expected';
    throw effectFailure(
      'drift-unreadable',
      `what is live of ${rollout.plan.service} in ${rollout.plan.environment} cannot be read: ${reason}`,
      true,
    );
  }
}

/** One line for each difference. */
export function driftLines({ items }: DriftReport): string[] {
  return items.map(({ message, remedy }) => `drift: ${message} (reconciling: ${remedy})`);
}

function wantedBy(rollout: JournalledRollout): Wanted {
  const { state, deployment, plan } = rollout;
  const { service, stable, candidate } = deployment;
  const { exposure, isInDoubt } = expectationOf(rollout);
  const named = (release: typeof stable, capacity: number): Wanted['instances'] =>
    instanceNamesOf(release, capacity, service).map((name) => ({ name, release: release?.digest ?? '' }));
  // An update under way may have started all of the candidate, or ended all of what is to go.
  const doubtful = [...named(candidate, plan.fullCapacity), ...named(stable, plan.fullCapacity)];
  return {
    instances: [
      ...named(exposure.stable, exposure.capacity.stable),
      ...named(exposure.candidate, exposure.capacity.candidate),
    ],
    tolerated: isInDoubt ? doubtful.map(({ name }) => name) : [],
    stable: isFinished(state) && state.phase === 'settled' ? candidate.digest : (stable?.digest ?? null),
  };
}
