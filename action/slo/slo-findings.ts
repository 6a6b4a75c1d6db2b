import { textOf, type Change } from '../../analyzers/change.ts';
import { changedPaths, policyPaths } from '../../analyzers/claim.ts';
import { fingerprintOf, type Finding } from '../../analyzers/finding.ts';
import type { Tree } from '../../analyzers/scope.ts';
import { readPolicyRule } from '../../policies/policy-file/load-policy.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { readOpenSlo } from '../../policies/slo/read-openslo.ts';

/**
 * What is wrong with the SLO files that a change brings along, or newly names: they are not used for this change, and once
 * they have landed no rollout could start. `policy` is the one that holds after it.
 */
export async function sloFindings(
  changes: readonly Change[],
  policy: Policy,
  after: Tree,
): Promise<Finding[]> {
  const changed = changedPaths(changes);
  const isPolicyChanged = changed.some((path) => policyPaths.includes(path));
  const named = new Set(policy.services.flatMap(({ slo }) => (slo === null ? [] : [slo.file])));
  const findings: Finding[] = [];
  for (const file of named) {
    if (isPolicyChanged || changed.includes(file)) findings.push(...(await faultsOf(file, policy, after)));
  }
  return findings;
}

async function faultsOf(file: string, policy: Policy, after: Tree): Promise<Finding[]> {
  const { id: ruleId, level } = readPolicyRule;
  const finding = (path: string, message: string, remedy: string): Finding => {
    const fingerprint = fingerprintOf(ruleId, path, message);
    return { ruleId, level, message, remedy, path, fingerprint };
  };
  const text = textOf(await after.read(file));
  if (text === undefined) {
    const message = `the policy names ${file} as an SLO, and no text file is there`;
    return [finding(policy.path, message, 'Add the file, or correct `slo` in the policy.')];
  }
  const read = readOpenSlo(file, text);
  if (read.ok) return [];
  const remedy = 'Correct the SLO; policies/slo/README.md says what is read of OpenSLO.';
  return read.faults.map(({ message, span }) => ({ ...finding(file, message, remedy), span }));
}
