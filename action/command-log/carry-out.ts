/**
 * Carries a decision out, once, with the audit log before and after. A trust boundary: nothing is done that is not first
 * in the log under its origin, and only for whoever's entry came first there. What was confirmed is planned once more from
 * what is live after that, because it may have moved since it was decided.
 */
import { randomUUID } from 'node:crypto';
import type { NewAuditEntry } from '../../policies/audit/audit-entry.ts';
import { canonicalJson } from '../../policies/audit/canonical-json.ts';
import type { CommandDecision } from '../../policies/command/command-decision.ts';
import { ownsConfirmation, ownsRequest, type RequestState } from '../../policies/command/command-log.ts';
import { formatCommand } from '../../policies/command/format-command.ts';
import { isPlannable, planCommand } from '../../policies/command/plan-command.ts';
import { effectFailure, Failure, inputFailure } from '../../stacks/failure.ts';
import { openAuditLog, readEntries, type AuditLog } from '../audit-log/directory-store.ts';
import type { CommandResult, ExitCode } from '../commands/command.ts';
import { thisProcess } from '../deployer/rollout-lock.ts';
import { auditDirectoryOf, readLog } from './read-log.ts';
import { executeEffect, type CommandRun } from './execute-effect.ts';
import { readSituation } from './read-situation.ts';

export type { CommandRun } from './execute-effect.ts';

/** How a command ended. `duplicate`: another run has taken it up; nothing was done and nothing is to be told here. */
export interface CarriedOut extends CommandResult {
  decision: 'done' | 'failed' | 'refused' | 'awaiting-confirmation' | 'answered' | 'duplicate';
  /** One sentence. */
  message: string;
}

const states: Readonly<Record<CommandDecision['decision'], RequestState>> = {
  execute: 'begun',
  'await-confirmation': 'awaiting-confirmation',
  refused: 'refused',
  answer: 'answered',
};

/** Writes, does and writes. Never throws for what the command is about; only for a log that cannot be written. */
export async function carryOutCommand(decision: CommandDecision, run: CommandRun): Promise<CarriedOut> {
  const directory = auditDirectoryOf(run.repository, run.context.env);
  const log = openAuditLog(directory, { now: () => run.context.now() });
  try {
    const claim = randomUUID();
    const isWritten = writeBefore(log, decision, claim, run);
    if (isWritten && !ownsRequest(readEntries(directory), decision.origin.id, claim)) {
      return end('duplicate', 'duplicate', 'another run has taken this up already', 0, {});
    }
    if (decision.decision === 'refused') return refuse(log, decision);
    if (decision.decision === 'await-confirmation') return waitForSecond(decision);
    if (decision.confirms !== null && !confirm(log, directory, decision, claim)) {
      const message = 'somebody else confirmed it first, or it was voided meanwhile';
      return refuse(log, { ...decision, reasonCode: 'digest-unknown', message });
    }
    return await execute(log, decision, run);
  } finally {
    log.close();
  }
}

/** False when it could not be written and is done all the same: taking users off waits for no disk. */
function writeBefore(log: AuditLog, decision: CommandDecision, claim: string, run: CommandRun): boolean {
  try {
    for (const { pending, reasonCode, message } of decision.voids) {
      log.append({
        actor: { kind: 'evenkeel', name: 'commands' },
        event: 'command.voided',
        inputs: { origin: pending.origin.id, digest: pending.digest, reasonCode, message },
      });
    }
    log.append(requestEntry(decision, claim));
    return true;
  } catch (error) {
    const { effect, origin } = decision;
    const isStop = effect?.kind === 'steer' && ['abort', 'rollback', 'pause'].includes(effect.command);
    // Only what was typed here this moment: from elsewhere it could have been done before, and nobody would know.
    if (!(error instanceof Failure) || !isStop || origin.door !== 'terminal') throw error;
    run.context.progress(`the audit log could not be written: ${error.message}`);
    return false;
  }
}

function requestEntry(decision: CommandDecision, claim: string): NewAuditEntry {
  const { origin, requester, command, plan, digest, effect, expiresAt, confirms } = decision;
  return {
    ...commonOf(decision),
    event: 'command.requested',
    inputs: {
      origin: { ...origin, text: origin.text.slice(0, 1000) },
      by: requester,
      command: command === null ? null : formatCommand(command),
      state: states[decision.decision],
      digest,
      plan,
      effect,
      ...(expiresAt !== null && { expiresAt }),
      ...(confirms !== null && { confirms: confirms.origin.id }),
      claim,
      runner: thisProcess(),
    },
  };
}

