import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../../stacks/failure.ts';
import { readFileIfPresent } from '../../deployer/state-directory.ts';
import { takeLock, type RolloutLock } from '../../deployer/rollout-lock.ts';

/**
 * Whose turn it is to answer one command: two runs that see the same comment must not both write a reply. It never decides
 * whether something is carried out; the audit log does. Null when another process that is alive has it.
 */
export function takeReplyLock(home: string, origin: string, now: Date): RolloutLock | null {
  try {
    return takeLock(pathOf(home, origin, 'lock'), `answers ${origin}`, now);
  } catch (error) {
    if (error instanceof Failure && error.reasonCode === 'lock-held') return null;
    throw error;
  }
}

/** Where a command's reply stands: kept, because a comment that was deleted says so no more. */
export interface ReplyStand {
  issue: number;
  createdAt: string;
}

export function keepStand(home: string, origin: string, { issue, createdAt }: ReplyStand): void {
  writeFileSync(pathOf(home, origin, 'reply'), JSON.stringify({ issue, createdAt }), { mode: 0o600 });
}

/** Null when it was not kept here, or cannot be read. */
export function standOf(home: string, origin: string): ReplyStand | null {
  try {
    const value: unknown = JSON.parse(readFileIfPresent(pathOf(home, origin, 'reply')) ?? 'null');
    if (typeof value !== 'object' || value === null || !('issue' in value && 'createdAt' in value))
      return null;
    const { issue, createdAt } = value;
    return typeof issue === 'number' && typeof createdAt === 'string' ? { issue, createdAt } : null;
  } catch {
    return null;
  }
}

function pathOf(home: string, origin: string, kind: 'lock' | 'reply'): string {
  const directory = join(home, 'run', 'commands');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(origin).digest('hex').slice(0, 24);
  return join(directory, `${name}.${kind}.json`);
}
