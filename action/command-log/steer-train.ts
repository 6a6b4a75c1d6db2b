import { setTimeout as wait } from 'node:timers/promises';
import { isFinished, type OperatorCommand } from '../../policies/rollout/state.ts';
import { memberName } from '../../policies/train/train.ts';
import { effectFailure, inputFailure } from '../../stacks/failure.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { askControl } from '../deployer/control-socket.ts';
import { describeState } from '../deployer/describe-state.ts';
import type { FoundRollout } from '../deployer/find-rollout.ts';
import { findTrain, type FoundTrain } from '../deployer/train/find-train.ts';
import { goOnWithTrain } from '../deployer/train/go-on-with-train.ts';

/**
 * Steers a member of a train. Going back is asked of all members at once, through the process that drives them or without
 * one; everything else is about the one place that was named.
 */
export async function steerTrain(
  train: FoundTrain,
  { directories, rollout }: FoundRollout,
  command: OperatorCommand,
  by: string,
  context: CommandContext,
): Promise<CommandResult> {
  const isBack = command === 'rollback' || command === 'abort';
  const asked = isBack ? train.members.map((one) => one.directories) : [directories];
  const answers = await Promise.all(asked.map((one) => askControl(one.controlSocket, command, by)));
  const answer = answers.find((one) => one !== null);
  if (answer == null) return await steerAlone(train, rollout.plan, command, by, context);
  if (answer.refusal !== undefined) throw inputFailure('duties-not-separate', answer.refusal);
  if (isBack) return await waitForAll(train, context);
  const message = describeState(answer.state);
  return {
    exitCode: 0,
    decision: 'done',
    reasonCode: command,
    result: { rollout: rollout.rollout, train: train.train.id, phase: answer.state.phase, message },
    text: `rollout ${rollout.rollout} of train ${train.train.id}: ${message}`,
  };
}

/** Nobody drives the train: this process does, for as long as the command needs. */
async function steerAlone(
  train: FoundTrain,
  place: { service: string; environment: string },
  command: OperatorCommand,
  by: string,
  context: CommandContext,
): Promise<CommandResult> {
  const isBack = command === 'rollback' || command === 'abort';
  const result = await goOnWithTrain(train, {
    source: null,
    until: 'quiescent',
    request: { command, by, only: isBack ? null : memberName(place) },
    doing: `evenkeel ${command}`,
    context,
  });
  // Waiting is what a paused member without a driver does, and going back is what was asked for: done.
  if (result.decision === 'waiting') return { ...result, exitCode: 0, decision: 'done', reasonCode: command };
  return isBack && result.decision !== 'stuck' ? { ...result, exitCode: 0 } : result;
}

const patienceSeconds = 120;

/** The driving process takes all members back; their journals tell when that is done. */
async function waitForAll(train: FoundTrain, context: CommandContext): Promise<CommandResult> {
  const deadline = performance.now() + patienceSeconds * 1000;
  for (;;) {
    const members = readMembers(train, context);
    if (members.every(({ rollout }) => rollout === null || isFinished(rollout.state))) {
      const lines = members.map(
        ({ name, rollout }) =>
          `${name}: ${rollout === null ? 'its journal is gone' : describeState(rollout.state)}`,
      );
      return {
        exitCode: 0,
        decision: 'rolled-back',
        reasonCode: 'requested',
        result: {
          train: train.train.id,
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

function readMembers({ members }: FoundTrain, { env }: CommandContext): FoundTrain['members'] {
  const known = members.find(({ rollout }) => rollout !== null)?.rollout;
  return (known == null ? null : findTrain(known, env))?.members ?? members;
}
