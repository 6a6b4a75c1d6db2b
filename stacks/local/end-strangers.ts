import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { endInstance, isAlive, isServiceRunning, readRunning } from './instance-process.ts';
import { readStatus, type RunningInstance } from './instance-record.ts';
import { processesRunning, startOfProcess } from './process-table.ts';

/**
 * Ends the instances that run under a directory and are not wanted, and second ones under a wanted name. Such ones are
 * left when a provider is killed between starting an instance and telling Pulumi of it. Returns their names.
 */
export async function endStrangers(
  directory: string,
  wanted: readonly string[],
  drainSeconds: number,
): Promise<string[]> {
  const ended: string[] = [];
  for (const { name, running } of runningInstances(directory)) {
    const recorded = readRunning(join(directory, name));
    const isKnown = recorded !== null && recorded.supervisor === running.supervisor;
    if (wanted.includes(name) && isKnown) continue;
    // A second one under a wanted name shares its directory, and only its own processes may go.
    if (wanted.includes(name)) endGroup(running.supervisor);
    else await endInstance(running, drainSeconds);
    ended.push(name);
  }
  return ended;
}

export interface FoundInstance {
  name: string;
  running: RunningInstance;
}

/** Every instance that runs under a directory: those on record, and those that only the process table knows. */
export function runningInstances(directory: string): FoundInstance[] {
  return namesIn(directory).flatMap((name) => {
    const place = join(directory, name);
    const recorded = readRunning(place);
    const found: FoundInstance[] = [];
    if (recorded !== null && (isAlive(recorded) || isServiceRunning(readStatus(place))))
      found.push({ name, running: recorded });
    for (const supervisor of processesRunning('instance-supervisor', join(place, 'settings.json'))) {
      const supervisorStart = startOfProcess(supervisor);
      if (supervisor === recorded?.supervisor || supervisorStart === null) continue;
      found.push({ name, running: { directory: place, port: 0, supervisor, supervisorStart } });
    }
    return found;
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    // Nothing has ever been started here.
    return [];
  }
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
