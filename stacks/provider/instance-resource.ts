import { waitUntilDrained } from '../local/drain.ts';
import { endInstance, isAlive, startInstance } from '../local/instance-process.ts';
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
  // Only how long it may take to start or drain has changed, which the running process need not know.
  update: (_id, outs, inputs) => Promise.resolve({ ...runningOf(outs), ...inputsOf(inputs) }),
  read: (_id, outs) => Promise.resolve(isAlive(runningOf(outs)) ? outs : null),
  async remove(_id, outs) {
    const settings = inputsOf(outs);
    await waitUntilDrained(settings.router, settings.release, settings.drainSeconds);
    await endInstance(runningOf(outs), settings.drainSeconds);
  },
};

// What Pulumi hands over is what our own program or this provider handed to Pulumi.
function inputsOf(value: unknown): InstanceInputs {
  return value as InstanceInputs;
}

function runningOf(value: unknown): RunningInstance {
  return value as RunningInstance;
}
