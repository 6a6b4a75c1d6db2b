import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ownerHere, readLockFile, textOfOwner } from '../../action/deployer/lock/lock-owner.ts';
import { replaceStaleLock, tryLink, writeStaged } from '../../action/deployer/lock/stale-lock.ts';
import { takeLock } from '../../action/deployer/rollout-lock.ts';
import { effectFailure } from '../../stacks/failure.ts';
import type { ScheduleLock } from './crash-schedule.ts';

/** No process has this id on any system. */
const goneProcessId = 2 ** 30;

/** The real lock with its heartbeat, which is a thread and takes its time. */
export function realLock(path: string): ScheduleLock {
  const lock = takeLock(path, 'evenkeel deploy', new Date());
  return {
    assertHeld: () => lock.assertHeld(),
    end(isCrash) {
      const text = readFileSync(path, 'utf8');
      lock.release();
      if (isCrash) leaveBehind(path, text);
    },
  };
}

/** The lock's own file protocol, without the heartbeat. */
export function lockFileOnly(path: string): ScheduleLock {
  const owner = ownerHere('evenkeel deploy', 60, new Date());
  const staged = writeStaged(path, owner);
  try {
    const found = readLockFile(path);
    const isTaken =
      tryLink(staged, path) || (found.kind === 'held' && replaceStaleLock(path, found, owner, owner));
    if (!isTaken) throw effectFailure('lock-held', `${path} is held`, true);
  } finally {
    rmSync(staged, { force: true });
  }
  return {
    assertHeld() {
      const found = readLockFile(path);
      if (found.kind !== 'held' || found.owner.id !== owner.id)
        throw effectFailure('lock-lost', `${path} is lost`, true);
    },
    end(isCrash) {
      if (isCrash) leaveBehind(path, textOfOwner(owner));
      else rmSync(path, { force: true });
    },
  };
}

/** What a killed process leaves: its lock, under an id that no process has any more. */
function leaveBehind(path: string, text: string): void {
  const owner: unknown = JSON.parse(text);
  if (typeof owner !== 'object' || owner === null) throw new Error('a lock is an object');
  writeFileSync(path, JSON.stringify({ ...owner, processId: goneProcessId, processStart: 'gone' }));
}
