import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RouterSettings } from './router/router.ts';

/** Everything the supervisor of one instance needs. */
export interface InstanceSettings {
  name: string;
  release: string;
  command: string[];
  workingDirectory: string;
  /** Private: settings, status and log of this instance. */
  directory: string;
  healthPath: string;
  startSeconds: number;
  drainSeconds: number;
  port: number;
  env: Record<string, string>;
  /** Where it stands; null where the policy names no zones. */
  zone?: string | null;
  /** The router in front of it, which is told before a service that ended is started again. */
  router?: RouterSettings;
}

/** What the supervisor last wrote down about the service's own process. */
export interface InstanceStatus {
  processId: number | null;
  processStart: string | null;
  crashes: number;
  lastEnd: string;
  /** The process that runs now has answered its health path as itself. */
  isProven: boolean;
  /** It did not end within its drain limit when it was asked to. */
  wasKilled: boolean;
}

/** A started instance, as Pulumi's state keeps it. `supervisorStart` tells the process from a later one with its id. */
export interface RunningInstance {
  directory: string;
  port: number;
  supervisor: number;
  supervisorStart: string;
}

/** What the supervisor last wrote down, or null before it did. */
export function readStatus(directory: string): InstanceStatus | null {
  try {
    // Written by the supervisor only.
    return JSON.parse(readFileSync(join(directory, 'status.json'), 'utf8')) as InstanceStatus;
  } catch {
    return null;
  }
}

/** The last lines an instance printed, safe to show. */
export function tailOf(path: string): string {
  try {
    // Control characters of somebody else's output must not reach a terminal.
    const printable = readFileSync(path, 'utf8').replace(/[^\x20-\x7e\n]/g, '?');
    return printable.trim().split('\n').slice(-3).join(' | ').slice(-500);
  } catch {
    return '';
  }
}
