import { join } from 'node:path';
import type { ServiceDefinition } from '../exposure.ts';
import { defaultUserKey, type RouterSettings } from './router/router.ts';
import { chooseRouterKind } from './router/start-router.ts';

/** As long as most proxies wait for an answer. */
const answerSeconds = 60;

/** Where a service's router is and what it is; the same answer for the target's program and for the emergency path. */
export function routerSettingsOf(
  service: ServiceDefinition,
  stateDirectory: string,
  env: Readonly<Record<string, string | undefined>>,
): RouterSettings {
  return {
    kind: chooseRouterKind(service.router, env),
    publicPort: service.publicPort,
    directory: join(stateDirectory, 'run', `${service.name}-${service.environment}`, 'router'),
    healthPath: service.healthPath,
    userKey: service.userKey ?? defaultUserKey,
    answerSeconds,
    streamSeconds: service.drainSeconds,
  };
}
