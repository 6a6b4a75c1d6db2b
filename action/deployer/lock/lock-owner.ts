import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { machineMark, startOfProcess } from '../../../stacks/local/process-table.ts';
import { readFileIfPresent } from '../state-directory.ts';

/** What tells a process from every other one, later ones with the same id included. */
export interface ProcessName {
  processId: number;
  processStart: string;
  host: string;
}

/** Who holds a service's lock, as its file has it. What earlier versions did not write is null. */
export interface LockOwner extends ProcessName {
  /** One for each lock ever taken. */
  id: string | null;
  /** The boot and the process table in which the id means this process: containers may share a host name and a disk. */
  machine: string | null;
  user: string;
  since: string;
  doing: string;
  /** When it was last heard of; it has to be heard of again within its lease, or stops by itself. */
  renewedAt: string | null;
  leaseSeconds: number | null;
}

export type LockFile =
  | { kind: 'free' }
  | { kind: 'held'; owner: LockOwner; text: string }
  /** Not as this version writes it: nobody here can know who holds it. */
  | { kind: 'unreadable'; problem: 'damaged' | 'later-version'; text: string };

const version = 1;

export function readLockFile(path: string): LockFile {
  const text = readFileIfPresent(path);
  if (text === null) return { kind: 'free' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', problem: 'damaged', text };
  }
  const written = propertiesOf(value);
  const found = written['version'] ?? version;
  if (typeof found === 'number' && found > version)
    return { kind: 'unreadable', problem: 'later-version', text };
  const owner = ownerOf(written);
  return owner === null ? { kind: 'unreadable', problem: 'damaged', text } : { kind: 'held', owner, text };
}

export function textOfOwner(owner: LockOwner): string {
  return JSON.stringify({ version, ...owner });
}

/** This process as an owner. `now` is the wall clock's, for people and for other hosts. */
export function ownerHere(doing: string, leaseSeconds: number, now: Date): LockOwner {
  return {
    id: randomUUID(),
    ...thisProcess(),
    machine: machineMark(),
    user: userInfo().username,
    since: now.toISOString(),
    doing,
    renewedAt: now.toISOString(),
    leaseSeconds,
  };
}

export function thisProcess(): ProcessName {
  return { processId: process.pid, processStart: startOfProcess(process.pid) ?? '', host: hostname() };
}

/** Whether the owner's process id is one of this machine's process table. */
export function isHere({ host, machine }: ProcessName & { machine?: string | null }): boolean {
  if (host !== hostname()) return false;
  return machine === undefined || machine === null || machine === machineMark();
}

/** Provably gone: same machine, and no such process any more. */
export function isGone(owner: ProcessName & { machine?: string | null }): boolean {
  if (!isHere(owner)) return false;
  try {
    process.kill(owner.processId, 0);
  } catch (error) {
    // Another user's process may not be signalled, and is there.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return true;
  }
  const start = startOfProcess(owner.processId);
  // Where the process table hides other users' processes, nothing is proved.
  return start !== null && owner.processStart !== '' && start !== owner.processStart;
}

function propertiesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function ownerOf(written: Record<string, unknown>): LockOwner | null {
  const { processId, processStart, host, user, since, doing } = written;
  if (typeof processId !== 'number' || typeof processStart !== 'string' || typeof host !== 'string')
    return null;
  if (typeof user !== 'string' || typeof since !== 'string' || typeof doing !== 'string') return null;
  const { id, machine, renewedAt, leaseSeconds } = written;
  return {
    id: typeof id === 'string' ? id : null,
    processId,
    processStart,
    host,
    machine: typeof machine === 'string' ? machine : null,
    user,
    since,
    doing,
    renewedAt: typeof renewedAt === 'string' && !Number.isNaN(Date.parse(renewedAt)) ? renewedAt : null,
    leaseSeconds: typeof leaseSeconds === 'number' && leaseSeconds > 0 ? leaseSeconds : null,
  };
}
