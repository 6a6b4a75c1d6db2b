/**
 * Serialises the writers of one log, across processes: each holds the lock for one append, a few milliseconds. The file
 * appears by a hard link, which is atomic everywhere, and is broken only when its owner is provably gone: same host, and
 * no such process any more. Breaking is itself done under a lock, so that nobody removes the lock of the next owner.
 */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { effectFailure } from '../../stacks/failure.ts';
import { readFileIfPresent } from '../deployer/state-directory.ts';

interface Owner {
  processId: number;
  /** Tells a process from a later one with the same id; empty where the kernel does not say. */
  processStart: string;
  host: string;
}

const waitMs = 10_000;
const pauseMs = 2;

/** Runs `work` with the lock held. Waits up to ten seconds for it, then fails with a `Failure` that says who has it. */
export function withAppendLock<Value>(path: string, work: () => Value): Value {
  takeWaiting(path);
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function takeWaiting(path: string): void {
  const deadline = performance.now() + waitMs;
  while (!tryTake(path)) {
    breakIfOrphaned(path);
    if (performance.now() > deadline) {
      const owner = readOwner(path);
      const who = owner === null ? '' : ` by process ${owner.processId} on ${owner.host}`;
      throw effectFailure(
        'audit-log-locked',
        `${path} has been held${who} for over ${waitMs / 1000} seconds; when that process is gone, remove the file and try again`,
        true,
      );
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
}

function tryTake(path: string): boolean {
  const temporary = `${path}.${process.pid}`;
  const owner: Owner = {
    processId: process.pid,
    processStart: startOf(process.pid),
    host: hostname(),
  };
  writeFileSync(temporary, JSON.stringify(owner), { mode: 0o600 });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function breakIfOrphaned(path: string): void {
  if (!isOrphaned(path)) return;
  const breaking = `${path}.breaking`;
  if (!tryTake(breaking)) {
    // Whoever was breaking may have been killed as well.
    if (isOrphaned(breaking)) rmSync(breaking, { force: true });
    return;
  }
  try {
    if (isOrphaned(path)) rmSync(path, { force: true });
  } finally {
    rmSync(breaking, { force: true });
  }
}

function isOrphaned(path: string): boolean {
  const owner = readOwner(path);
  if (owner?.host !== hostname()) return false;
  try {
    process.kill(owner.processId, 0);
  } catch (error) {
    return hasCode(error, 'ESRCH');
  }
  const start = startOf(owner.processId);
  return start !== '' && owner.processStart !== '' && start !== owner.processStart;
}

function readOwner(path: string): Owner | null {
  const text = readFileIfPresent(path);
  if (text === null) return null;
  try {
    const owner: unknown = JSON.parse(text);
    return isOwner(owner) ? owner : null;
  } catch {
    return null;
  }
}

function isOwner(value: unknown): value is Owner {
  return (
    typeof value === 'object' &&
    value !== null &&
    'processId' in value &&
    typeof value.processId === 'number' &&
    'processStart' in value &&
    typeof value.processStart === 'string' &&
    'host' in value &&
    typeof value.host === 'string'
  );
}

/** When the process was started, in the kernel's ticks since boot. */
function startOf(processId: number): string {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
