/** What is live and under way, from journals, locks, the audit log and whoever drives a rollout at the moment. */
import { openDebts } from '../../policies/command/break-glass.ts';
import type {
  CommandSituation,
  KnownRelease,
  LockSituation,
  PlaceSituation,
  ReturningInstance,
  RolloutSituation,
} from '../../policies/command/command-situation.ts';
import type { AuditEntry } from '../../policies/audit/audit-entry.ts';
import { isFinished, type RolloutState } from '../../policies/rollout/state.ts';
import type { Release } from '../../stacks/exposure.ts';
import { askControl, type ControlAnswer } from '../deployer/control-socket.ts';
import { loadRollout, stableRelease, type JournalledRollout } from '../deployer/deployment.ts';
import { latestRollouts, type FoundRollout } from '../deployer/find-rollout.ts';
import { listRollouts } from '../deployer/journal.ts';
import { lockState } from '../deployer/rollout-lock.ts';
import { describeState } from '../deployer/describe-state.ts';
import { instancesReturning } from '../failback/returning-instances.ts';
import type { StateDirectory } from '../deployer/state-directory.ts';

/** Reads everything anew; `entries` are those of the audit log. */
export async function readSituation(
  repository: string,
  env: Readonly<Record<string, string | undefined>>,
  entries: readonly AuditEntry[],
): Promise<CommandSituation> {
  const found = latestRollouts(repository, env);
  const places = await Promise.all(found.map(readPlace));
  return { places, debts: openDebts(entries) };
}

async function readPlace({ directories, rollout }: FoundRollout): Promise<PlaceSituation> {
  const answer = await askControl(directories.controlSocket, 'status', 'status');
  // The journal is read after the answer, so that it is never behind it.
  const fresh = loadRollout(directories, rollout.rollout) ?? rollout;
  const stable = stableRelease(directories);
  return {
    service: rollout.plan.service,
    environment: rollout.plan.environment,
    stable: stable === null ? null : known(stable),
    rollout: rolloutOf(fresh, answer),
    releases: releasesOf(directories),
    lock: lockOf(directories),
    returning: returningOf(directories),
  };
}

function rolloutOf(rollout: JournalledRollout, answer: ControlAnswer | null): RolloutSituation {
  const { deployment, plan, records } = rollout;
  const state = answer?.state ?? rollout.state;
  return {
    id: rollout.rollout,
    phase: state.phase,
    isUnderWay: !isFinished(state),
    stable: deployment.stable === null ? null : known(deployment.stable),
    candidate: known(deployment.candidate),
    candidateBasisPoints: state.candidateBasisPoints,
    stepBasisPoints: [...plan.stepBasisPoints],
    step: state.phase === 'canary' ? state.step : null,
    hold: holdOf(state),
    isBusy: state.pending !== null,
    judgement: judgementOf(answer),
    isStuck: state.phase === 'rolling-back' && state.stuck !== null,
    ...(deployment.train !== undefined && {
      train: {
        id: deployment.train.id,
        name: deployment.train.name,
        members: deployment.train.members.length,
      },
    }),
    message: describeState(state),
    requests: records.flatMap((record) =>
      record.record === 'event' && record.event.type === 'requested'
        ? [{ command: record.event.command, by: record.event.by, at: record.at }]
        : [],
    ),
    startedAt: rollout.startedAt,
  };
}

function holdOf(state: RolloutState): string | null {
  if (state.withheld !== null) return state.withheld.kind;
  return state.phase === 'canary' || state.phase === 'baking' ? (state.hold?.kind ?? null) : null;
}

/** Only the process that drives the rollout knows what the judge says at this moment; nobody else's word is a pass. */
function judgementOf(answer: ControlAnswer | null): RolloutSituation['judgement'] {
  const judgement = answer?.judgement;
  if (typeof judgement !== 'object' || judgement === null || !('judgement' in judgement)) return null;
  const said = judgement.judgement;
  return (['pass', 'fail', 'inconclusive', 'no-data'] as const).find((word) => word === said) ?? null;
}

/** Every release that has served everybody, in the order in which each did so last. */
function releasesOf(directories: StateDirectory): KnownRelease[] {
  const releases = new Map<string, KnownRelease>();
  const add = (release: Release): void => {
    releases.delete(release.digest);
    releases.set(release.digest, known(release));
  };
  for (const rollout of listRollouts(directories.journal)) {
    const loaded = loadRollout(directories, rollout);
    if (loaded === null) continue;
    const { stable, candidate } = loaded.deployment;
    if (stable !== null && !releases.has(stable.digest)) add(stable);
    if (loaded.state.phase === 'settled') add(candidate);
  }
  return [...releases.values()];
}

function lockOf({ lockFile }: StateDirectory): LockSituation | null {
  const lock = lockState(lockFile);
  if (lock === null) return null;
  const { user, host, processId, since, doing } = lock.owner;
  return { user, host, processId, since, doing, isGone: lock.isGone };
}

/** As the watcher beside the router wrote it down last. */
function returningOf(directories: StateDirectory): ReturningInstance[] {
  return instancesReturning(directories).map(({ name, zone, state, reasonCode, message }) => ({
    name,
    zone,
    needsPerson: reasonCode === 'drained' || state.phase === 'out',
    message,
  }));
}

function known({ digest, commit }: Release): KnownRelease {
  return { digest, commit };
}
