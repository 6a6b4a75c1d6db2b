/**
 * The real shell, machine, journal, audit log and lock, killed at random points and taken up again, over a target of
 * memory whose updates a kill leaves half done. What this does not prove: that real processes die so cleanly (here a dead
 * one is a promise that never answers), that Pulumi, routers and services survive it, and that the disk keeps what it was
 * told to. `npm run bench:rollout crash-model` runs a thousand of these schedules.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runSchedule, type ScheduleEnd } from '../support/crash-schedule.ts';
import { lockFileOnly, realLock } from '../support/schedule-lock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const schedules = 60;

test('whatever process dies wherever, the next ones bring the rollout to an end that journal, log and target agree on', async (context) => {
  const home = temporaryDirectory(context);
  const ends: ScheduleEnd[] = [];
  for (let number = 1; number <= schedules; number++) {
    const directory = join(home, String(number));
    mkdirSync(directory);
    // The heartbeat is a thread, and dear.
    const takeLock = number % 20 === 0 ? realLock : lockFileOnly;
    try {
      ends.push(await runSchedule({ number, directory, takeLock }));
    } catch (error) {
      throw new Error(`schedule ${number}`, { cause: error });
    }
  }
  const settled = ends.filter(({ phase }) => phase === 'settled').length;
  const crashes = ends.reduce((sum, end) => sum + end.crashes, 0);
  assert.ok(settled > schedules / 10 && settled < schedules * 0.9, `${settled} settled`);
  assert.ok(crashes > schedules, `${crashes} crashes`);
});
