import { inputFailure } from '../../stacks/failure.ts';
import { latestRollouts } from '../deployer/find-rollout.ts';
import { openSurroundings } from '../deployer/surroundings.ts';
import { takeLock } from '../deployer/rollout-lock.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import type { Command } from './command.ts';

export const downCommand: Command = {
  name: 'down',
  summary: 'stop a service that was deployed from here, with everything its target runs',
  usage: 'evenkeel down --service NAME [--environment NAME] --yes',
  example: 'evenkeel down --service shop --yes',
  options: { service: { type: 'string' }, environment: { type: 'string' }, yes: { type: 'boolean' } },
  optionHelp: {
    service: 'the service to stop',
    environment: 'where (default: production)',
    yes: 'really: its users get no answer from then on',
  },
  async run({ values }, context) {
    const { service } = values;
    const environment = values['environment'] ?? 'production';
    if (typeof service !== 'string')
      throw inputFailure('service-missing', 'say which service to stop: --service NAME');
    if (values['yes'] !== true) {
      throw inputFailure(
        'not-confirmed',
        `this ends every process of ${service}, and its users get no answer; add --yes if that is meant`,
      );
    }
    const repository = repositoryRoot(context.workingDirectory);
    const found = latestRollouts(repository, context.env).find(
      ({ rollout: { plan } }) => plan.service === service && plan.environment === environment,
    );
    if (found === undefined)
      throw inputFailure('service-unknown', `${service} was not deployed from here; see \`evenkeel status\``);
    const lock = takeLock(found.directories.lockFile, 'evenkeel down', context.now());
    try {
      const surroundings = openSurroundings({
        directories: found.directories,
        rollout: found.rollout,
        env: context.env,
        now: () => context.now(),
        progress: (line) => context.progress(line),
        signal: context.signal,
      });
      try {
        await surroundings.takeDown();
      } finally {
        surroundings.close();
      }
    } finally {
      lock.release();
    }
    return {
      exitCode: 0,
      decision: 'done',
      reasonCode: 'stopped',
      result: { service, environment },
      text: `${service} in ${String(environment)} is stopped; its journal and audit log stay`,
    };
  },
};
