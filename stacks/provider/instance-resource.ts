import { effectFailure } from '../failure.ts';
import { waitUntilDrained } from '../local/drain.ts';
import { failbackDirectoryOf, writeEvent } from '../local/failback/failback-record.ts';
import { endInstance, isAlive, rewriteSettings, startInstance } from '../local/instance-process.ts';
import type { InstanceSettings, RunningInstance } from '../local/instance-record.ts';
import type { RouterSettings } from '../local/router/router.ts';
import type { ResourceHandler } from './resource-handler.ts';

export type InstanceInputs = Omit<InstanceSettings, 'port'> & {
  /** The router's settings, to let requests under way end before the instance does. */
  router: RouterSettings;
};

/** `evenkeel:local:Instance`: one process of a service, healthy and itself before it counts as created. */
export const instanceResource: ResourceHandler = {
  replaceOn: ['release', 'command', 'workingDirectory', 'directory', 'healthPath', 'env'],
  isAlwaysUpdated: false,
  async create(inputs, signal) {
    const settings = inputsOf(inputs);
    const running = await startInstance(settings, signal);
    return { id: `${settings.name}-${running.supervisor}`, outs: { ...settings, ...running } };
  },
  // Only how long it may take to start or drain has changed, or where it stands: the running process need not know.
  update(_id, outs, inputs) {
    const running = runningOf(outs);
    const settings = inputsOf(inputs);
    rewriteSettings(running, settings);
    return Promise.resolve({ ...running, ...settings });
  },
  read: (_id, outs) => Promise.resolve(isAlive(runningOf(outs)) ? outs : null),
  async remove(_id, outs, signal) {
    const settings = inputsOf(outs);
    await waitUntilDrained(settings.router, runningOf(outs).port, settings.drainSeconds);
    // Nobody wants it ended any more: whoever comes next may need it again.
    if (signal.aborted)
      throw effectFailure('interrupted', `the end of ${settings.name} was called off`, true);
    const problem = await endInstance(runningOf(outs), settings.drainSeconds);
    if (problem !== null) noteKilled(settings, problem);
  },
};

/** It goes into the audit log with the next run: requests that were under way in it are lost. */
function noteKilled({ name, release, zone = null, router }: InstanceInputs, message: string): void {
  writeEvent(failbackDirectoryOf(router.directory), {
    at: new Date().toISOString(),
    instance: name,
    release,
    zone,
    moved: 'killed',
    weight: 0,
    reasonCode: 'not-ended',
    message,
  });
}

// What Pulumi hands over is what our own program or this provider handed to Pulumi.
function inputsOf(value: unknown): InstanceInputs {
  return value as InstanceInputs;
}

function runningOf(value: unknown): RunningInstance {
  return value as RunningInstance;
}
