/**
 * Taking the place of an owner that is gone. Removing a stale file and making a new one would let two processes that
 * looked at the same moment remove each other's; so the right to touch this very file is claimed first, under a name
 * made of its contents. A claim is a hard link, which one process wins; a claimer that died is followed by the next
 * number; and claims are removed only after the lock itself has changed, so that a late claim finds another lock and
 * gives up.
 */
import { createHash } from 'node:crypto';
import { linkSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isGone, isHere, readLockFile, textOfOwner, type LockFile, type LockOwner } from './lock-owner.ts';

export type HeldLock = Extract<LockFile, { kind: 'held' }>;

/**
 * `gone`: its process is provably no more. `lapsed`: of another machine, and silent for two leases, by the wall clock and
 * by the clock of the disk that both share; it has stopped itself one lease ago. Everything else is `held`.
 */
export function standingOf(path: string, { owner }: HeldLock, now: Date): 'held' | 'gone' | 'lapsed' {
  if (isGone(owner)) return 'gone';
  const { renewedAt, leaseSeconds } = owner;
  if (isHere(owner) || renewedAt === null || leaseSeconds === null) return 'held';
  const patienceMs = 2 * leaseSeconds * 1000;
  if (now.getTime() - Date.parse(renewedAt) < patienceMs) return 'held';
  return silentMs(path) < patienceMs ? 'held' : 'lapsed';
}

/** Replaces exactly this lock, or removes it (`owner` null); false when somebody else was there first. */
export function replaceStaleLock(
  path: string,
  stale: HeldLock,
  owner: LockOwner | null,
  me: LockOwner,
): boolean {
  const claims = `${path}.${createHash('sha256').update(stale.text).digest('hex').slice(0, 16)}`;
  const claim = takeClaim(claims, me);
  if (claim === null) return false;
  const current = readLockFile(path);
  if (current.kind !== 'held' || current.text !== stale.text) {
    rmSync(claim, { force: true });
    return false;
  }
  if (owner === null) rmSync(path);
  else renameSync(writeStaged(path, owner), path);
  removeClaims(claims);
  return true;
}

/** Writes an owner beside the lock, whole; the caller links or renames it into place. */
export function writeStaged(path: string, owner: LockOwner): string {
  const staged = `${path}.${owner.id ?? ''}`;
  try {
    writeFileSync(staged, textOfOwner(owner), { mode: 0o600, flush: true });
  } catch (error) {
    rmSync(staged, { force: true });
    throw error;
  }
  return staged;
}

/** Makes `to` another name of `from`; false when `to` exists. Atomic everywhere. */
export function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function takeClaim(claims: string, me: LockOwner): string | null {
  const staged = writeStaged(claims, me);
  try {
    for (let number = 0; ; number++) {
      const claim = `${claims}.${number}`;
      if (tryLink(staged, claim)) return claim;
      const earlier = readLockFile(claim);
      if (earlier.kind !== 'held' || !isGone(earlier.owner)) return null;
    }
  } finally {
    rmSync(staged, { force: true });
  }
}

function removeClaims(claims: string): void {
  const directory = dirname(claims);
  for (const name of readdirSync(directory)) {
    // What is being written beside them is somebody's who comes late, and finds that out by itself.
    const isClaim = name.startsWith(`${basename(claims)}.`) && /\.\d+$/.test(name);
    if (isClaim) rmSync(join(directory, name), { force: true });
  }
}

/** How long ago the file was written, by the clock of the disk that it lies on: a clock here that jumped changes nothing. */
function silentMs(path: string): number {
  const probe = `${path}.${process.pid}.clock`;
  try {
    writeFileSync(probe, '', { mode: 0o600 });
    return statSync(probe).mtimeMs - statSync(path).mtimeMs;
  } catch {
    // Gone meanwhile, or not to be read: nothing is proved.
    return 0;
  } finally {
    rmSync(probe, { force: true });
  }
}
