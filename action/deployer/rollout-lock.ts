/**
 * R7: at most one rollout per service and environment. The lock is a file with a lease. On one machine it is broken only
 * when its process is provably gone; between machines, only when it has been silent for two leases, and an owner that
 * could not renew within one has stopped itself.
 */
import { rmSync } from 'node:fs';
import { uptime } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { isDiskFull } from '../../stacks/disk-full.ts';
import { effectFailure, Failure, inputFailure } from '../../stacks/failure.ts';
import { isHere, ownerHere, readLockFile, type LockOwner } from './lock/lock-owner.ts';
import { turns, type KeptLock } from './lock/renew-lock.ts';
import { replaceStaleLock, standingOf, tryLink, writeStaged, type HeldLock } from './lock/stale-lock.ts';

export { isGone, thisProcess, type LockOwner, type ProcessName } from './lock/lock-owner.ts';

export interface RolloutLock {
  readonly owner: LockOwner;
  /** Fails with `lock-lost` when the lock is another's meanwhile, or could not be renewed within its lease. */
  assertHeld(): void;
  /** Whether nobody has taken it over, although it may have lapsed. */
  isOurs(): boolean;
  release(): void;
}

export interface LockOptions {
  leaseSeconds?: number;
  /** Counts on through sleep and changes of the wall clock. */
  uptimeSeconds?: () => number;
}

const defaultLeaseSeconds = 60;

/**
 * Takes the lock, or fails with `lock-held`, with `lock-unreadable` when nobody can tell whose it is, and with `disk-full`
 * or `lock-unwritable` when it cannot be written.
 */
export function takeLock(path: string, doing: string, now: Date, options: LockOptions = {}): RolloutLock {
  const { leaseSeconds = defaultLeaseSeconds, uptimeSeconds = uptime } = options;
  const owner = ownerHere(doing, leaseSeconds, now);
  const staged = stage(path, owner);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (tryLink(staged, path)) return keepLock(path, owner, uptimeSeconds);
      const found = readLockFile(path);
      if (found.kind === 'unreadable') throw unreadable(path, found.problem);
      if (found.kind === 'free') continue;
      const standing = standingOf(path, found, now);
      if (standing === 'held') throw heldBy(found, now);
      if (replaceStaleLock(path, found, owner, owner)) return keepLock(path, owner, uptimeSeconds);
    }
    throw inputFailure('lock-held', `${path} is being taken by several processes at once; try again`);
  } finally {
    rmSync(staged, { force: true });
  }
}

function stage(path: string, owner: LockOwner): string {
  try {
    return writeStaged(path, owner);
  } catch (error) {
    throw isDiskFull(error)
      ? inputFailure(
          'disk-full',
          `the disk is full, so the lock ${path} cannot be taken; free some space and try again`,
        )
      : effectFailure(
          'lock-unwritable',
          `the lock ${path} cannot be taken (${error instanceof Error ? error.message : String(error)}); mend that and try again`,
          true,
        );
  }
}

/** The live owner, or null when nobody holds the lock. Fails with `lock-unreadable`. */
export function lockOwner(path: string): LockOwner | null {
  const state = lockState(path);
  return state === null || state.isGone ? null : state.owner;
}

/** Whoever is written in the lock, and whether it may be taken from them; null when nobody holds it. */
export function lockState(path: string, now = new Date()): { owner: LockOwner; isGone: boolean } | null {
  const found = readLockFile(path);
  if (found.kind === 'free') return null;
  if (found.kind === 'unreadable') throw unreadable(path, found.problem);
  return { owner: found.owner, isGone: standingOf(path, found, now) !== 'held' };
}

/** Nobody holds it, or whoever is written in it is provably gone. */
export function isHolderGone(path: string): boolean {
  try {
    return lockState(path)?.isGone ?? true;
  } catch {
    // Nobody can tell whose the lock is, so nobody may take it.
    return false;
  }
}

