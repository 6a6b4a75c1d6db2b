/**
 * A settled service goes to a release that it had before. It is a rollout like any other (prepared, rehearsed, flipped,
 * baked, judged, with its own way back) without canary steps, and what two people confirmed stands for its approval.
 */
import { randomBytes } from 'node:crypto';
import { planRollout, type RolloutPlan } from '../../policies/rollout/state.ts';
import { effectFailure, inputFailure } from '../../stacks/failure.ts';
import { appendEntry } from '../audit-log/directory-store.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import {
  latestRollout,
  loadRollout,
  stableRelease,
  unfinishedRollout,
  type Deployment,
  type JournalledRollout,
} from '../deployer/deployment.ts';
import { listRollouts } from '../deployer/journal.ts';
import { contractBehind } from '../migrations/plan-migrations.ts';
import { resultOfRun } from '../deployer/result-of-run.ts';
import { takeLock } from '../deployer/rollout-lock.ts';
import { runDeployment } from '../deployer/run-deployment.ts';
import { stateDirectoryOf, type StateDirectory } from '../deployer/state-directory.ts';

export interface ReturnRequest {
  service: string;
  environment: string;
  /** The digest to go to, and the one that was live when it was confirmed. */
  release: string;
  from: string;
  /** Logins, and the digest that the second one confirmed. */
  by: string;
  confirmedBy: string;
  digest: string;
}

export async function returnToRelease(
  repository: string,
  request: ReturnRequest,
  context: CommandContext,
): Promise<CommandResult> {
  const { service, environment } = request;
  const directories = stateDirectoryOf(repository, context.env, service, environment);
  const lock = takeLock(directories.lockFile, 'evenkeel rollback to', context.now());
  try {
    if (unfinishedRollout(directories) !== null || stableRelease(directories)?.digest !== request.from) {
      throw inputFailure(
        'situation-moved',
        `${service} in ${environment} is not what it was when this was confirmed, so nothing is done; ask again`,
      );
    }
    await refuseBehindContract(repository, directories, request.release);
    const rollout = planReturn(repository, directories, request, context);
    const run = await runDeployment({
      directories,
      rollout,
      isNew: true,
      lock,
      until: 'finished',
      request: null,
      env: context.env,
      now: () => context.now(),
      progress: (line) => context.progress(line),
      signal: context.signal,
      openView: context.openRolloutView,
    });
    return resultOfRun(directories, rollout, run);
  } finally {
    lock.release();
  }
}

/** What a contract step took from the database does not come back with an older release. */
async function refuseBehindContract(
  repository: string,
  directories: StateDirectory,
  release: string,
): Promise<void> {
  const candidate = lastRolloutOf(directories, release)?.deployment.candidate;
  const live = latestRollout(directories)?.deployment;
  const stable = stableRelease(directories);
  if (candidate === undefined || live?.migrations === undefined || stable === null) return;
  const reason = await contractBehind(repository, stable, candidate, live.migrations);
  if (reason !== null) throw inputFailure('contract-applied', reason);
}

function planReturn(
  repository: string,
  directories: StateDirectory,
  request: ReturnRequest,
  context: CommandContext,
): JournalledRollout {
  const { service, environment, by, confirmedBy, digest } = request;
  const before = lastRolloutOf(directories, request.release);
  const live = latestRollout(directories);
  const stable = stableRelease(directories);
  if (before === null || live === null || stable === null) {
    throw effectFailure(
      'release-unknown',
      `the journal of ${request.release} is gone, so nobody knows how it was run; deploy its commit with \`evenkeel deploy --head\``,
      false,
    );
  }
  const { candidate } = before.deployment;
  const startedAt = context.now().toISOString();
  const first = appendEntry(directories.audit, context, {
    actor: { kind: 'person', name: by },
    event: 'rollout.started',
    service,
    inputs: {
      environment,
      stable: stable.digest,
      candidate: candidate.digest,
      commit: candidate.commit,
      tree: candidate.tree,
      // A confirmed command, and no review: nobody looked at this content anew.
      confirmedCommand: { digest, by, confirmedBy },
      approvers: [],
    },
  });
  const policy = { ...live.deployment.rollout, stepBasisPoints: [] };
  const plan: RolloutPlan = {
    ...before.plan,
    rollout: String(first.sequence),
    stable: stable.digest,
    canaryCapacity: before.plan.fullCapacity,
    stepBasisPoints: [],
    minSoakSeconds: policy.minSoakSeconds,
    stepDeadlineSeconds: policy.stepDeadlineSeconds,
    bakeSeconds: policy.bakeSeconds,
    // What it needs of its database is there since then.
    hasMigrations: false,
    needsRehearsal: true,
  };
  const deployment: Deployment = {
    ...before.deployment,
    repository,
    stable,
    pins: { stable: randomBytes(16).toString('hex'), candidate: randomBytes(16).toString('hex') },
    rollout: policy,
    approval: { approvers: [], commit: '' },
    confirmedReturn: { digest, by, confirmedBy },
  };
  // What was decided about that rollout says nothing of this one.
  delete deployment.slo;
  delete deployment.schemaSteps;
  delete deployment.guard;
  delete deployment.train;
  return {
    rollout: plan.rollout,
    plan,
    deployment,
    startedAt,
    startedBy: by,
    state: planRollout(plan),
    records: [],
  };
}

/** The newest rollout in which this release became stable: how it was run then is how it is run again. */
function lastRolloutOf(directories: StateDirectory, release: string): JournalledRollout | null {
  for (const rollout of listRollouts(directories.journal).reverse()) {
    const loaded = loadRollout(directories, rollout);
    if (loaded?.state.phase === 'settled' && loaded.deployment.candidate.digest === release) return loaded;
  }
  return null;
}
