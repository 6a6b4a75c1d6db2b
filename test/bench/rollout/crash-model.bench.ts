/**
 * A thousand rollouts, each killed at random points and taken up again until it ends: the real shell, machine, journal,
 * audit log and lock over a target of memory. What a kill does to real processes is another part's to measure.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSchedule, type ScheduleEnd } from '../../support/crash-schedule.ts';
import { lockFileOnly, realLock } from '../../support/schedule-lock.ts';
import type { BenchRow } from '../bench-row.ts';

const schedules = 1000;

/** Every schedule has to end settled or rolled back, with shares, instances, journal and log in agreement. */
export async function crashModelBench(): Promise<BenchRow[]> {
  const home = mkdtempSync(join(tmpdir(), 'evenkeel-crash-'));
  const ends: ScheduleEnd[] = [];
  const failed: string[] = [];
  try {
    for (let number = 1; number <= schedules; number++) {
      const directory = join(home, String(number));
      mkdirSync(directory);
      const takeLock = number % 50 === 0 ? realLock : lockFileOnly;
      try {
        ends.push(await runSchedule({ number, directory, takeLock }));
      } catch (error) {
        failed.push(`${number}: ${error instanceof Error ? error.message : String(error)}`);
      }
      rmSync(directory, { recursive: true, force: true });
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  const settled = ends.filter(({ phase }) => phase === 'settled').length;
  const crashes = ends.reduce((sum, end) => sum + end.crashes, 0);
  return [
    {
      name: 'crash schedules that ended in order',
      value: ends.length,
      unit: `of ${schedules}`,
      goal: 'all',
      isMet: ends.length === schedules,
      detail: [`${settled} settled, the rest went back; ${crashes} crashes`, ...failed.slice(0, 5)].join(
        '; ',
      ),
    },
  ];
}