/** Takes the lock from exactly this owner, who must be gone. False when somebody else holds it meanwhile. */
export function breakLock(
  path: string,
  { processId, host, since }: Pick<LockOwner, 'processId' | 'host' | 'since'>,
  now = new Date(),
): boolean {
  const found = readLockFile(path);
  if (found.kind === 'free') return true;
  if (found.kind === 'unreadable') return false;
  const { owner } = found;
  const isSame = owner.processId === processId && owner.host === host && owner.since === since;
  if (!isSame || standingOf(path, found, now) === 'held') return false;
  return replaceStaleLock(path, found, null, ownerHere('unlock', defaultLeaseSeconds, now));
}

function keepLock(path: string, owner: LockOwner, uptimeSeconds: () => number): RolloutLock {
  const leaseSeconds = owner.leaseSeconds ?? defaultLeaseSeconds;
  const cells = new Int32Array(new SharedArrayBuffer(8));
  Atomics.store(cells, 1, Math.floor(uptimeSeconds()));
  const kept: KeptLock = { path, id: owner.id ?? '', leaseSeconds, shared: cells.buffer };
  const keeper = new Worker(entryPoint(), { workerData: kept, execArgv: [], env: {} });
  // A thread that cannot start or ends renews nothing; the lease tells.
  keeper.on('error', () => undefined).unref();
  let isReleased = false;
  const isOurs = (): boolean => {
    const found = readLockFile(path);
    return found.kind === 'held' && found.owner.id === owner.id;
  };
  const isLapsed = (): boolean => uptimeSeconds() - Atomics.load(cells, 1) > leaseSeconds;
  return {
    owner,
    isOurs,
    assertHeld() {
      if (isReleased || !isOurs()) throw lost(path, 'another process has it');
      if (isLapsed()) throw lost(path, `it could not be renewed within ${leaseSeconds} s`);
    },
    release() {
      if (isReleased) return;
      isReleased = true;
      // From here on the thread renews no more: it would put the file back.
      while (Atomics.compareExchange(cells, 0, turns.nobody, turns.releaser) === turns.keeper) {
        Atomics.wait(cells, 0, turns.keeper);
      }
      void keeper.terminate();
      if (isOurs()) rmSync(path, { force: true });
    },
  };
}

function entryPoint(): string {
  const name = import.meta.url.endsWith('.ts') ? './lock/keep-lock.ts' : './lock-keeper.js';
  return fileURLToPath(new URL(name, import.meta.url));
}

function heldBy({ owner }: HeldLock, now: Date): Failure {
  const { user, since, doing, processId, host, renewedAt, leaseSeconds } = owner;
  const who = `${user} holds the lock since ${since} (${doing}, process ${processId} on ${host}${lastHeard(owner, now)})`;
  if (isHere(owner))
    return inputFailure(
      'lock-held',
      `${who}; wait for it, or stop it with \`evenkeel abort\`; when it does not answer that, end process ${processId} and ask again`,
    );
  if (renewedAt === null || leaseSeconds === null) {
    return inputFailure(
      'lock-held',
      `${who}; nobody here can know whether that process is gone: wait for it, or make sure on ${host} that it is gone and remove the file there`,
    );
  }
  const free = new Date(Date.parse(renewedAt) + 2 * leaseSeconds * 1000).toISOString();
  return inputFailure(
    'lock-held',
    `${who}; wait for it: when nothing is heard of it until ${free}, the lock can be taken`,
  );
}

function lastHeard({ renewedAt }: LockOwner, now: Date): string {
  if (renewedAt === null) return '';
  const seconds = Math.round((now.getTime() - Date.parse(renewedAt)) / 1000);
  return seconds >= 0
    ? `, last heard of ${seconds} s ago`
    : `, last heard of ${-seconds} s ahead of the clock here, so one of the two clocks is wrong`;
}

function unreadable(path: string, problem: 'damaged' | 'later-version'): Failure {
  return problem === 'damaged'
    ? inputFailure(
        'lock-unreadable',
        `${path} is damaged, so nobody can tell who holds the lock; make sure that no evenkeel works on this service, then remove the file`,
      )
    : inputFailure(
        'lock-unreadable',
        `${path} was written by a later version of evenkeel; use that version here, or upgrade this one`,
      );
}

function lost(path: string, why: string): Failure {
  return effectFailure(
    'lock-lost',
    `the lock ${path} is lost (${why}), so nothing more is done here; look with \`evenkeel status\`, then run \`evenkeel deploy --resume\``,
    true,
  );
}