function commonOf({
  requester,
  effect,
  origin,
}: CommandDecision): Pick<NewAuditEntry, 'actor' | 'service' | 'rollout'> {
  const isPerson = requester?.kind === 'person';
  return {
    actor: { kind: isPerson ? 'person' : 'automation', name: requester?.login ?? origin.id },
    ...(effect !== null && 'service' in effect && { service: effect.service }),
    ...(effect?.kind === 'steer' && { rollout: effect.rollout }),
  };
}

function confirm(log: AuditLog, directory: string, decision: CommandDecision, claim: string): boolean {
  const { confirms, origin, digest, requester } = decision;
  if (confirms === null) return false;
  log.append({
    ...commonOf(decision),
    event: 'command.confirmed',
    inputs: {
      origin: confirms.origin.id,
      confirmation: origin.id,
      digest,
      by: requester,
      askedBy: confirms.by,
      claim,
      runner: thisProcess(),
    },
  });
  return ownsConfirmation(readEntries(directory), confirms.origin.id, claim);
}

function refuse(log: AuditLog, decision: CommandDecision): CarriedOut {
  const { origin, reasonCode, message } = decision;
  log.append({
    ...commonOf(decision),
    event: 'command.refused',
    inputs: { origin: origin.id, reasonCode, message },
  });
  const exitCode = decision.command === null ? 2 : 1;
  return end('refused', reasonCode, message, exitCode, {});
}

function waitForSecond({ plan, digest, expiresAt, message }: CommandDecision): CarriedOut {
  const text = [...(plan?.words ?? []), message].join('\n');
  return {
    ...end('awaiting-confirmation', 'needs-second-person', message, 3, { plan, digest, expiresAt }),
    text,
  };
}

async function execute(log: AuditLog, decision: CommandDecision, run: CommandRun): Promise<CarriedOut> {
  const { effect } = decision;
  try {
    if (effect === null) throw effectFailure('no-effect', 'this command has nothing to carry out', false);
    await run.onBegun?.();
    await refuseIfMoved(decision, run);
    const result = await executeEffect(effect, decision, run, log);
    const isDone = result.exitCode === 0;
    writeAfter(log, decision, isDone, result.reasonCode, result.text, run);
    const answered = isDone && decision.decision === 'answer';
    return {
      ...result,
      decision: answered ? 'answered' : isDone ? 'done' : 'failed',
      message: firstLine(result.text),
    };
  } catch (error) {
    const failure = error instanceof Failure ? error : null;
    const message = error instanceof Error ? error.message : String(error);
    writeAfter(log, decision, false, failure?.reasonCode ?? 'internal', message, run);
    // A fault of ours is told with where it is by the door.
    if (failure === null) throw error;
    const exitCode = failure.kind === 'input' ? 2 : 4;
    return end('failed', failure.reasonCode, message, exitCode, { mayRetry: failure.mayRetry });
  }
}

/** What goes back never waits for another look; everything else is done only where it would still do just that. */
async function refuseIfMoved(decision: CommandDecision, run: CommandRun): Promise<void> {
  const { effect, plan, confirms } = decision;
  const command = confirms?.command ?? decision.command;
  const isWayBack = effect?.kind === 'steer' && effect.command !== 'promote' && effect.command !== 'resume';
  if (command === null || plan === null || isWayBack) return;
  const head = plan.inputs['head'];
  const { repository, context } = run;
  const { entries } = readLog(repository, context.env);
  const situation = await readSituation(repository, context.env, entries);
  const again = isPlannable(command)
    ? planCommand(command, situation, typeof head === 'string' ? head : null)
    : null;
  if (again?.ok === true && canonicalJson(again.plan.inputs) === canonicalJson(plan.inputs)) return;
  throw inputFailure(
    'situation-moved',
    'what it would do now is not what was decided, so nothing is done; ask again',
  );
}

function writeAfter(
  log: AuditLog,
  decision: CommandDecision,
  isDone: boolean,
  reasonCode: string,
  text: string,
  run: CommandRun,
): void {
  const { origin, confirms } = decision;
  const ends =
    confirms === null ? { origin: origin.id } : { origin: confirms.origin.id, confirmation: origin.id };
  try {
    log.append({
      ...commonOf(decision),
      event: isDone ? 'command.done' : 'command.failed',
      inputs: { ...ends, reasonCode, message: text.slice(0, 2000) },
    });
  } catch (error) {
    // It has happened, whether or not that could be written down; the next run finds its beginning and looks.
    run.context.progress(
      `the audit log could not be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function end(
  decision: CarriedOut['decision'],
  reasonCode: string,
  message: string,
  exitCode: ExitCode,
  result: Readonly<Record<string, unknown>>,
): CarriedOut {
  return { decision, reasonCode, message, exitCode, result: { message, ...result }, text: message };
}
