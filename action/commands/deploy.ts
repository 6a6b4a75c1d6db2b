import { resolve } from 'node:path';
import { evidenceFile } from '../deployer/approval-source.ts';
import { resumeDeployment, startDeployment } from '../deployer/start-deployment.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { textOption, type Command } from './command.ts';

export const deployCommand: Command = {
  name: 'deploy',
  summary: 'roll an approved change out: canary, blue-green, bake; roll back by itself when metrics regress',
  usage:
    'evenkeel deploy [--service NAME | --group NAME] [--environment NAME] [--base REVISION] [--head REVISION] [--evidence FILE] [--detach]\n       evenkeel deploy --resume [--service NAME] [--environment NAME] [--evidence FILE] [--detach]',
  example: 'evenkeel deploy --service shop --evidence approval.json',
  options: {
    service: { type: 'string' },
    group: { type: 'string' },
    environment: { type: 'string' },
    base: { type: 'string' },
    head: { type: 'string' },
    evidence: { type: 'string' },
    resume: { type: 'boolean' },
    detach: { type: 'boolean' },
  },
  optionHelp: {
    service: 'the service; needed when the policy names several that can be deployed',
    group: 'services that go out together and come back together, as the policy names them',
    environment: 'where to (default: the waves of the policy, wave by wave; without waves production)',
    base: 'the revision whose policy holds and which the change is compared with (default: what is stable now)',
    head: 'the revision to deploy (default: HEAD)',
    evidence:
      'JSON file with the reviews of a pull request, or an array of all since the stable release; read anew before each widening; in the Action it comes from GitHub',
    resume: 'go on with the rollout, or the train, that is under way',
    detach:
      'take the first steps and return; `evenkeel advance` takes the next ones, and while nobody runs it nothing rolls back',
  },
  async run(args, context) {
    const file = textOption(args.values, 'evidence');
    const common = {
      repository: repositoryRoot(context.workingDirectory),
      service: textOption(args.values, 'service'),
      environment: textOption(args.values, 'environment'),
      source: file === undefined ? null : evidenceFile(resolve(context.workingDirectory, file)),
      context,
    };
    const isDetached = args.values['detach'] === true;
    if (args.values['resume'] === true) {
      const until = isDetached ? 'due' : 'finished';
      return await resumeDeployment({ ...common, until, doing: 'evenkeel deploy --resume' });
    }
    const base = textOption(args.values, 'base');
    const head = textOption(args.values, 'head');
    const group = textOption(args.values, 'group');
    return await startDeployment({ ...common, group, base, head, actor: null, isDetached });
  },
};
