/** What a supervisor tells the router about a service that ended and is started again. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Router, RouterSettings } from '../router/router.ts';
import { connectRouter } from '../router/start-router.ts';

const retryMs = 200;

/**
 * Returns once the router has confirmed that it sends nothing to the port, or does not route it at all. Without a router
 * nobody is sent anywhere, and one that comes back begins with what it had: so it is waited for.
 */
export async function takeOutOfRouter(
  settings: RouterSettings,
  port: number,
  isOver: () => boolean,
): Promise<void> {
  await withRouter(settings, isOver, async (router) => {
    const isRouted = (await router.instances()).some((instance) => instance.port === port);
    if (isRouted) await router.limitInstance({ port, weight: 0, maxConcurrent: null });
  });
}

/**
 * Gives a proven instance everything when no other one of its release is up and routed: judged steps would only turn
 * users away. Otherwise `watchInstances` brings it back.
 */
export async function letInIfAlone(
  settings: RouterSettings,
  port: number,
  isOver: () => boolean,
): Promise<void> {
  await withRouter(settings, isOver, async (router) => {
    const instances = await router.instances();
    const own = instances.find((instance) => instance.port === port);
    const hasOthers = instances.some(
      ({ release, isUp, limit, ...other }) =>
        other.port !== port && release === own?.release && isUp && limit.weight > 0,
    );
    if (own !== undefined && !hasOthers) {
      await router.limitInstance({ port, weight: 100, maxConcurrent: null });
    }
  });
}

/** Does it, again and again until it was done or is over. */
async function withRouter(
  settings: RouterSettings,
  isOver: () => boolean,
  work: (router: Router) => Promise<void>,
): Promise<void> {
  while (!isOver()) {
    try {
      await work(await connectRouter(settings));
      return;
    } catch {
      await wait(retryMs);
    }
  }
}
