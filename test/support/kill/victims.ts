import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instanceNamesOf, instancesDirectoryOf } from '../../../stacks/local/instance-names.ts';
import { readStatus } from '../../../stacks/local/instance-record.ts';
import { startOfProcess } from '../../../stacks/local/process-table.ts';
import { recordedProcesses } from '../../../stacks/provider/process-record.ts';
import { serviceOf, type KillScene, type RunningCommand } from './kill-scene.ts';

export const victims = ['tool', 'cli', 'provider', 'router', 'keeper', 'candidate', 'stable'] as const;

/** Everything that takes part in a rollout and can die. */
export type Victim = (typeof victims)[number];

/** The processes that play this part now, by their ids; none where nobody does. */
export function processesOf(victim: Victim, scene: KillScene, tool: RunningCommand): number[] {
  switch (victim) {
    case 'tool':
      return tool.process.exitCode === null && tool.process.pid !== undefined ? [tool.process.pid] : [];
    case 'cli':
    case 'provider':
      return recordedProcesses(recordsOf(scene))
        .filter(({ role }) => role === victim)
        .map(({ processId }) => processId);
    case 'router':
      return processesNaming(scene.router.directory).filter((id) =>
        /haproxy(?!-)[^\0]*\0|embedded-main/.test(commandOf(id).replace(/keeper-main.*/, '')),
      );
    case 'keeper':
      return processesNaming(scene.router.directory).filter((id) => commandOf(id).includes('keeper-main'));
    case 'candidate':
      return servicesOf(scene, 'candidate');
    case 'stable':
      return servicesOf(scene, 'stable');
  }
}

/** Where CLIs and providers put themselves on record. */
export function recordsOf({ directories }: KillScene): string {
  return join(directories.run, 'pulumi');
}

/** One instance's own process of the version; another instance of it stays. */
function servicesOf(scene: KillScene, version: 'candidate' | 'stable'): number[] {
  const rollout = scene.latest();
  const service = serviceOf(rollout);
  const directory = instancesDirectoryOf(service, scene.directories.home);
  const release = rollout.deployment[version];
  for (const name of instanceNamesOf(release, scene.instances, service)) {
    const status = readStatus(join(directory, name));
    if (status?.processId !== null && status?.processId !== undefined)
      if (startOfProcess(status.processId) === status.processStart) return [status.processId];
  }
  return [];
}

/** Processes with this text anywhere in their command line. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => commandOf(id).includes(text) && startOfProcess(id) !== null);
}

export function commandOf(id: number): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

export function kill(ids: readonly number[]): void {
  for (const id of ids) {
    try {
      process.kill(id, 'SIGKILL');
    } catch {
      // It ended by itself just now.
    }
  }
}
