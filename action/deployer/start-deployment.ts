/** The one way a rollout starts, or goes on, whoever asks for it; what is decided first is in `decide-start.ts`. */
import type { CommandContext, CommandResult } from '../commands/command.ts';
import type { ApprovalSource } from './approval-source.ts';
import { decideStart, refuseOtherStable, refuseSecondRollout, type StartOptions } from './decide-start.ts';
import { loadRollout, type JournalledRollout } from './deployment.ts';
import type { DriveOptions } from './drive-rollout.ts';
import { requireUnfinished } from './find-rollout.ts';
import { planNewRollout } from './plan-new-rollout.ts';
import { findPulumi } from './pulumi/find-pulumi.ts';
import { resultOfRun } from './result-of-run.ts';
import { takeLock } from './rollout-lock.ts';
import { runDeployment, type RunOptions } from './run-deployment.ts';
import { showEvidence } from './show-evidence.ts';
import type { StateDirectory } from './state-directory.ts';
import { findTrain } from './train/find-train.ts';
import { goOnWithTrain } from './train/go-on-with-train.ts';
import { startTrain } from './train/start-train.ts';
import { wantedTrain } from './train/wanted-train.ts';

/** Checks, decides and, when everything allows it, rolls out; waits for the end, or takes the first steps only. */
export async function startDeployment(options: StartOptions): Promise<CommandResult> {
  const { source, context } = options;
  const train = await wantedTrain(options);
  if (train !== null) return await startTrain(options, train);
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
    const until = options.isDetached === true ? 'due' : 'finished';
    return await runUntil(directories, rollout, { isNew: true, lock, until }, source, context);
  } finally {
    lock.release();
  }
}

/** What is under way, and how far to take it. */
export interface GoOnOptions {
  repository: string;
  service?: string | undefined;
  environment?: string | undefined;
  /** Null: approval is decided on what the journal keeps. */
  source: ApprovalSource | null;
  /** `due`: only what may be done now. */
  until: DriveOptions['until'];
  /** For the lock: who does what. */
  doing: string;
  context: CommandContext;
}

/** Goes on with the rollout, or the train, that is under way. */
export async function resumeDeployment(options: GoOnOptions): Promise<CommandResult> {
  const { repository, service, environment, context } = options;
  const { directories, rollout } = requireUnfinished(repository, context.env, service, environment);
  return await goOnWith(directories, rollout, options);
}

/** The same for one that was found already. */
export async function goOnWith(
  directories: StateDirectory,
  rollout: JournalledRollout,
  { source, until, doing, context }: Pick<GoOnOptions, 'source' | 'until' | 'doing' | 'context'>,
): Promise<CommandResult> {
  const found = findTrain(rollout, context.env);
  if (found !== null) return await goOnWithTrain(found, { source, until, doing, request: null, context });
  const lock = takeLock(directories.lockFile, doing, context.now());
  try {
    const fresh = loadRollout(directories, rollout.rollout) ?? rollout;
    context.progress(`resuming rollout ${rollout.rollout} of ${rollout.plan.service}`);
    return await runUntil(directories, fresh, { isNew: false, lock, until }, source, context);
  } finally {
    lock.release();
  }
}

async function runUntil(
  directories: StateDirectory,
  rollout: JournalledRollout,
  taken: Pick<RunOptions, 'isNew' | 'lock' | 'until'>,
  source: ApprovalSource | null,
  context: CommandContext,
): Promise<CommandResult> {
  const progress = (line: string): void => context.progress(line);
  const result = await runDeployment({
    directories,
    rollout,
    ...taken,
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
