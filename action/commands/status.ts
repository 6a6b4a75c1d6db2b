import { describePass } from '../../policies/gates/decide-gates.ts';
import { freezeOutlook, type FreezeOutlook } from '../../policies/gates/freeze-outlook.ts';
import { isFinished } from '../../policies/rollout/state.ts';
import { shortDigest } from '../../stacks/exposure.ts';
import { Failure } from '../../stacks/failure.ts';
import { askControl } from '../deployer/control-socket.ts';
import { stableRelease, type JournalledRollout } from '../deployer/deployment.ts';
import { driftLines, readDrift } from '../deployer/drift/read-drift.ts';
import { latestRollouts } from '../deployer/find-rollout.ts';
import { lockOwner } from '../deployer/rollout-lock.ts';
import { describeState } from '../deployer/describe-state.ts';
import { instancesReturning, returnLines } from '../failback/returning-instances.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { evidenceFileOf, type StateDirectory } from '../deployer/state-directory.ts';
import { readEvidence } from '../metrics/rollout-judge.ts';
import { printable } from '../report/describe-finding.ts';
import { evidenceLines } from '../report/evidence-lines.ts';
import type { RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import type { Command, CommandContext } from './command.ts';

function linesOf(evidence: RolloutEvidence | null): string[] {
  return evidence === null ? [] : evidenceLines(evidence);
}

/** The freezes of the policy that the rollout was started under; null where it had none. */
function outlookOf({ deployment }: JournalledRollout, at: Date): FreezeOutlook | null {
  const environment = deployment.guard?.environment;
  if (environment === undefined || environment.freeze.length === 0) return null;
  return freezeOutlook(environment, at);
}

function trainOf({
  deployment: { train },
}: JournalledRollout): { id: string; name: string; wave: string; members: number } | null {
  if (train === undefined) return null;
  const { id, name, members } = train;
  return { id, name, wave: train.waves[train.wave] ?? '', members: members.length };
}

/** What is not as the journal says; a place that cannot be read says so, and hides nothing else. */
async function driftOf(
  directories: StateDirectory,
  rollout: JournalledRollout,
  env: CommandContext['env'],
): Promise<string[]> {
  try {
    return driftLines(await readDrift(directories, rollout, env));
  } catch (error) {
    if (error instanceof Failure) return [error.message];
    throw error;
  }
}

export const statusCommand: Command = {
  name: 'status',
  summary: 'show what runs, what is being rolled out, and who drives it',
  usage: 'evenkeel status',
  example: 'evenkeel status --json',
  options: {},
  optionHelp: {},
  async run(_args, context) {
    const repository = repositoryRoot(context.workingDirectory);
    const rollouts = [];
    for (const { directories, rollout } of latestRollouts(repository, context.env)) {
      const answer = await askControl(directories.controlSocket, 'status', 'status');
      const state = answer?.state ?? rollout.state;
      const owner = lockOwner(directories.lockFile);
      const stable = stableRelease(directories);
      // Under a driver's hand journal and router move while they are read.
      const drift = owner === null ? await driftOf(directories, rollout, context.env) : [];
      rollouts.push({
        service: rollout.plan.service,
        environment: rollout.plan.environment,
        rollout: rollout.rollout,
        phase: state.phase,
        candidateBasisPoints: state.candidateBasisPoints,
        isUnderWay: !isFinished(state),
        message: describeState(state),
        train: trainOf(rollout),
        stable: stable?.digest ?? null,
        stableCommit: stable?.commit ?? null,
        drivenBy: owner,
        judgement: answer?.judgement ?? null,
        evidence: linesOf(readEvidence(evidenceFileOf(directories, rollout.rollout))),
        withheld: state.withheld ?? null,
        breakGlass: rollout.deployment.guard?.breakGlass ?? null,
        gates: outlookOf(rollout, context.now()),
        startedAt: rollout.startedAt,
        drift,
        returning: instancesReturning(directories),
      });
    }
    const isUnderWay = rollouts.some((rollout) => rollout.isUnderWay);
    return {
      exitCode: 0,
      decision: isUnderWay ? 'in-progress' : 'idle',
      reasonCode: isUnderWay ? 'in-progress' : 'idle',
      result: { rollouts },
      text:
        rollouts.length === 0
          ? 'nothing has been deployed from here yet'
          : rollouts
              .map((entry) => {
                const stable = entry.stable === null ? 'nothing' : shortDigest(entry.stable);
                const driver =
                  entry.drivenBy === null
                    ? entry.isUnderWay
                      ? 'nobody drives it: `evenkeel deploy --resume` or `evenkeel rollback`'
                      : ''
                    : `driven by process ${entry.drivenBy.processId} of ${entry.drivenBy.user} since ${entry.drivenBy.since}`;
                return [
                  `${entry.service} in ${entry.environment}: stable is ${stable}`,
                  `  rollout ${entry.rollout}: ${entry.message}`,
                  ...(entry.train === null || !entry.isUnderWay
                    ? []
                    : [
                        `  one of ${entry.train.members} places of train ${entry.train.id} (${entry.train.name}), in its wave ${entry.train.wave}; a rollback of one is a rollback of all`,
                      ]),
                  ...(entry.breakGlass === null
                    ? []
                    : [`  started under ${printable(describePass(entry.breakGlass))}: its review is owed`]),
                  ...(entry.gates?.lines ?? []).map((line) => `  ${printable(line)}`),
                  ...entry.evidence.map((line) => `  ${line}`),
                  ...entry.drift.map((line) => `  ${printable(line)}`),
                  ...returnLines(entry.returning).map((line) => `  ${line}`),
                  ...(driver === '' ? [] : [`  ${driver}`]),
                ].join('\n');
              })
              .join('\n'),
    };
  },
};
