import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  readStatus,
  type InstanceSettings,
  type InstanceStatus,
  type RunningInstance,
} from '../instance-record.ts';

/** One instance as its directory has it. */
export interface KnownInstance {
  name: string;
  release: string;
  zone: string | null;
  port: number;
  healthPath: string;
  /** Leader of the session that its processes belong to. */
  supervisor: number;
  status: InstanceStatus | null;
}

/** Every instance of a service and environment that was started and not ended, by the directory of its router. */
export function findInstances(routerDirectory: string): KnownInstance[] {
  const directory = join(dirname(routerDirectory), 'instances');
  return namesIn(directory).flatMap((name) => {
    const place = join(directory, name);
    try {
      // Both are written by `startInstance` in a private directory.
      const settings = JSON.parse(readFileSync(join(place, 'settings.json'), 'utf8')) as InstanceSettings;
      const running = JSON.parse(readFileSync(join(place, 'running.json'), 'utf8')) as RunningInstance;
      const { release, zone = null, healthPath } = settings;
      const { port, supervisor } = running;
      return [{ name, release, zone, port, healthPath, supervisor, status: readStatus(place) }];
    } catch {
      // One that is being started or ended at this moment.
      return [];
    }
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
