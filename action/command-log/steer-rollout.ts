import { setTimeout as wait } from 'node:timers/promises';
import { goesBack, isFinished, type OperatorCommand } from '../../policies/rollout/state.ts';
import { effectFailure, Failure, inputFailure } from '../../stacks/failure.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { askControl } from '../deployer/control-socket.ts';
import { describeState } from '../deployer/describe-state.ts';
import { loadRollout } from '../deployer/deployment.ts';
import { latestRollouts, type FoundRollout } from '../deployer/find-rollout.ts';
import { findTrain } from '../deployer/train/find-train.ts';
import { connectFastWay } from '../deployer/rehearsal/fast-way.ts';
import { resultOfRun } from '../deployer/result-of-run.ts';
import { isHolderGone, takeLock, type RolloutLock } from '../deployer/rollout-lock.ts';
import { runDeployment } from '../deployer/run-deployment.ts';
import { takeUsersOffUnlocked } from './take-users-off.ts';

/** The rollout that was decided on; a command for one never reaches the next. */
export interface SteeredRollout {
  service: string;
  environment: string;
  rollout: string;
  /** All places of its train, also for what is about one place otherwise. */
  isWholeTrain?: true;
}

/** Steers a rollout under way: through the process that drives it, or without one when it is gone. */
export async function steerRollout(
  repository: string,
  wanted: SteeredRollout,
  command: OperatorCommand,
  by: string,
  context: CommandContext,
): Promise<CommandResult> {
  const found = latestRollouts(repository, context.env).find(
    ({ rollout: { plan } }) => plan.service === wanted.service && plan.environment === wanted.environment,
  );
  if (found?.rollout.rollout !== wanted.rollout || isFinished(found.rollout.state)) {
    throw inputFailure(
      'situation-moved',
      `rollout ${wanted.rollout} of ${wanted.service} in ${wanted.environment} has ended meanwhile; look with \`evenkeel status\``,
    );
  }
  const train = findTrain(found.rollout, context.env);
  if (train !== null) {
    const { steerTrain } = await import('./steer-train.ts');
    return await steerTrain(train, found, { command, by, isWhole: wanted.isWholeTrain === true }, context);
  }
  const answer = await askControl(found.directories.controlSocket, command, by);
  if (answer === null) return await steerAlone(found, command, by, context);
  if (answer.refusal !== undefined) throw inputFailure('duties-not-separate', answer.refusal);
  if (goesBack(command)) return await waitForEnd(found, command, by, context);
  const message = describeState(answer.state);
  return {
    exitCode: 0,
    decision: 'done',
    reasonCode: command,
    result: { rollout: wanted.rollout, phase: answer.state.phase, message },
    text: `rollout ${wanted.rollout}: ${message}`,
  };
}

/** Nobody drives the rollout: this process does, for as long as the command needs. */
async function steerAlone(
  found: FoundRollout,
  command: OperatorCommand,
  by: string,
  context: CommandContext,
): Promise<CommandResult> {
  const { directories, rollout } = found;
  const lock = await lockFor(found, command, context);
  try {
    const fresh = loadRollout(directories, rollout.rollout) ?? rollout;
    const run = await runDeployment({
      directories,
      rollout: fresh,
      isNew: false,
      lock,
      until: 'quiescent',
      request: { command, by },
      env: context.env,
      now: () => context.now(),
      progress: (line) => context.progress(line),
      signal: context.signal,
      openView: context.openRolloutView,
    });
    const result = resultOfRun(directories, fresh, run);
    // Waiting is what a paused or promoted rollout without a driver does, and going back is what was asked for: done.
    if (run.ended === 'waiting') return { ...result, exitCode: 0, decision: 'done', reasonCode: command };
    const isBack = run.ended === 'finished' && run.state.phase === 'rolled-back';
    return isBack ? { ...result, exitCode: 0 } : result;
  } finally {
    lock.release();
  }
}

async function lockFor(
  { directories, rollout: { deployment, state } }: FoundRollout,
  command: OperatorCommand,
  context: CommandContext,
): Promise<RolloutLock> {
  try {
    return takeLock(directories.lockFile, `evenkeel ${command}`, context.now());
  } catch (error) {
    if (!goesBack(command) || !(error instanceof Failure)) throw error;
    throw await takeUsersOffUnlocked(state, error, () => connectFastWay(deployment, directories.home));
  }
}

const patienceSeconds = 120;

/** The deploying process carries the rollback out, and its journal tells when it is done; when it dies, this one does. */
async function waitForEnd(
  found: FoundRollout,
  command: OperatorCommand,
  by: string,
  context: CommandContext,
): Promise<CommandResult> {
  const { directories, rollout } = found;
  const deadline = performance.now() + patienceSeconds * 1000;
  for (;;) {
    // Asked before the journal is read: whoever has finished has written that down before it is gone.
    const isLeft = isHolderGone(directories.lockFile);
    const current = loadRollout(directories, rollout.rollout);
    if (current !== null && isFinished(current.state)) {
      const message = describeState(current.state);
      return {
        exitCode: 0,
        decision: 'rolled-back',
        reasonCode: 'requested',
        result: { rollout: rollout.rollout, phase: current.state.phase, message },
        text: `rollout ${rollout.rollout}: ${message}`,
      };
    }
    if (isLeft) return await steerAlone(found, command, by, context);
    if (performance.now() > deadline || context.signal.aborted) {
      const isOff = current !== null && 'cause' in current.state && current.state.candidateBasisPoints === 0;
      throw effectFailure(
        'rollback-slow',
        `the deploying process has been told, and has not ${isOff ? 'cleared up after taking users off the candidate' : 'taken users off the candidate'} within ${patienceSeconds} s; look with \`evenkeel status\`${isOff ? '' : ', and when it does not answer there either, end that process and ask again'}`,
        true,
      );
    }
    await wait(50);
  }
}
