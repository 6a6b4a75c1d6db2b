import { inputFailure } from '../../stacks/failure.ts';
import { routerSettingsOf } from '../../stacks/local/router-settings.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { connectRouter } from '../../stacks/local/router/start-router.ts';
import { latestRollouts, optionsNaming, placesNamed, type FoundRollout } from '../deployer/find-rollout.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The one service and environment that is meant; a command that takes capacity away never guesses. */
export function requirePlace(
  repository: string,
  env: Environment,
  service: string | undefined,
  environment: string | undefined,
): FoundRollout {
  const fitting = placesNamed(latestRollouts(repository, env), service, environment);
  const [only, ...others] = fitting;
  if (only === undefined) {
    throw inputFailure('nothing-deployed', 'nothing like that was deployed from here; see `evenkeel status`');
  }
  if (others.length === 0) return only;
  throw inputFailure('place-ambiguous', `this could be several; say which: ${optionsNaming(fitting)}`);
}

/** The router in front of its instances. Only the local target has instances that are known one by one. */
export async function connectPlace(
  { rollout, directories }: FoundRollout,
  env: Environment,
): Promise<Router> {
  const { target, service } = rollout.deployment;
  if (target !== 'local') {
    throw inputFailure(
      'no-instances',
      `${service.name} runs on ${target}, whose instances, zones and regions its own program and platform manage; \`drain\` and \`failback\` are for the target \`local\`, and a whole place is taken back by a rollout to its environment`,
    );
  }
  return await connectRouter(routerSettingsOf(service, directories.home, env));
}
