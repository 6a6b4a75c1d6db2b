import { matchesGlobs } from '../../analyzers/claim.ts';
import { textOf } from '../../analyzers/change.ts';
import type { Tree } from '../../analyzers/scope.ts';
import type { Policy, ServicePolicy } from '../../policies/policy-file/policy.ts';
import { isFinished } from '../../policies/rollout/state.ts';
import { spellingsOf, type DeployedVersion } from '../../policies/schema-steps/decide-contract.ts';
import { inRunnersOrder, roleOf } from '../../policies/schema-steps/migration-files.ts';
import type { ContractStep } from '../../policies/schema-steps/schema-steps.ts';
import { stableRelease } from '../deployer/deployment.ts';
import { latestRollouts } from '../deployer/find-rollout.ts';
import { openTrees } from '../repository/read-changes.ts';

export interface ContractQuestion {
  repository: string;
  env: Readonly<Record<string, string | undefined>>;
  policy: Pick<Policy, 'services'>;
  service: ServicePolicy;
  environment: string;
  candidate: { commit: string };
  /** The candidate's migration files, by path. */
  files: ReadonlyMap<string, string>;
  contract: readonly ContractStep[];
}

type Version = Pick<DeployedVersion, 'service' | 'environment' | 'role' | 'commit'>;

/**
 * Every version that has users or that a rollback would return to, of this service and of those that name the same
 * database, and what it holds of what the contract takes away. Fails where a version's files cannot be read.
 */
export async function readContractEvidence(question: ContractQuestion): Promise<DeployedVersion[]> {
  const { repository, service, environment, candidate } = question;
  const versions: Version[] = [
    ...deployedVersions(question),
    { service: service.name, environment, role: 'candidate', commit: candidate.commit },
  ];
  const { trees, close } = openTrees(
    repository,
    versions.map(({ commit }) => commit),
  );
  try {
    const evidence: DeployedVersion[] = [];
    for (const [index, version] of versions.entries()) {
      const tree = trees[index];
      if (tree !== undefined) evidence.push({ ...version, ...(await whatItHolds(version, tree, question)) });
    }
    return evidence;
  } finally {
    close();
  }
}

function deployedVersions({ repository, env, policy, service }: ContractQuestion): Version[] {
  const names = new Set(
    policy.services.filter((one) => usesSameDatabase(one, service)).map(({ name }) => name),
  );
  return latestRollouts(repository, env).flatMap(({ directories, rollout }): Version[] => {
    const { plan, state, deployment } = rollout;
    if (!names.has(plan.service)) return [];
    const place = { service: plan.service, environment: plan.environment };
    const stable = stableRelease(directories);
    return [
      ...(stable === null ? [] : [{ ...place, role: 'stable' as const, commit: stable.commit }]),
      ...(isFinished(state)
        ? []
        : [{ ...place, role: 'candidate' as const, commit: deployment.candidate.commit }]),
    ];
  });
}

function usesSameDatabase(one: ServicePolicy, service: ServicePolicy): boolean {
  const database = service.migrations?.database ?? null;
  return (
    one.name === service.name ||
    (database !== null &&
      (one.migrations?.database === database || Object.values(one.run?.env ?? {}).includes(database)))
  );
}

async function whatItHolds(
  version: Version,
  tree: Tree,
  { policy, service, files, contract }: ContractQuestion,
): Promise<Pick<DeployedVersion, 'lacks' | 'mentions'>> {
  const { runner = '', files: globs = [] } = service.migrations ?? {};
  const paths = await tree.list();
  const known = new Set(paths);
  const taken = new Set(contract.map(({ path }) => path));
  const needed = [...files.keys()].filter(
    (path) => !taken.has(path) && ['migration', 'backfill'].includes(roleOf(path, runner)),
  );
  const own = policy.services.find(({ name }) => name === version.service)?.paths ?? service.paths;
  const code = paths.filter((path) => matchesGlobs(path, own) && !matchesGlobs(path, globs));
  return {
    // Another service has its own history; only what its code names counts.
    lacks:
      version.service === service.name
        ? inRunnersOrder(needed, runner).filter((path) => !known.has(path))
        : [],
    mentions: await mentionsIn(code, tree, [...new Set(contract.flatMap(({ removes }) => removes))]),
  };
}

async function mentionsIn(
  paths: readonly string[],
  tree: Tree,
  names: readonly string[],
): Promise<DeployedVersion['mentions']> {
  const mentions: DeployedVersion['mentions'] = [];
  const left = new Map(names.map((name) => [name, wordOf(name)]));
  for (const path of paths) {
    if (left.size === 0) break;
    const text = textOf(await tree.read(path));
    if (text === undefined) continue;
    for (const [name, word] of left) {
      if (!word.test(text)) continue;
      mentions.push({ name, path });
      left.delete(name);
    }
  }
  return mentions;
}

/** The name as a whole word, in any of the ways in which code spells it. */
function wordOf(name: string): RegExp {
  const words = spellingsOf(name).map((word) => word.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`(?<![A-Za-z0-9_])(?:${words.join('|')})(?![A-Za-z0-9_])`, 'i');
}
