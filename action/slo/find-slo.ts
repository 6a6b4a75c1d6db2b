import { textOf } from '../../analyzers/change.ts';
import type { Tree } from '../../analyzers/scope.ts';
import type { SloPolicy } from '../../policies/policy-file/policy.ts';
import { describeSloFault, readOpenSlo } from '../../policies/slo/read-openslo.ts';
import type { Slo } from '../../policies/slo/slo.ts';
import { inputFailure } from '../../stacks/failure.ts';

/**
 * The objective that the policy names, from the revision whose policy holds, so that a change cannot loosen its own gate.
 * Fails when there is no such file there, or it cannot be used.
 */
export async function findSlo(policy: SloPolicy, tree: Tree, revision: string): Promise<Slo> {
  const { file } = policy;
  const text = textOf(await tree.read(file));
  if (text === undefined) {
    throw inputFailure(
      'slo-missing',
      `the policy names ${file} as an SLO, and ${revision.slice(0, 12)} has no text file there; add it, or correct \`slo\``,
    );
  }
  const read = readOpenSlo(file, text);
  if (read.ok) return read.slo;
  const faults = read.faults.map((fault) => describeSloFault(file, fault));
  throw inputFailure(
    'slo-invalid',
    `the SLO of ${revision.slice(0, 12)} cannot be used: ${faults.join('; ')}`,
  );
}
