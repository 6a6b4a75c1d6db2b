/** The one way a rollout starts, or goes on, whoever asks for it; what is decided first is in `decide-start.ts`. */
import type { CommandContext, CommandResult } from '../commands/command.ts';
import type { ApprovalSource } from './approval-source.ts';
import { decideStart, refuseOtherStable, refuseSecondRollout, type StartOptions } from './decide-start.ts';
import { loadRollout, type JournalledRollout } from './deployment.ts';
import { requireUnfinished } from './find-rollout.ts';
import { planNewRollout } from './plan-new-rollout.ts';
import { findPulumi } from './pulumi/find-pulumi.ts';
import { resultOfRun } from './result-of-run.ts';
import { takeLock } from './rollout-lock.ts';
import { runDeployment, type RunOptions } from './run-deployment.ts';
import { showEvidence } from './show-evidence.ts';
import type { StateDirectory } from './state-directory.ts';

/** Checks, decides and, when everything allows it, rolls out; waits for the end. */
export async function startDeployment(options: StartOptions): Promise<CommandResult> {
  const { source, context } = options;
  const start = await decideStart(options, {
    environment: options.environment ?? 'production',
    service: options.service,
    isLater: false,
    isInTrain: false,
    checks: new Map(),
  });
  if (start.kind !== 'may-start') return start.result;
  const { directories, stable, service } = start.rollout;
  // Before anything is written down: a rollout that could not even start should not have to be taken back.
  await findPulumi({ env: context.env, progress: (line) => context.progress(line), signal: context.signal });
  const lock = takeLock(directories.lockFile, 'evenkeel deploy', context.now());
  try {
    // Another process may have started one between the first look and the lock, or even have brought it to its end.
    refuseSecondRollout(directories);
    refuseOtherStable(directories, stable, service.name);
    const rollout = planNewRollout(start.rollout);
    return await runToEnd(directories, rollout, { isNew: true, lock }, source, context);
  } finally {
    lock.release();
  }
}

/** Goes on with the rollout that is under way. `source` null: approval is decided on what the journal keeps. */
export async function resumeDeployment(options: {
  repository: string;
  service?: string | undefined;
  environment?: string | undefined;
  source: ApprovalSource | null;
  context: CommandContext;
}): Promise<CommandResult> {
  const { repository, service, environment, source, context } = options;
  const { directories, rollout } = requireUnfinished(repository, context.env, service, environment);
  const lock = takeLock(directories.lockFile, 'evenkeel deploy --resume', context.now());
  try {
    const fresh = loadRollout(directories, rollout.rollout) ?? rollout;
    context.progress(`resuming rollout ${rollout.rollout} of ${rollout.plan.service}`);
    return await runToEnd(directories, fresh, { isNew: false, lock }, source, context);
  } finally {
    lock.release();
  }
}

async function runToEnd(
  directories: StateDirectory,
  rollout: JournalledRollout,
  taken: Pick<RunOptions, 'isNew' | 'lock'>,
  source: ApprovalSource | null,
  context: CommandContext,
): Promise<CommandResult> {
  const progress = (line: string): void => context.progress(line);
  const result = await runDeployment({
    directories,
    rollout,
    ...taken,
    until: 'finished',
    request: null,
    source,
    env: context.env,
    now: () => context.now(),
    progress,
    signal: context.signal,
    openView: context.openRolloutView,
  });
  const startedMs = Date.parse(rollout.startedAt);
  const end = { state: result.state, atSeconds: (context.now().getTime() - startedMs) / 1000 };
  const shown = await showEvidence(directories, rollout.rollout, end, progress);
  return resultOfRun(directories, rollout, result, shown);
}
