import type { RouterSettings } from './router/router.ts';
import { connectRouter } from './router/start-router.ts';

/** Waits for a release's last request when no share leads to it any more; a release that still has one is not waited for. */
export async function waitUntilDrained(
  settings: RouterSettings,
  release: string,
  drainSeconds: number,
): Promise<void> {
  try {
    const router = await connectRouter(settings);
    const shares = await router.shares();
    if (shares.stable?.release === release || shares.candidate?.release === release) return;
    await router.waitUntilIdle(release, drainSeconds);
  } catch {
    // Without a router nobody can be under way.
  }
}
