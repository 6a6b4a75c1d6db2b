import { userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { isFinished, type OperatorCommand } from '../../policies/rollout/state.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { askControl } from '../deployer/control-socket.ts';
import { loadRollout } from '../deployer/deployment.ts';
import { requireUnfinished, type FoundRollout } from '../deployer/find-rollout.ts';
import { resultOfRun } from '../deployer/result-of-run.ts';
import { takeLock } from '../deployer/rollout-lock.ts';
import { describeState, runDeployment } from '../deployer/run-deployment.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import type { Command, CommandContext, CommandResult } from './command.ts';

const summaries: Record<OperatorCommand, string> = {
  promote: 'go on to the next step without waiting for a pass',
  pause: 'hold the rollout where it is; a regression still rolls it back',
  resume: 'let a paused rollout go on',
  abort: 'stop the rollout and take every user off the candidate',
  rollback: 'take every user off the candidate now, then remove it',
};

/** The commands that steer a rollout under way: through the deploying process, or without one when it is gone. */
export function steerCommand(name: OperatorCommand): Command {
  return {
    name,
    summary: summaries[name],
    usage: `evenkeel ${name} [--service NAME] [--environment NAME]`,
    example: `evenkeel ${name} --service shop`,
    options: { service: { type: 'string' }, environment: { type: 'string' } },
    optionHelp: {
      service: 'the service; needed when several rollouts are under way',
      environment: 'the environment; needed when several rollouts are under way',
    },
    async run({ values }, context) {
      const repository = repositoryRoot(context.workingDirectory);
      const service = typeof values['service'] === 'string' ? values['service'] : undefined;
      const environment = typeof values['environment'] === 'string' ? values['environment'] : undefined;
      const found = requireUnfinished(repository, context.env, service, environment);
      const by = userInfo().username;
      const answer = await askControl(found.directories.controlSocket, name, by);
      if (answer === null) return await steerAlone(found, name, by, context);
      if (name === 'rollback' || name === 'abort') return await waitForEnd(found, context);
      return {
        exitCode: 0,
        decision: 'done',
        reasonCode: name,
        result: {
          rollout: found.rollout.rollout,
          phase: answer.state.phase,
          message: describeState(answer.state),
        },
        text: `rollout ${found.rollout.rollout}: ${describeState(answer.state)}`,
      };
    },
  };
}

/** Nobody drives the rollout: this process does, for as long as the command needs. */
async function steerAlone(
  { directories, rollout }: FoundRollout,
  command: OperatorCommand,
  by: string,
  context: CommandContext,
): Promise<CommandResult> {
  const lock = takeLock(directories.lockFile, `evenkeel ${command}`, context.now());
  try {
    const fresh = loadRollout(directories, rollout.rollout) ?? rollout;
    const run = await runDeployment({
      directories,
      rollout: fresh,
      isNew: false,
      until: 'quiescent',
      request: { command, by },
      env: context.env,
      now: () => context.now(),
      progress: (line) => context.progress(line),
      signal: context.signal,
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

const patienceSeconds = 120;

/** The deploying process carries the rollback out; its journal tells when it is done. */
async function waitForEnd(
  { directories, rollout }: FoundRollout,
  context: CommandContext,
): Promise<CommandResult> {
  const deadline = context.now().getTime() + patienceSeconds * 1000;
  for (;;) {
    const current = loadRollout(directories, rollout.rollout);
    if (current !== null && isFinished(current.state)) {
      return {
        exitCode: 0,
        decision: 'rolled-back',
        reasonCode: 'requested',
        result: {
          rollout: rollout.rollout,
          phase: current.state.phase,
          message: describeState(current.state),
        },
        text: `rollout ${rollout.rollout}: ${describeState(current.state)}`,
      };
    }
    if (context.now().getTime() > deadline || context.signal.aborted) {
      throw effectFailure(
        'rollback-slow',
        `the deploying process has taken users off the candidate and has not finished within ${patienceSeconds} s; look with \`evenkeel status\``,
        true,
      );
    }
    await wait(50);
  }
}
