/**
 * Real deaths in real rollouts, the most telling ones: the tool while a share is being set, Pulumi's CLI while a candidate
 * is being started, an instance of stable while everybody is moved. All others are in `npm run bench:rollout
 * crash-schedules`. That a machine loses power is not proved here: what was written is read back by the same kernel.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKillScene } from '../support/kill/kill-scene.ts';
import { runSchedule, type Schedule } from '../support/kill/run-schedule.ts';

const schedules: Schedule[] = [
  { victim: 'tool', effect: 'expose', moment: 'before', delayMs: 50, then: 'resume' },
  { victim: 'cli', effect: 'prepare', moment: 'before', delayMs: 100, then: 'resume' },
  { victim: 'stable', effect: 'flip', moment: 'before', delayMs: 50, then: 'rollback' },
];

test(
  'whoever is killed, the rollout ends settled or rolled back, and the world is as the journal says',
  { skip: process.platform !== 'linux' && 'processes are found through /proc' },
  async () => {
    const scene = await openKillScene({ router: 'embedded', instances: 2, requestsPerSecond: 50 });
    try {
      for (const schedule of schedules) {
        const { isKilled, problems } = await runSchedule(scene, schedule);
        const what = `${schedule.victim} in ${schedule.effect ?? 'a rollout'}`;
        assert.ok(isKilled, `${what}: it was there to die`);
        assert.deepEqual(problems, [], what);
      }
    } finally {
      await scene.close();
    }
  },
);
