import { setTimeout as wait } from 'node:timers/promises';
import { goesBack, isFinished, type OperatorCommand } from '../../policies/rollout/state.ts';
import { memberName } from '../../policies/train/train.ts';
import { effectFailure, Failure, inputFailure } from '../../stacks/failure.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { askControl } from '../deployer/control-socket.ts';
import { describeState } from '../deployer/describe-state.ts';
import type { FoundRollout } from '../deployer/find-rollout.ts';
import { connectFastWay } from '../deployer/rehearsal/fast-way.ts';
import { findTrain, type FoundTrain } from '../deployer/train/find-train.ts';
import { isHolderGone } from '../deployer/rollout-lock.ts';
import { goOnWithTrain } from '../deployer/train/go-on-with-train.ts';
import type { RunTrainOptions } from '../deployer/train/run-train.ts';
import { takeTrainOffUnlocked } from './take-users-off.ts';

/** What is asked of a train. */
interface TrainRequest {
  command: OperatorCommand;
  by: string;
  /** Of every place of it; going back always is. */
  isWhole: boolean;
}

/**
 * Steers a train, or one place of it. What is about all members is asked of all of them at once, through the process that
 * drives them or without one.
 */
export async function steerTrain(
  train: FoundTrain,
  { directories, rollout }: FoundRollout,
  asked: TrainRequest,
  context: CommandContext,
): Promise<CommandResult> {
  const { command, by } = asked;
  const isBack = goesBack(command);
  const isOfAll = isBack || asked.isWhole;
  const name = memberName(rollout.plan);
  const places = isOfAll ? train.members : [{ name, directories }];
  const answers = await Promise.all(
    places.map(async (one) => ({
      name: one.name,
      answer: await askControl(one.directories.controlSocket, command, by),
    })),
  );
  const heard = answers.flatMap((one) => (one.answer === null ? [] : [{ ...one, answer: one.answer }]));
  if (heard.length === 0)
    return await steerAlone(train, { command, by, only: isOfAll ? null : name }, context);
  const refusal = heard.find(({ answer }) => answer.refusal !== undefined)?.answer.refusal;
  if (refusal !== undefined) throw inputFailure('duties-not-separate', refusal);
  if (isBack) return await waitForAll(train, { command, by, only: null }, context);
  const members = heard.map((one) => ({
    name: one.name,
    phase: one.answer.state.phase,
    message: describeState(one.answer.state),
  }));
  return {
    exitCode: 0,
    decision: 'done',
    reasonCode: command,
    result: { rollout: rollout.rollout, train: train.train.id, members },
    text: members.map((one) => `${one.name} of train ${train.train.id}: ${one.message}`).join('\n'),
  };
}

/** Nobody drives the train: this process does, for as long as the command needs. */
async function steerAlone(
  train: FoundTrain,
  request: NonNullable<RunTrainOptions['request']>,
  context: CommandContext,
): Promise<CommandResult> {
  const { command } = request;
  const isBack = goesBack(command);
  const result = await goOnWithTrain(train, {
    source: null,
    until: 'quiescent',
    request,
    doing: `evenkeel ${command}`,
    context,
  }).catch(async (error: unknown) => {
    const isLocked = error instanceof Failure && ['lock-held', 'lock-unreadable'].includes(error.reasonCode);
    throw isBack && isLocked ? await takeTrainOffUnlocked(placesOf(train), error) : error;
  });
  // Waiting is what a paused member without a driver does, and going back is what was asked for: done.
  if (result.decision === 'waiting') return { ...result, exitCode: 0, decision: 'done', reasonCode: command };
  return isBack && result.decision !== 'stuck' ? { ...result, exitCode: 0 } : result;
}

function placesOf({ members }: FoundTrain): Parameters<typeof takeTrainOffUnlocked>[0] {
  return members.flatMap(({ name, directories: { home }, rollout }) => {
    if (rollout === null) return [];
    const { deployment, state } = rollout;
    return [{ name, state, connectFastWay: () => connectFastWay(deployment, home) }];
  });
}

const patienceSeconds = 120;

/** The driving process takes all members back, and their journals tell when that is done; when it dies, this one does. */
async function waitForAll(
  train: FoundTrain,
  request: NonNullable<RunTrainOptions['request']>,
  context: CommandContext,
): Promise<CommandResult> {
  const deadline = performance.now() + patienceSeconds * 1000;
  for (;;) {
    // Asked before the journals are read: whoever has finished has written that down before it is gone.
    const isLeft = train.members.every(({ directories }) => isHolderGone(directories.lockFile));
    const members = readMembers(train, context);
    if (members.every(({ rollout }) => rollout === null || isFinished(rollout.state)))
      return resultOfWait(train, members);
    if (isLeft) return await steerAlone(train, request, context);
    if (performance.now() > deadline || context.signal.aborted) {
      throw effectFailure(
        'rollback-slow',
        `the deploying process has been told to go back and has not finished everywhere within ${patienceSeconds} s; look with \`evenkeel status\``,
        true,
      );
    }
    await wait(50);
  }
}

function resultOfWait({ train }: FoundTrain, members: FoundTrain['members']): CommandResult {
  const isBack = members.some(({ rollout }) => rollout?.state.phase === 'rolled-back');
  const lines = members.map(
    ({ name, rollout }) =>
      `${name}: ${rollout === null ? 'its journal is gone' : describeState(rollout.state)}`,
  );
  return {
    // It may have settled everywhere before it heard of this.
    exitCode: isBack ? 0 : 1,
    decision: isBack ? 'rolled-back' : 'settled',
    reasonCode: isBack ? 'requested' : 'settled',
    result: {
      train: train.id,
      members: members.map(({ member, rollout }) => ({
        service: member.service,
        environment: member.environment,
        rollout: rollout?.rollout ?? null,
        phase: rollout?.state.phase ?? null,
      })),
    },
    text: lines.join('\n'),
  };
}

function readMembers({ members }: FoundTrain, { env }: CommandContext): FoundTrain['members'] {
  const known = members.find(({ rollout }) => rollout !== null)?.rollout;
  return (known == null ? null : findTrain(known, env))?.members ?? members;
}
