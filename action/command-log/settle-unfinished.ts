import type { UnfinishedCommand } from '../../policies/command/command-log.ts';
import { judgeUnfinished, type UnfinishedOutcome } from '../../policies/command/judge-unfinished.ts';
import { hostname } from 'node:os';
import { openAuditLog } from '../audit-log/directory-store.ts';
import type { CommandContext } from '../commands/command.ts';
import { isGone } from '../deployer/rollout-lock.ts';
import { auditDirectoryOf, readLog } from './read-log.ts';
import { readSituation } from './read-situation.ts';

/** A command whose process ended without a word, and what was found. */
export interface SettledCommand {
  unfinished: UnfinishedCommand;
  outcome: UnfinishedOutcome;
}

// Longer than a job of a workflow may run.
const longestRunHours = 7;

/**
 * Writes down what became of commands whose process is gone, and gives them back to be told. Nothing is begun again. A
 * process of another machine cannot be seen, so it counts as gone when no run could have lasted that long.
 */
export async function settleUnfinished(
  repository: string,
  context: CommandContext,
): Promise<SettledCommand[]> {
  const { entries, commands } = readLog(repository, context.env);
  const gone = commands.unfinished.filter((unfinished) => hasEnded(unfinished, context.now()));
  if (gone.length === 0) return [];
  const situation = await readSituation(repository, context.env, entries);
  const log = openAuditLog(auditDirectoryOf(repository, context.env), { now: () => context.now() });
  try {
    return gone.map((unfinished) => {
      const outcome = judgeUnfinished(unfinished, situation);
      const { origin, confirmation, service } = unfinished;
      log.append({
        actor: { kind: 'evenkeel', name: 'commands' },
        event: outcome.isDone ? 'command.done' : 'command.failed',
        ...(service !== null && { service }),
        inputs: {
          origin: origin.id,
          ...(confirmation !== null && { confirmation }),
          reasonCode: 'interrupted',
          message: outcome.message,
        },
      });
      return { unfinished, outcome };
    });
  } finally {
    log.close();
  }
}

function hasEnded({ runner, beganAt }: UnfinishedCommand, now: Date): boolean {
  const isHere = runner?.host === hostname();
  if (isHere) return isGone(runner);
  return now.getTime() - Date.parse(beganAt) > longestRunHours * 3600 * 1000;
}
