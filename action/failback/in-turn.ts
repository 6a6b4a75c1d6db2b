import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../stacks/failure.ts';
import type { StateDirectory } from '../deployer/state-directory.ts';
import { takeLock } from '../deployer/rollout-lock.ts';

const patienceMs = 30_000;
const retryMs = 50;

/**
 * One command after the other on the instances of one place: two that look at the same time would both see enough capacity,
 * and each take half of it. Waits for its turn, and fails with `lock-held` when that does not come.
 */
export async function inTurn<Value>(
  { run }: Pick<StateDirectory, 'run'>,
  doing: string,
  now: () => Date,
  work: () => Promise<Value> | Value,
): Promise<Value> {
  const lock = await waitForLock(join(run, 'instances-lock.json'), doing, now);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function waitForLock(
  path: string,
  doing: string,
  now: () => Date,
): Promise<ReturnType<typeof takeLock>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return takeLock(path, doing, now());
    } catch (error) {
      const isHeld = error instanceof Failure && error.reasonCode === 'lock-held';
      if (!isHeld || performance.now() > deadline) throw error;
    }
    await wait(retryMs);
  }
}
