import { carryOutCommand, type CarriedOut, type CommandRun } from '../../action/command-log/carry-out.ts';
import { readLog } from '../../action/command-log/read-log.ts';
import { readSituation } from '../../action/command-log/read-situation.ts';
import type { CommandContext } from '../../action/commands/command.ts';
import type { CommandDecision } from '../../policies/command/command-decision.ts';
import { decideCommand } from '../../policies/command/decide-command.ts';
import { parseCommand } from '../../policies/command/parse-command.ts';
import type { Requester } from '../../policies/command/requester.ts';
import { ada, candidate, grace, originOf, policy } from './command-input.ts';

/** The world of a terminal, without a terminal. */
export function quietContext(directory: string): CommandContext {
  return {
    workingDirectory: directory,
    env: process.env,
    now: () => new Date(),
    signal: new AbortController().signal,
    print: () => undefined,
    progress: () => undefined,
    isTerminal: false,
  };
}

/** Decides one text of one person on what the log has now, as a door does, with the person and the text unchanged. */
export async function decideText(
  repository: string,
  text: string,
  id: string,
  requester: Requester,
): Promise<[CommandDecision, CommandRun]> {
  const context = quietContext(repository);
  const { entries, commands } = readLog(repository, context.env);
  const situation = await readSituation(repository, context.env, entries);
  const recheck = { requester: ada, text: 'unchanged', headCommit: candidate.commit } as const;
  const decision = decideCommand({
    command: parseCommand(text),
    requester,
    origin: originOf(text, { id }),
    situation,
    pending: commands.pending,
    rechecks: Object.fromEntries(commands.pending.map(({ origin }) => [origin.id, recheck])),
    policy,
    at: context.now().toISOString(),
  });
  return [decision, { repository, policy, situation, context }];
}

/** The same, carried out. */
export async function carryOutText(...asked: Parameters<typeof decideText>): Promise<CarriedOut> {
  return await carryOutCommand(...(await decideText(...asked)));
}

/** Asks for a break-glass as Ada; nothing has to run for it. */
export function askForBreakGlass(repository: string): Promise<CarriedOut> {
  const text = 'break-glass orders cannot be paid --service shop --environment production';
  return carryOutText(repository, text, 'comment:1', ada);
}

/** Confirms, as Grace, what waits. */
export async function confirmBreakGlass(repository: string, origin: string): Promise<CarriedOut> {
  const [pending] = readLog(repository, process.env).commands.pending;
  const digest = pending?.digest ?? `sha256:${'0'.repeat(64)}`;
  return await carryOutText(repository, `confirm ${digest}`, origin, grace);
}
