import { runAtTerminal } from '../command-log/terminal-door.ts';
import { findCommit } from '../repository/find-revisions.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import type { Command, ParsedArguments } from './command.ts';

interface Words {
  summary: string;
  /** What follows the name. */
  words: string;
  example: string;
  hasEvidence?: boolean;
  hasCommit?: boolean;
  hasInstances?: boolean;
}

/** The commands of the grammar that the terminal has of its own; what they mean is in `policies/command`. */
const grammar = {
  promote: {
    summary: 'go on to the next step; over a judgement that is no pass a second person confirms it',
    words: '',
    example: 'evenkeel promote --service shop',
  },
  pause: {
    summary: 'hold the rollout where it is; a regression still rolls it back',
    words: '',
    example: 'evenkeel pause --service shop',
  },
  resume: { summary: 'let a paused rollout go on', words: '', example: 'evenkeel resume --service shop' },
  abort: {
    summary: 'stop the rollout and take every user off the candidate',
    words: '',
    example: 'evenkeel abort --service shop',
  },
  rollback: {
    summary:
      'take every user off the candidate now; when settled, go to an older release with a second person',
    words: ' [to RELEASE]',
    example: 'evenkeel rollback to 0123456789ab --service shop',
  },
  failback: {
    summary: 'bring instances that were lost or drained back in steps, each judged against its peers',
    words: '',
    example: 'evenkeel failback --zone east --service shop',
    hasInstances: true,
  },
  retry: {
    summary: 'try a stuck rollback, or a rollout that went back, once more',
    words: '',
    example: 'evenkeel retry --service shop --evidence approval.json',
    hasEvidence: true,
  },
  unlock: {
    summary: 'take the lock of a process that is provably gone, with a second person',
    words: '',
    example: 'evenkeel unlock --service shop',
  },
  'break-glass': {
    summary: 'let one commit start without what is missing, with a second person; it owes a review',
    words: ' REASON… [--commit COMMIT] | close DIGEST',
    example: 'evenkeel break-glass the payment provider is down --service shop',
    hasEvidence: true,
    hasCommit: true,
  },
  confirm: {
    summary: 'be the second person for exactly what was shown',
    words: ' DIGEST',
    example: 'evenkeel confirm 0123456789ab',
  },
  help: { summary: 'show what you may do now, and why not the rest', words: '', example: 'evenkeel help' },
} as const satisfies Record<string, Words>;

export type SteerName = keyof typeof grammar;

/** One command of the grammar at the terminal. */
export function steerCommand(name: SteerName): Command {
  const { summary, words, example, hasEvidence, hasCommit, hasInstances }: Words = grammar[name];
  return {
    name,
    summary,
    usage: `evenkeel ${name}${words} [--service NAME] [--environment NAME]`,
    example,
    takesPositionals: words !== '',
    options: {
      service: { type: 'string' },
      environment: { type: 'string' },
      ...(hasCommit === true && { commit: { type: 'string' } }),
      ...(hasInstances === true && { instance: { type: 'string' }, zone: { type: 'string' } }),
      ...(hasEvidence === true && { evidence: { type: 'string' } }),
    },
    optionHelp: {
      service: 'the service; needed when several could be meant',
      environment: 'the environment; needed when several could be meant',
      ...(hasInstances === true && {
        instance: 'only this one, by the name that status shows (default: all that are out)',
        zone: 'only those in this zone',
      }),
      ...(hasCommit === true && { commit: 'what may start (default: what is checked out)' }),
      ...(hasEvidence === true && { evidence: 'JSON file with the reviews' }),
    },
    async run(args, context) {
      const repository = repositoryRoot(context.workingDirectory);
      const text = await textOf(name, args, repository);
      const { evidence } = args.values;
      return await runAtTerminal(
        repository,
        { text, ...(typeof evidence === 'string' && { evidence }) },
        context,
      );
    },
  };
}

/** The same words that a comment would hold, so that there is one grammar. */
async function textOf(
  name: SteerName,
  { values, positionals }: ParsedArguments,
  repository: string,
): Promise<string> {
  const { service, environment, commit, instance, zone } = values;
  const options = [
    ...(typeof service === 'string' ? ['--service', service] : []),
    ...(typeof environment === 'string' ? ['--environment', environment] : []),
    ...(typeof instance === 'string' ? ['--instance', instance] : []),
    ...(typeof zone === 'string' ? ['--zone', zone] : []),
    ...(typeof commit === 'string' ? ['--commit', await findCommit(repository, commit, '--commit')] : []),
  ];
  return [name, ...positionals, ...options].join(' ');
}
