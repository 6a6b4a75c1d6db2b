import { drainInstances } from '../failback/drain-instances.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { textOption, type Command } from './command.ts';

export const drainCommand: Command = {
  name: 'drain',
  summary: 'take an instance or a zone out of the router, when what stays can carry the users',
  usage: 'evenkeel drain (--instance NAME | --zone NAME) [--service NAME] [--environment NAME]',
  example: 'evenkeel drain --zone east --service shop',
  options: {
    instance: { type: 'string' },
    zone: { type: 'string' },
    service: { type: 'string' },
    environment: { type: 'string' },
  },
  optionHelp: {
    instance: 'one instance, by the name that status shows',
    zone: 'every instance of this zone',
    service: 'the service; needed when several could be meant',
    environment: 'the environment; needed when several could be meant',
  },
  async run({ values }, context) {
    const option = (name: string): string | undefined => textOption(values, name);
    return await drainInstances(
      repositoryRoot(context.workingDirectory),
      {
        service: option('service'),
        environment: option('environment'),
        instance: option('instance'),
        zone: option('zone'),
      },
      context,
    );
  },
};
