/** The terminal's door to commands: who sits there, under which policy, and what was asked before. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { CommandDecision, Makers, Recheck } from '../../policies/command/command-decision.ts';
import type { CommandLog, PendingCommand } from '../../policies/command/command-log.ts';
import type { CommandPolicy } from '../../policies/command/command-policy.ts';
import { decideCommand } from '../../policies/command/decide-command.ts';
import { makersOfAll } from '../../policies/command/makers-of.ts';
import { parseCommand, type CommandReading } from '../../policies/command/parse-command.ts';
import type { AuditEntry } from '../../policies/audit/audit-entry.ts';
import { fillCommands } from '../../policies/policy-file/fill-commands.ts';
import { Failure } from '../../stacks/failure.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { readPolicyAt } from '../repository/policy-at.ts';
import { readEvidenceFile } from '../deployer/approval-source.ts';
import { stableRelease } from '../deployer/deployment.ts';
import { latestRollouts } from '../deployer/find-rollout.ts';
import { readGit } from '../repository/run-git.ts';
import { openTree } from '../repository/read-changes.ts';
import { openAuditLog } from '../audit-log/directory-store.ts';
import { carryOutCommand, type CommandRun } from './carry-out.ts';
import { executeEffect } from './execute-effect.ts';
import { auditDirectoryOf, readLog } from './read-log.ts';
import { readSituation } from './read-situation.ts';
import { settleUnfinished } from './settle-unfinished.ts';
import { namedNow, terminalRequester } from './terminal-requester.ts';

export interface TypedCommand {
  /** The words of the grammar. */
  text: string;
  /** `--evidence FILE`: the reviews that a retry or a review afterwards rests on. */
  evidence?: string;
}

/** Decides what was typed and carries it out, with the audit log before and after. */
export async function runAtTerminal(
  repository: string,
  { text, evidence }: TypedCommand,
  context: CommandContext,
): Promise<CommandResult> {
  const reading = parseCommand(text);
  const isStop = reading.ok && ['abort', 'rollback', 'pause'].includes(reading.command.name);
  if (!isStop) await tellUnfinished(repository, context);
  const { entries, commands } = readLogFor(isStop, repository, context);
  const policy = await livePolicy(repository, context);
  const situation = await readSituation(repository, context.env, entries);
  const decision = decideCommand({
    command: reading,
    requester: terminalRequester(policy),
    origin: {
      door: 'terminal',
      id: `terminal:${randomUUID()}`,
      text,
      headCommit: await headFor(reading, repository),
    },
    situation,
    pending: commands.pending,
    rechecks: Object.fromEntries(commands.pending.map((asked) => [asked.origin.id, recheck(asked, policy)])),
    makers: evidence === undefined ? {} : makersIn(evidence, context),
    policy,
    at: context.now().toISOString(),
  });
  if (isLeftOut(decision, situation.places.length)) return answerOnly(decision);
  const run: CommandRun = {
    repository,
    policy,
    situation,
    context,
    deploy: (wanted) => deployAgain(wanted, evidence, context),
  };
  if (decision.decision === 'answer') return await lookOnly(decision, run);
  return await carryOutCommand(decision, run);
}

/** Reading at one's own terminal is no command that has to happen once, and leaves nothing behind. */
async function lookOnly(decision: CommandDecision, run: CommandRun): Promise<CommandResult> {
  const { repository, context } = run;
  const log = openAuditLog(auditDirectoryOf(repository, context.env), { now: () => context.now() });
  const result = await executeEffect(decision.effect ?? { kind: 'help' }, decision, run, log);
  return { ...result, text: `${result.text}\n\nEvery command of the terminal: evenkeel --help` };
}

/** Where nothing was ever deployed there is nothing to keep a log of. */
function isLeftOut({ decision }: CommandDecision, places: number): boolean {
  return decision === 'refused' && places === 0;
}

function answerOnly({ reasonCode, message }: CommandDecision): CommandResult {
  return { exitCode: 2, decision: 'refused', reasonCode, result: { message }, text: message };
}

async function tellUnfinished(repository: string, context: CommandContext): Promise<void> {
  for (const { outcome } of await settleUnfinished(repository, context)) context.progress(outcome.message);
}

/** Taking users off a candidate waits for no log that is damaged. */
function readLogFor(
  isStop: boolean,
  repository: string,
  context: CommandContext,
): { entries: AuditEntry[]; commands: CommandLog } {
  try {
    return readLog(repository, context.env);
  } catch (error) {
    if (!isStop || !(error instanceof Failure)) throw error;
    context.progress(`the audit log cannot be read: ${error.message}`);
    return {
      entries: [],
      commands: { pending: [], unfinished: [], seenOrigins: new Set(), cursor: null },
    };
  }
}

/**
 * The policy of what is live, which has landed with a peer's approval: nobody can give themselves a role in a work tree.
 * Where it cannot be read nobody is named, so that stopping stays possible and nothing else does.
 */
export async function livePolicy(repository: string, context: CommandContext): Promise<CommandPolicy> {
  const unnamed = fillCommands(undefined, []);
  const [newest] = latestRollouts(repository, context.env).sort((a, b) =>
    b.rollout.startedAt.localeCompare(a.rollout.startedAt),
  );
  if (newest === undefined) return unnamed;
  const commit = stableRelease(newest.directories)?.commit ?? newest.rollout.deployment.candidate.commit;
  const { tree, close } = openTree(repository, commit);
  try {
    return (await readPolicyAt(tree, commit.slice(0, 12)))?.commands ?? unnamed;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.progress(`nobody is named, because the policy cannot be read: ${error.message}`);
    return unnamed;
  } finally {
    close();
  }
}

/** Only break-glass is about a commit that nothing else names. */
async function headFor(reading: CommandReading, repository: string): Promise<string | null> {
  if (!reading.ok || reading.command.name !== 'break-glass') return null;
  return await readGit(repository, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
}

/** What was typed cannot be edited, but the policy may have taken the name away since; a comment cannot be read here. */
function recheck({ origin, by }: PendingCommand, policy: CommandPolicy): Recheck {
  if (origin.door !== 'terminal') return { requester: null, text: 'unknown' };
  return { requester: namedNow(by, policy), text: 'unchanged', headCommit: origin.headCommit ?? null };
}

function makersIn(path: string, context: CommandContext): Record<string, Makers> {
  const evidence = readEvidenceFile(resolve(context.workingDirectory, path));
  const commits = evidence.flatMap(({ pull_request: pull }) => pull.commits.map(({ sha }) => sha));
  return Object.fromEntries(
    [...new Set(commits)].map((commit) => {
      const holding = evidence.filter(({ pull_request: pull }) =>
        pull.commits.some(({ sha }) => sha === commit),
      );
      return [commit, makersOfAll(holding)];
    }),
  );
}

async function deployAgain(
  { service, environment, commit }: { service: string; environment: string; commit: string },
  evidence: string | undefined,
  context: CommandContext,
): Promise<CommandResult> {
  const values = { service, environment, head: commit, ...(evidence !== undefined && { evidence }) };
  const { deployCommand } = await import('../commands/deploy.ts');
  return await deployCommand.run({ values, positionals: [] }, context);
}
