import type { Policy } from '../../../policies/policy-file/policy.ts';
import { nameHint } from '../../../policies/policy-file/nearest-name.ts';
import { Failure, inputFailure } from '../../../stacks/failure.ts';
import { openTree } from '../../repository/read-changes.ts';
import { readPolicyAt } from '../../repository/policy-at.ts';
import { commitOf } from '../../repository/find-revisions.ts';
import type { StartOptions } from '../decide-start.ts';
import { latestRollouts } from '../find-rollout.ts';
import { stableRelease } from '../deployment.ts';
import type { WantedTrain } from './start-train.ts';

/**
 * What goes out together with what was asked for: the group of the service, and the waves where no environment is named.
 * Null: one service in one environment. The policy is that of the newest stable release, as for everything that deploys.
 */
export async function wantedTrain(options: StartOptions): Promise<WantedTrain | null> {
  const policy = await livePolicyOf(options);
  if (policy === null) {
    if (options.group === undefined) return null;
    throw inputFailure('group-unknown', 'there is no policy that has landed, and so no group in it');
  }
  const { train } = policy;
  const deployable = policy.services.filter(({ target }) => target !== null);
  const only = deployable.length === 1 ? deployable[0] : undefined;
  const named = options.service ?? only?.name;
  const group = train.groups.find(({ name, services }) =>
    options.group === undefined ? named !== undefined && services.includes(named) : name === options.group,
  );
  if (options.group !== undefined && group === undefined) throw groupUnknown(options.group, policy);
  if (options.service !== undefined && options.group !== undefined) {
    throw inputFailure('usage', '--service and --group name the same thing twice; give one of them');
  }
  const environment = options.environment ?? (train.waves.length === 0 ? 'production' : null);
  if (group !== undefined) {
    const services = deployable.filter(({ name }) => group.services.includes(name));
    if (options.group === undefined)
      options.context.progress(
        `${named ?? ''} goes out with the group ${group.name}: ${group.services.join(', ')}`,
      );
    return { policy, name: group.name, services, environment };
  }
  // One place, or a name that is missing or wrong: the ordinary way says which.
  const service = deployable.find(({ name }) => name === named);
  if (environment !== null || service === undefined) {
    if (environment === null && options.service === undefined) throw serviceAmbiguous(policy);
    return null;
  }
  return { policy, name: service.name, services: [service], environment };
}

/** Null: there is none that could be used, and the check will say why. */
async function livePolicyOf({ repository, base, head, context }: StartOptions): Promise<Policy | null> {
  const newest = latestRollouts(repository, context.env)
    .map(({ directories, rollout }) => ({ stable: stableRelease(directories), at: rollout.startedAt }))
    .filter(({ stable }) => stable !== null)
    .sort((a, b) => b.at.localeCompare(a.at))[0];
  const revision = base ?? newest?.stable?.commit ?? `${head ?? 'HEAD'}^`;
  const commit = await commitOf(repository, revision);
  if (commit === null) return null;
  const { tree, close } = openTree(repository, commit);
  try {
    return await readPolicyAt(tree, commit.slice(0, 12));
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  } finally {
    close();
  }
}

function groupUnknown(wanted: string, { train, path }: Policy): Failure {
  const names = train.groups.map(({ name }) => name);
  const hint = nameHint(wanted, names, 'add it under `groups`');
  return inputFailure('group-unknown', `${path} has no group ${JSON.stringify(wanted)}; ${hint}`);
}

function serviceAmbiguous({ path, services, train }: Policy): Failure {
  const names = services.filter(({ target }) => target !== null).map(({ name }) => `--service ${name}`);
  const groups = train.groups.map(({ name }) => `--group ${name}`);
  return inputFailure(
    'service-ambiguous',
    `${path} has several services; say which: ${[...names, ...groups].join(', ')}`,
  );
}
