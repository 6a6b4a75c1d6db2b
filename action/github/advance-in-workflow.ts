import { resolve } from 'node:path';
import { watchSecondsOf } from '../commands/advance.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { advanceRollouts, resultOfAdvance } from '../deployer/advance-rollouts.ts';
import { evidenceFile } from '../deployer/approval-source.ts';
import { inputFailure } from '../../stacks/failure.ts';
import type { Inputs } from '../inputs.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import type { WorkflowEvent } from './event.ts';

/**
 * Takes what is under way on this machine as far as it may go now. Approval is decided on what each journal keeps of it,
 * since one run may be about several commits; freezes and budgets are asked anew.
 */
export async function advanceInWorkflow(
  event: WorkflowEvent,
  inputs: Inputs,
  context: CommandContext,
): Promise<CommandResult> {
  if (!['schedule', 'push', 'workflow_dispatch'].includes(event.name)) {
    throw inputFailure(
      'event-unsupported',
      `on ${event.name} nothing is advanced: it may come from outside; use \`command: advance\` on schedule, push or workflow_dispatch`,
    );
  }
  const { service, environment, evidence } = inputs;
  return resultOfAdvance(
    await advanceRollouts({
      repository: repositoryRoot(context.workingDirectory),
      service,
      environment,
      source: evidence === undefined ? null : evidenceFile(resolve(context.workingDirectory, evidence)),
      watchSeconds: watchSecondsOf(inputs.for),
      context,
    }),
  );
}
