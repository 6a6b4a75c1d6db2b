/** Takes every rollout and train that is under way here as far as it may go now; many short runs carry a long one. */
import { setTimeout as wait } from 'node:timers/promises';
import { isFinished } from '../../policies/rollout/state.ts';
import { Failure } from '../../stacks/failure.ts';
import type { CommandContext, CommandResult, ExitCode } from '../commands/command.ts';
import type { ApprovalSource } from './approval-source.ts';
import { latestRollouts, placesNamed, type FoundRollout } from './find-rollout.ts';
import { lockOwner } from './rollout-lock.ts';
import { goOnWith } from './start-deployment.ts';
import { findTrain } from './train/find-train.ts';

export interface AdvanceOptions {
  repository: string;
  /** Only those of this service, or in this environment; a train is taken whole. */
  service?: string | undefined;
  environment?: string | undefined;
  source: ApprovalSource | null;
  /** How long to go on looking; 0: once. */
  watchSeconds: number;
  context: CommandContext;
}

/** What became of one rollout or train. */
export interface Advanced {
  rollout: string;
  train: string | null;
  service: string;
  environment: string;
  exitCode: ExitCode;
  decision: string;
  reasonCode: string;
  result: unknown;
  text: string;
}

/**
 * One entry a rollout or train, in the order of their names. One that another process drives is left to it, and one that
 * fails keeps no other from going on.
 */
export async function advanceRollouts(options: AdvanceOptions): Promise<Advanced[]> {
  const { context, watchSeconds } = options;
  const untilMs = performance.now() + watchSeconds * 1000;
  const latest = new Map<string, Advanced>();
  for (;;) {
    const due = unfinishedOf(options);
    for (const found of due) {
      if (context.signal.aborted) break;
      const advanced = await advanceOne(found, options);
      latest.set(advanced.train ?? advanced.rollout, advanced);
    }
    const mayMove = [...latest.values()].some(({ decision }) => decision === 'waiting');
    if (!mayMove || context.signal.aborted || performance.now() >= untilMs) return [...latest.values()];
    // Between two looks at what the judge has; a rollout in the midst of an effect is never here.
    const tickSeconds = Math.min(...due.map(({ rollout }) => rollout.deployment.rollout.tickSeconds));
    await pause(Math.min(tickSeconds * 1000, Math.max(0, untilMs - performance.now())), context.signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch {
    // Interrupted: the caller looks at the signal.
  }
}

/** One rollout stands for its whole train. */
function unfinishedOf({ repository, service, environment, context }: AdvanceOptions): FoundRollout[] {
  const seen = new Set<string>();
  const named = placesNamed(latestRollouts(repository, context.env), service, environment);
  return named.filter(({ rollout: { deployment, state } }) => {
    if (isFinished(state)) return false;
    const train = deployment.train?.id;
    if (train === undefined) return true;
    if (seen.has(train)) return false;
    seen.add(train);
    return true;
  });
}

async function advanceOne(found: FoundRollout, { source, context }: AdvanceOptions): Promise<Advanced> {
  const { directories, rollout } = found;
  const { service, environment } = rollout.plan;
  const about = {
    rollout: rollout.rollout,
    train: rollout.deployment.train?.id ?? null,
    service,
    environment,
  };
  try {
    const doing = 'evenkeel advance';
    const done = await goOnWith(directories, rollout, { source, until: 'due', doing, context });
    const { exitCode, decision, reasonCode, result, text } = done;
    return { ...about, exitCode, decision, reasonCode, result, text };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { reasonCode, message } = error;
    const train = findTrain(rollout, context.env);
    const places = train === null ? [directories] : train.members.map((one) => one.directories);
    const owners = places.map(({ lockFile }) => (reasonCode === 'lock-held' ? lockOwner(lockFile) : null));
    const owner = owners.find((one) => one !== null) ?? null;
    const text = `${train === null ? `${service} in ${environment}` : `train ${train.train.id}`}: ${message}`;
    const result = { message, drivenBy: owner };
    // Somebody does what is due, so there is nothing to do here.
    if (reasonCode === 'lock-held')
      return { ...about, exitCode: 0, decision: 'driven-elsewhere', reasonCode, result, text };
    return {
      ...about,
      exitCode: error.kind === 'input' ? 2 : 4,
      decision: 'error',
      reasonCode,
      result,
      text,
    };
  }
}

/** The command's own answer: the worst of what became of each. */
export function resultOfAdvance(advanced: readonly Advanced[]): CommandResult {
  if (advanced.length === 0) {
    return {
      exitCode: 0,
      decision: 'idle',
      reasonCode: 'nothing-under-way',
      result: { rollouts: [] },
      text: 'nothing is under way here, so there is nothing to advance',
    };
  }
  const order: readonly ExitCode[] = [130, 4, 2, 1, 3, 0];
  const exitCode = order.find((code) => advanced.some((one) => one.exitCode === code)) ?? 0;
  const worst = advanced.find((one) => one.exitCode === exitCode) ?? advanced[0];
  return {
    exitCode,
    decision: worst?.decision ?? 'idle',
    reasonCode: worst?.reasonCode ?? 'nothing-under-way',
    result: { rollouts: advanced.map(({ text: _, ...one }) => one) },
    text: advanced.map(({ text }) => text).join('\n'),
  };
}
