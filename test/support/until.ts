import { setTimeout as wait } from 'node:timers/promises';

/** Waits for a condition; fails with what was waited for when it is not met within the deadline. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineSeconds = 30,
): Promise<void> {
  const deadline = performance.now() + deadlineSeconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${deadlineSeconds} s`);
    await wait(20);
  }
}
