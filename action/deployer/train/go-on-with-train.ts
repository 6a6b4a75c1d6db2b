import { isFinished } from '../../../policies/rollout/state.ts';
import type { CommandContext, CommandResult } from '../../commands/command.ts';
import { findTrain, type FoundTrain } from './find-train.ts';
import { finishTrain } from './finish-train.ts';
import { takeTrainLocks, type RunTrainOptions } from './run-train.ts';

/** Goes on with a train that no process drives, or steers it: first the locks of all that can still move, then all of it. */
export async function goOnWithTrain(
  found: FoundTrain,
  options: Pick<RunTrainOptions, 'source' | 'until' | 'request' | 'context'> & { doing: string },
): Promise<CommandResult> {
  const { context, doing } = options;
  const movable = found.members.filter(({ rollout }) => rollout !== null && !isFinished(rollout.state));
  const locks = takeTrainLocks(movable, doing, context.now());
  try {
    const fresh = readAgain(found, context);
    const { train, members } = fresh;
    context.progress(`going on with train ${train.id} of ${train.name}`);
    for (const { name, rollout } of members)
      if (rollout === null) context.progress(`${name}: its journal is gone, or is of another rollout`);
    if (!wasCutOffBeforeItsBegin(fresh)) return await finishTrain({ ...options, found: fresh, locks });
    context.progress('its planning was cut off and nothing of it has begun, so it ends here; deploy again');
    const request = { command: 'rollback', by: 'evenkeel', only: null } as const;
    return await finishTrain({ ...options, found: fresh, locks, request });
  } finally {
    locks.release();
  }
}

/** Somebody may have driven it between the first look and the locks. */
function readAgain(found: FoundTrain, { env }: CommandContext): FoundTrain {
  const known = found.members.find(({ rollout }) => rollout !== null)?.rollout;
  return (known == null ? null : findTrain(known, env)) ?? found;
}

/** Members begin only after every plan is on disk, so one that is missing then was never written. */
function wasCutOffBeforeItsBegin({ members }: FoundTrain): boolean {
  const planned = members.filter(({ rollout }) => rollout?.state.phase === 'planned');
  return (
    planned.length < members.length &&
    members.every(({ rollout }) => rollout === null || rollout.state.phase === 'planned')
  );
}
