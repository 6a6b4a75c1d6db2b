import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { inputFailure } from '../../stacks/failure.ts';
import { readFileIfPresent } from './state-directory.ts';

/** Who holds a service's lock. `processStart` tells a process from a later one with the same id. */
export interface LockOwner {
  processId: number;
  processStart: string;
  host: string;
  user: string;
  since: string;
  doing: string;
}

export interface RolloutLock {
  release(): void;
}

/**
 * R7: at most one rollout per service and environment. The file is created by a hard link, which is atomic everywhere;
 * a lock is only broken when its owner is provably gone: same host, and no such process any more.
 */
export function takeLock(path: string, doing: string, now: Date): RolloutLock {
  const owner: LockOwner = {
    ...thisProcess(),
    user: userInfo().username,
    since: now.toISOString(),
    doing,
  };
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(owner), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (tryLink(temporary, path)) return { release: () => rmSync(path, { force: true }) };
      const holder = readOwner(path);
      if (holder !== null && !isGone(holder)) {
        throw inputFailure(
          'lock-held',
          `${holder.user} holds the lock since ${holder.since} (${holder.doing}, process ${holder.processId} on ${holder.host}); wait for it, or stop it with \`evenkeel abort\``,
        );
      }
      rmSync(path, { force: true });
    }
    throw inputFailure('lock-held', `${path} is being taken by several processes at once; try again`);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The live owner, or null when nobody holds the lock. */
export function lockOwner(path: string): LockOwner | null {
  const holder = readOwner(path);
  return holder === null || isGone(holder) ? null : holder;
}

/** Whoever is written in the lock, and whether that process is provably gone; null when nobody holds it. */
export function lockState(path: string): { owner: LockOwner; isGone: boolean } | null {
  const owner = readOwner(path);
  return owner === null ? null : { owner, isGone: isGone(owner) };
}

/** Takes the lock from exactly this owner, who must be provably gone. False when somebody else holds it meanwhile. */
export function breakLock(path: string, { processId, host, since }: LockHolder): boolean {
  const owner = readOwner(path);
  if (owner === null) return true;
  const isSame = owner.processId === processId && owner.host === host && owner.since === since;
  if (!isSame || !isGone(owner)) return false;
  rmSync(path, { force: true });
  return true;
}

type LockHolder = Pick<LockOwner, 'processId' | 'host' | 'since'>;

/** What tells this process from every other one, later ones with the same id included. */
export function thisProcess(): ProcessName {
  return { processId: process.pid, processStart: startOf(process.pid) ?? '', host: hostname() };
}

export type ProcessName = Pick<LockOwner, 'processId' | 'processStart' | 'host'>;

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(path: string): LockOwner | null {
  const text = readFileIfPresent(path);
  if (text === null) return null;
  // Written by `takeLock` in a private directory, whole or not at all.
  return JSON.parse(text) as LockOwner;
}

/** Provably gone: same machine, and no such process any more. */
export function isGone(owner: ProcessName): boolean {
  if (owner.host !== hostname()) return false;
  try {
    process.kill(owner.processId, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
  const start = startOf(owner.processId);
  return start !== null && owner.processStart !== '' && start !== owner.processStart;
}

/** When the process was started, in the kernel's ticks since boot; null where there is no /proc. */
function startOf(processId: number): string | null {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
