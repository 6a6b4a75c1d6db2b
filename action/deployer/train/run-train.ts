/** One run of a train, new or resumed: every member with its own journal, lock, audit entries and control socket. */
import type { TrainMember } from '../../../policies/train/train.ts';
import type { OperatorCommand } from '../../../policies/rollout/state.ts';
import { Failure } from '../../../stacks/failure.ts';
import type { CommandContext } from '../../commands/command.ts';
import type { ApprovalSource } from '../approval-source.ts';
import { loadRollout } from '../deployment.ts';
import type { DriveOptions } from '../drive-rollout.ts';
import { takeLock, type RolloutLock } from '../rollout-lock.ts';
import { runDeployment, type RunResult } from '../run-deployment.ts';
import { driveTrain, type MemberHooks, type TrainEnd } from './drive-train.ts';
import type { FoundMember, FoundTrain } from './find-train.ts';

/** The locks of all members, taken before anything is done; one that is held means that nothing is. */
export interface TrainLocks {
  of(name: string): RolloutLock;
  release(): void;
}

export function takeTrainLocks(
  members: readonly Pick<FoundMember, 'name' | 'directories'>[],
  doing: string,
  now: Date,
): TrainLocks {
  const taken = new Map<string, RolloutLock>();
  const release = (): void => {
    for (const lock of taken.values()) lock.release();
  };
  try {
    for (const { name, directories } of members)
      taken.set(name, takeMemberLock(name, directories, doing, now));
  } catch (error) {
    release();
    throw error;
  }
  return {
    of(name) {
      const lock = taken.get(name);
      if (lock === undefined) throw new Error(`the lock of ${name} was not taken`);
      return lock;
    },
    release,
  };
}

/** Says of which member the lock is that another holds. */
function takeMemberLock(
  name: string,
  { lockFile }: FoundMember['directories'],
  doing: string,
  now: Date,
): RolloutLock {
  try {
    return takeLock(lockFile, doing, now);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.kind, error.reasonCode, `${name}: ${error.message}`, error.mayRetry);
  }
}

export interface RunTrainOptions {
  found: FoundTrain;
  locks: TrainLocks;
  until: DriveOptions['until'];
  request: { command: OperatorCommand; by: string; only: string | null } | null;
  source: ApprovalSource | null;
  context: CommandContext;
}

/** The caller holds the locks, and gives them back. */
export async function runTrain(options: RunTrainOptions): Promise<TrainEnd<RunResult>> {
  const { found, request, context } = options;
  const { train, members } = found;
  const byMember = new Map(members.map((one) => [one.member, one]));
  const startedAtMs = performance.now();
  const holdSeconds = Math.max(
    0,
    ...members.map(({ rollout }) => rollout?.deployment.rollout.stepDeadlineSeconds ?? 0),
  );
  return await driveTrain<RunResult>({
    train,
    members: members.map(({ member, rollout }) => ({ member, state: rollout?.state ?? null })),
    request,
    holdSeconds,
    signal: context.signal,
    ports: {
      run: (member, hooks) => runMember(requireMember(byMember, member), hooks, options),
      elapsedSeconds: () => (performance.now() - startedAtMs) / 1000,
      tell: (member, { decision, message }) => {
        const name = byMember.get(member)?.name ?? '';
        context.progress(`${name}: ${decision === 'roll-back' ? 'goes back: ' : 'waits: '}${message}`);
      },
    },
  });
}

function requireMember(byMember: ReadonlyMap<TrainMember, FoundMember>, member: TrainMember): FoundMember {
  const found = byMember.get(member);
  if (found === undefined) throw new Error(`${member.service} in ${member.environment} was not found`);
  return found;
}

async function runMember(
  { name, directories, rollout }: FoundMember,
  { request, gate, signal, onSteer, onState }: MemberHooks,
  { locks, until, source, context }: RunTrainOptions,
): Promise<RunResult> {
  const fresh = rollout === null ? null : loadRollout(directories, rollout.rollout);
  if (fresh === null) throw new Error(`the journal of ${name} went while its train was driven`);
  return await runDeployment({
    directories,
    rollout: fresh,
    isNew: false,
    until,
    lock: locks.of(name),
    request,
    source,
    moreGates: [gate],
    // A member that has baked waits for the others as long as they take: the train says when that is too long.
    holdSeconds: Infinity,
    onSteer,
    onState,
    env: context.env,
    now: () => context.now(),
    progress: (line) => context.progress(`${name}: ${line}`),
    signal,
    openView: context.openRolloutView,
  });
}
