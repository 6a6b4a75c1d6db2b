import { join } from 'node:path';
import type { Release } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import {
  knownDeployments,
  latestRollout,
  stableRelease,
  unfinishedRollout,
  type JournalledRollout,
} from './deployment.ts';
import { homeOf, stateDirectoryOf, type StateDirectory } from './state-directory.ts';

export interface FoundRollout {
  directories: StateDirectory;
  rollout: JournalledRollout;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Every service and environment that has local state, in the order of their names. */
export function deploymentsAt(repository: string, env: Environment): StateDirectory[] {
  return knownDeployments(join(homeOf(repository, env), 'journal')).map((name) => {
    const cut = name.lastIndexOf('-');
    return stateDirectoryOf(repository, env, name.slice(0, cut), name.slice(cut + 1));
  });
}

/** The newest rollout of every service and environment that has local state, in the order of their names. */
export function latestRollouts(repository: string, env: Environment): FoundRollout[] {
  return deploymentsAt(repository, env).flatMap((directories) => {
    const rollout = latestRollout(directories);
    return rollout === null ? [] : [{ directories, rollout }];
  });
}

/** Those of the service and environment, where they are named. */
export function placesNamed(
  found: readonly FoundRollout[],
  service: string | undefined,
  environment: string | undefined,
): FoundRollout[] {
  return found.filter(
    ({ rollout: { plan } }) =>
      (service === undefined || plan.service === service) &&
      (environment === undefined || plan.environment === environment),
  );
}

/** The options that name each of them, for whoever has to choose. */
export function optionsNaming(found: readonly FoundRollout[]): string {
  return found
    .map(({ rollout: { plan } }) => `--service ${plan.service} --environment ${plan.environment}`)
    .join(', or ');
}

/** What is live; when the service is not named, of the only one that was deployed from here. */
export function stableOf(
  repository: string,
  env: Environment,
  environment: string,
  service: string | undefined,
): Release | null {
  const known = placesNamed(latestRollouts(repository, env), service, environment);
  const [only, ...others] = known;
  return only === undefined || others.length > 0 ? null : stableRelease(only.directories);
}

/**
 * The one rollout that is under way, of the service and environment if they are named. Fails when there is none, and
 * when there are several to choose from: a command that stops production never guesses.
 */
export function requireUnfinished(
  repository: string,
  env: Environment,
  service: string | undefined,
  environment: string | undefined,
): FoundRollout {
  const latest = placesNamed(latestRollouts(repository, env), service, environment);
  const unfinished = latest.flatMap(({ directories }) => {
    const rollout = unfinishedRollout(directories);
    return rollout === null ? [] : [{ directories, rollout }];
  });
  const [first, ...others] = unfinished;
  if (first === undefined) {
    const settled = latest.find(({ rollout }) => rollout.state.phase === 'settled');
    const hint =
      settled === undefined || settled.rollout.deployment.stable === null
        ? 'run `evenkeel deploy` to start one'
        : `to go back to the release before the last one, run \`evenkeel deploy --service ${settled.rollout.plan.service} --head ${settled.rollout.deployment.stable.commit.slice(0, 12)}\``;
    throw inputFailure(
      'no-rollout',
      `no rollout is under way${service === undefined ? '' : ` for ${service}`}; ${hint}`,
    );
  }
  // Members of one train are one rollout to whoever goes on with it.
  const { train } = first.rollout.deployment;
  const isOneTrain = others.every(
    ({ rollout }) => train !== undefined && rollout.deployment.train?.id === train.id,
  );
  if (!isOneTrain) {
    throw inputFailure(
      'rollout-ambiguous',
      `several rollouts are under way; say which: ${optionsNaming(unfinished)}`,
    );
  }
  return first;
}
