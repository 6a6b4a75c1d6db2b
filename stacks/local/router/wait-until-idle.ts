import { setTimeout as wait } from 'node:timers/promises';
import type { RouterCounters } from './router.ts';

/** Whether the release's last request ended before the deadline. */
export async function waitUntilIdle(
  counters: () => Promise<RouterCounters>,
  release: string,
  deadlineSeconds: number,
): Promise<boolean> {
  const deadline = performance.now() + deadlineSeconds * 1000;
  for (;;) {
    const { versions } = await counters();
    if ((versions[release]?.inFlight ?? 0) === 0) return true;
    if (performance.now() >= deadline) return false;
    await wait(20);
  }
}
