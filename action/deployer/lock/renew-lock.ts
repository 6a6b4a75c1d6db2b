import { renameSync } from 'node:fs';
import { readLockFile } from './lock-owner.ts';
import { writeStaged } from './stale-lock.ts';

export interface KeptLock {
  path: string;
  id: string;
  leaseSeconds: number;
  /** Two cells: `turn` (one of `turns`), and the machine's uptime in seconds when the lock was last renewed. */
  shared: SharedArrayBuffer;
}

/** Who may touch the file: nobody at the moment, the thread, or, for ever, the one who releases it. */
export const turns = { nobody: 0, keeper: 1, releaser: 2 } as const;

/**
 * Renews once. Past its lease it never renews: another host may be about to take the lock. The clock is the machine's
 * uptime, which neither jumps nor stands still while the machine sleeps.
 */
export function renewLock({ path, id, leaseSeconds, shared }: KeptLock, nowSeconds: number, now: Date): void {
  const cells = new Int32Array(shared);
  if (Atomics.compareExchange(cells, 0, turns.nobody, turns.keeper) !== turns.nobody) return;
  try {
    const found = readLockFile(path);
    if (found.kind !== 'held' || found.owner.id !== id) return;
    if (nowSeconds - Atomics.load(cells, 1) > leaseSeconds) return;
    renameSync(writeStaged(path, { ...found.owner, renewedAt: now.toISOString() }), path);
    Atomics.store(cells, 1, Math.floor(nowSeconds));
  } catch {
    // A disk that cannot be written now may be later; until then the lease runs on.
  } finally {
    Atomics.store(cells, 0, turns.nobody);
    Atomics.notify(cells, 0);
  }
}
