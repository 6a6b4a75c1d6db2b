/**
 * What Pulumi's file backend keeps of a stack: its state and its locks. Both are read as files, because asking the CLI
 * costs a start of it, and because its own word on a lock names no process. Trust boundary: another program's format;
 * what is not as expected proves nothing, and a lock whose owner is not provably gone stays.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOfProcess } from '../../../stacks/local/process-table.ts';
import { effectFailure } from '../../../stacks/failure.ts';
import { readFileIfPresent } from '../state-directory.ts';

export interface StackPlace {
  backendUrl: string;
  project: string;
  stack: string;
}

/** A resource as the state has it; `outputs` are the provider's own. */
export interface StateResource {
  name: string;
  type: string;
  outputs: Record<string, unknown>;
}

export interface StackState {
  resources: StateResource[];
  /** Operations that a CLI had begun and not ended, by the resource's name. */
  pending: string[];
}

/** The state on disk; null for a remote backend, and before the first update. */
export function readStackState(place: StackPlace): StackState | null {
  const directory = directoryOf(place);
  if (directory === null) return null;
  const text = readFileIfPresent(join(directory, 'stacks', place.project, `${place.stack}.json`));
  if (text === null) return null;
  const latest = inner(inner(JSON.parse(text), 'checkpoint'), 'latest');
  return {
    resources: listOf(latest, 'resources').map(resourceOf),
    pending: listOf(latest, 'pending_operations').map(
      (operation) => resourceOf(inner(operation, 'resource')).name,
    ),
  };
}

/** Whether a CLI that is gone has left a lock or something half done. False where it cannot be seen from here. */
export function isLeftUnfinished(place: StackPlace): boolean {
  return lockFilesOf(place).length > 0 || (readStackState(place)?.pending.length ?? 0) > 0;
}

/**
 * Removes locks whose owner is provably gone; fails with `stack-locked` for any other. Those of a remote backend it leaves.
 * A lock that was still being written locks nothing, and goes: Pulumi itself would stumble over it for ever. Should its
 * writer live, it finds that out before it has the lock.
 */
export function clearDeadLocks(place: StackPlace): void {
  for (const path of lockFilesOf(place)) {
    if (path.endsWith(unwritten)) {
      rmSync(path, { force: true });
      continue;
    }
    const text = readFileIfPresent(path);
    if (text === null) continue;
    const owner = ownerOf(text);
    if (owner !== null && isOwnerGone(owner)) rmSync(path, { force: true });
    else throw lockedBy(path, owner);
  }
}

interface LockOwnerOfPulumi {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

function ownerOf(text: string): LockOwnerOfPulumi | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const pid = inner(value, 'pid');
  const host = inner(value, 'hostname');
  if (typeof pid !== 'number' || typeof host !== 'string') return null;
  return {
    pid,
    hostname: host,
    username: String(inner(value, 'username')),
    timestamp: String(inner(value, 'timestamp')),
  };
}

/** This host, and no such process, or one that is no Pulumi and only has its number now. */
function isOwnerGone({ pid, hostname: host }: LockOwnerOfPulumi): boolean {
  if (host !== hostname()) return false;
  return startOfProcess(pid) === null ? isMissing(pid) : !commandOf(pid).includes('pulumi');
}

function isMissing(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // It can be signalled and has no start: it has ended, and only waits to be counted.
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function commandOf(pid: number): string {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      : execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return 'pulumi, as far as can be told';
  }
}

function lockedBy(path: string, owner: LockOwnerOfPulumi | null): Error {
  const who =
    owner === null
      ? 'somebody whom the lock does not name'
      : `process ${owner.pid} of ${owner.username} on ${owner.hostname} since ${owner.timestamp}`;
  return effectFailure(
    'stack-locked',
    `Pulumi’s stack is locked by ${who}; wait for it to end, or when it is certainly gone remove ${path}`,
    true,
  );
}

/** The name of a file that Pulumi writes before it renames it into place. */
const unwritten = '.tmp';

function lockFilesOf(place: StackPlace): string[] {
  const directory = directoryOf(place);
  if (directory === null) return [];
  const locks = join(directory, 'locks', 'organization', place.project, place.stack);
  try {
    return readdirSync(locks)
      .filter((name) => name.endsWith('.json') || name.endsWith(unwritten))
      .map((name) => join(locks, name));
  } catch {
    return [];
  }
}

function directoryOf({ backendUrl }: StackPlace): string | null {
  if (!backendUrl.startsWith('file://')) return null;
  try {
    return join(fileURLToPath(backendUrl), '.pulumi');
  } catch {
    // A place that only Pulumi knows how to read, such as one in the user's own home.
    return null;
  }
}

function resourceOf(value: unknown): StateResource {
  const urn = String(inner(value, 'urn'));
  const outputs = inner(value, 'outputs');
  return {
    name: urn.split('::').at(-1) ?? '',
    type: String(inner(value, 'type')),
    outputs:
      typeof outputs === 'object' && outputs !== null ? Object.fromEntries(Object.entries(outputs)) : {},
  };
}

function listOf(value: unknown, key: string): unknown[] {
  const found = inner(value, key);
  return Array.isArray(found) ? found : [];
}

function inner(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
