import type { RouterSettings } from './router/router.ts';
import { connectRouter } from './router/start-router.ts';

/** Takes an instance out of its router before it is ended: what is under way may end, what does not is cut at the deadline. */
export async function waitUntilDrained(
  settings: RouterSettings,
  port: number,
  drainSeconds: number,
): Promise<void> {
  try {
    const router = await connectRouter(settings);
    await router.drain(port, drainSeconds);
  } catch {
    // Without a router nobody can be under way.
  }
}
