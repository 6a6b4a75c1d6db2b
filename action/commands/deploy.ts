import { resolve } from 'node:path';
import { evidenceFile } from '../deployer/approval-source.ts';
import { resumeDeployment, startDeployment } from '../deployer/start-deployment.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { textOption, type Command } from './command.ts';

export const deployCommand: Command = {
  name: 'deploy',
  summary: 'roll an approved change out: canary, blue-green, bake; roll back by itself when metrics regress',
  usage:
    'evenkeel deploy [--service NAME] [--environment NAME] [--base REVISION] [--head REVISION] [--evidence FILE]\n       evenkeel deploy --resume [--service NAME] [--environment NAME] [--evidence FILE]',
  example: 'evenkeel deploy --service shop --evidence approval.json',
  options: {
    service: { type: 'string' },
    environment: { type: 'string' },
    base: { type: 'string' },
    head: { type: 'string' },
    evidence: { type: 'string' },
    resume: { type: 'boolean' },
  },
  optionHelp: {
    service: 'the service; needed when the policy names several that can be deployed',
    environment: 'where to (default: production)',
    base: 'the revision whose policy holds and which the change is compared with (default: what is stable now)',
    head: 'the revision to deploy (default: HEAD)',
    evidence:
      'JSON file with the reviews of a pull request, or an array of all since the stable release; read anew before each widening; in the Action it comes from GitHub',
    resume: 'go on with the rollout that is under way',
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
    if (args.values['resume'] === true) return await resumeDeployment(common);
    const base = textOption(args.values, 'base');
    const head = textOption(args.values, 'head');
    return await startDeployment({ ...common, base, head, actor: null });
  },
};
