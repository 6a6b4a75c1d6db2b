import { resolve } from 'node:path';
import { readSeconds } from '../../policies/policy-file/quantities.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { advanceRollouts, resultOfAdvance } from '../deployer/advance-rollouts.ts';
import { evidenceFile } from '../deployer/approval-source.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { textOption, type Command } from './command.ts';

export const advanceCommand: Command = {
  name: 'advance',
  summary:
    'take every rollout that is under way as far as it may go now; while no command runs, nobody watches and nothing rolls back',
  usage: 'evenkeel advance [--service NAME] [--environment NAME] [--evidence FILE] [--for DURATION]',
  example: 'evenkeel advance --for 5m',
  options: {
    service: { type: 'string' },
    environment: { type: 'string' },
    evidence: { type: 'string' },
    for: { type: 'string' },
  },
  optionHelp: {
    service: 'only rollouts of this service (a train is taken whole)',
    environment: 'only rollouts in this environment (a train is taken whole)',
    evidence: 'JSON file with the reviews; without it approval is decided on what the journal keeps',
    for: 'go on looking for so long, for instance 90s or 5m (default: look once)',
  },
  async run({ values }, context) {
    const file = textOption(values, 'evidence');
    return resultOfAdvance(
      await advanceRollouts({
        repository: repositoryRoot(context.workingDirectory),
        service: textOption(values, 'service'),
        environment: textOption(values, 'environment'),
        source: file === undefined ? null : evidenceFile(resolve(context.workingDirectory, file)),
        watchSeconds: watchSecondsOf(textOption(values, 'for')),
        context,
      }),
    );
  },
};

/** How long to watch, as it was written; nothing: look once. */
export function watchSecondsOf(written: string | undefined): number {
  if (written === undefined) return 0;
  if (/^[1-9][0-9]{0,5}(s|m|h)$/.test(written)) return readSeconds(written);
  throw inputFailure('usage', `${JSON.stringify(written)} is no duration to watch for; write 90s, 5m or 2h`);
}
