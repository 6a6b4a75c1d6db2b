import type { CommandDecision, CommandEffect } from '../../policies/command/command-decision.ts';
import type { CommandPolicy } from '../../policies/command/command-policy.ts';
import type { CommandSituation } from '../../policies/command/command-situation.ts';
import { commandsFor, type CommandHelp } from '../../policies/command/commands-for.ts';
import { inputFailure } from '../../stacks/failure.ts';
import type { AuditLog } from '../audit-log/directory-store.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { breakLock } from '../deployer/rollout-lock.ts';
import { stateDirectoryOf } from '../deployer/state-directory.ts';
import { steerRollout } from './steer-rollout.ts';

/** The world in which a command is carried out; the same for every door. */
export interface CommandRun {
  /** The repository's root. */
  repository: string;
  /** What it was decided on. */
  policy: CommandPolicy;
  situation: CommandSituation;
  context: CommandContext;
  /** Rolls one commit out, with the door's own source of approvals; left out, only what the journal has is known. */
  deploy?(wanted: { service: string; environment: string; commit: string }): Promise<CommandResult>;
  /** Called when the command is taken up and nothing has been done yet, for doors that show its state. */
  onBegun?(): Promise<void>;
}

/**
 * Does what was decided. Fails with a `Failure`; what it returns is how it ended, for better or worse. What only some
 * effects need is loaded with them: a rollback waits for none of it.
 */
export async function executeEffect(
  effect: CommandEffect,
  decision: CommandDecision,
  run: CommandRun,
  log: AuditLog,
): Promise<CommandResult> {
  const { repository, context } = run;
  const by = decision.confirms?.by ?? decision.requester;
  const login = by?.login ?? 'nobody';
  switch (effect.kind) {
    case 'show-status': {
      const { statusCommand } = await import('../commands/status.ts');
      return await statusCommand.run({ values: {}, positionals: [] }, context);
    }
    case 'help':
      return helpFor(decision, run);
    case 'say':
      return done('answered', effect.text, {});
    case 'steer':
      return await steerRollout(repository, effect, effect.command, login, context);
    case 'return': {
      const { returnToRelease } = await import('./return-to-release.ts');
      const confirmedBy = decision.requester?.login ?? 'nobody';
      const request = { ...effect, by: login, confirmedBy, digest: decision.digest ?? '' };
      return await returnToRelease(repository, request, context);
    }
    case 'deploy-again': {
      if (run.deploy !== undefined) return await run.deploy(effect);
      const { deployCommand } = await import('../commands/deploy.ts');
      const { service, environment, commit: head } = effect;
      return await deployCommand.run({ values: { service, environment, head }, positionals: [] }, context);
    }
    case 'failback': {
      const { runFailback } = await import('../failback/run-failback.ts');
      return await runFailback(repository, effect, login, context);
    }
    case 'unlock':
      return unlock(effect, run);
    case 'open-break-glass':
      return openBreakGlass(effect, decision, run, log);
    case 'close-break-glass':
      return closeBreakGlass(effect, decision, log);
  }
}

function unlock(effect: Extract<CommandEffect, { kind: 'unlock' }>, run: CommandRun): CommandResult {
  const { service, environment } = effect;
  const { lockFile } = stateDirectoryOf(run.repository, run.context.env, service, environment);
  if (!breakLock(lockFile, effect)) {
    throw inputFailure(
      'lock-held',
      `the lock of ${service} in ${environment} has another owner meanwhile, or its owner is back; look with \`evenkeel status\``,
    );
  }
  return done('unlocked', `the lock of ${service} in ${environment} is free`, { service, environment });
}

function openBreakGlass(
  effect: Extract<CommandEffect, { kind: 'open-break-glass' }>,
  decision: CommandDecision,
  { policy, context }: CommandRun,
  log: AuditLog,
): CommandResult {
  const { service, environment, commit, reason } = effect;
  const first = decision.confirms?.by;
  const second = decision.requester;
  if (first === undefined || second === null) {
    throw inputFailure(
      'needs-second-person',
      'break-glass needs two people; ask for it and have it confirmed',
    );
  }
  const usableUntil = new Date(context.now().getTime() + policy.breakGlassWithinSeconds * 1000).toISOString();
  log.append({
    actor: { kind: 'person', name: second.login },
    event: 'break-glass.opened',
    service,
    inputs: {
      service,
      environment,
      commit,
      reason,
      by: { id: first.id, login: first.login },
      confirmedBy: { id: second.id, login: second.login },
      digest: decision.digest,
      usableUntil,
    },
  });
  return done(
    'break-glass-opened',
    `commit ${commit.slice(0, 12)} of ${service} in ${environment} may start once until ${usableUntil}; then somebody who had no part in it reviews it: break-glass close ${(decision.digest ?? '').slice(7, 19)}`,
    { service, environment, commit, usableUntil, digest: decision.digest },
  );
}

function closeBreakGlass(
  { service, environment, commit, opened, digest }: Extract<CommandEffect, { kind: 'close-break-glass' }>,
  { requester }: CommandDecision,
  log: AuditLog,
): CommandResult {
  log.append({
    actor: { kind: 'person', name: requester?.login ?? 'nobody' },
    event: 'break-glass.closed',
    service,
    inputs: {
      service,
      environment,
      commit,
      opened,
      digest,
      by: { id: requester?.id ?? null, login: requester?.login ?? null },
    },
  });
  return done(
    'break-glass-closed',
    `commit ${commit.slice(0, 12)} of ${service} in ${environment} is reviewed; ordinary rollouts start again`,
    { service, environment, commit, opened },
  );
}

function helpFor(decision: CommandDecision, { policy, situation }: CommandRun): CommandResult {
  const { requester, origin } = decision;
  const rows = requester === null ? [] : commandsFor(requester, situation, policy, origin.headCommit ?? null);
  return { ...done('answered', describeHelp(rows), { commands: rows }), decision: 'answered' };
}

const words: Readonly<Record<CommandHelp['may'], string>> = {
  now: 'now',
  'with-a-second-person': 'with a second person',
  no: 'no',
};

/** The rows as a table: what is possible first. */
function describeHelp(rows: readonly CommandHelp[]): string {
  const order = Object.keys(words);
  return [...rows]
    .sort((a, b) => order.indexOf(a.may) - order.indexOf(b.may))
    .map(({ form, may, detail }) => `${form}\n    ${words[may]}: ${detail}`)
    .join('\n');
}

function done(reasonCode: string, text: string, result: Readonly<Record<string, unknown>>): CommandResult {
  return { exitCode: 0, decision: 'done', reasonCode, result, text };
}
