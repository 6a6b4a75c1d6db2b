import { setTimeout as wait } from 'node:timers/promises';
import { inputFailure } from '../../failure.ts';
import type { DrainOutcome, RouterShares } from './router.ts';

/** What draining needs of a router. */
interface Drainable {
  shares(): Promise<RouterShares>;
  /** Requests, streams and WebSockets that are still there. */
  underWay(): Promise<number>;
  /** No new request from now on. */
  close(): Promise<void>;
  /** Ends what is still under way; answers how much it was. */
  cut(): Promise<number>;
}

const pollMs = 20;

/**
 * Takes a release or an instance out of service: nothing new, time for what is under way, and an end to what will not
 * end. A release that still has users is refused: they would meet nobody.
 */
export async function drainFrom(
  router: Drainable,
  who: string | number,
  deadlineSeconds: number,
): Promise<DrainOutcome> {
  const { stable, candidate, candidateBasisPoints } = await router.shares();
  const hasUsers =
    (who === stable?.release && candidateBasisPoints < 10_000) ||
    (who === candidate?.release && candidateBasisPoints > 0);
  if (hasUsers)
    throw inputFailure(
      'still-in-use',
      `${who} still has a share of the users; move the share before draining it`,
    );
  const deadline = performance.now() + deadlineSeconds * 1000;
  await router.close();
  for (;;) {
    if ((await router.underWay()) === 0) return { isIdle: true, cut: 0 };
    if (performance.now() >= deadline) break;
    await wait(pollMs);
  }
  return { isIdle: false, cut: await router.cut() };
}
