import type { RouterSettings } from '../local/router/router.ts';
import { connectRouter, startRouter, stopRouter } from '../local/router/start-router.ts';
import type { ResourceHandler } from './resource-handler.ts';

/** `evenkeel:local:Router`: the process in front of all instances of a service. */
export const routerResource: ResourceHandler = {
  replaceOn: ['kind', 'publicPort', 'directory', 'healthPath', 'userKey', 'answerSeconds'],
  isAlwaysUpdated: false,
  async create(inputs) {
    const settings = settingsOf(inputs);
    const router = await startRouter(settings);
    return { id: settings.directory, outs: { ...settings, metricsUrl: router.metricsUrl } };
  },
  update: (_id, outs, inputs) => Promise.resolve({ ...settingsOf(outs), ...settingsOf(inputs) }),
  async read(_id, outs) {
    try {
      const router = await connectRouter(settingsOf(outs));
      return { ...settingsOf(outs), metricsUrl: router.metricsUrl };
    } catch {
      return null;
    }
  },
  remove: (_id, outs) => stopRouter(settingsOf(outs)),
};

// What our own program handed to Pulumi.
function settingsOf(value: unknown): RouterSettings {
  const { kind, publicPort, directory, healthPath, userKey, answerSeconds, streamSeconds } =
    value as RouterSettings;
  return { kind, publicPort, directory, healthPath, userKey, answerSeconds, streamSeconds };
}
