/**
 * Real deaths: every process of a rollout is killed before and after every effect, and then at random moments. Each one has
 * to end settled or rolled back, with the router, the processes, the journal and the log as they should be. Takes more than
 * an hour, both routers side by side. EVENKEEL_CRASH_SCHEDULES sets how many random ones there are.
 */
import type { EffectName } from '../../../policies/rollout/state.ts';
import { openKillScene } from '../../support/kill/kill-scene.ts';
import { runSchedule, type Schedule } from '../../support/kill/run-schedule.ts';
import { victims } from '../../support/kill/victims.ts';
import type { BenchRow } from '../bench-row.ts';
import { seedRandom } from '../judge/seeded-random.ts';

const effects: readonly EffectName[] = [
  'prepare',
  'rehearse',
  'expose',
  'scale',
  'flip',
  'settle',
  'restore',
  'withdraw',
  'reconcile',
  'open-incident',
];
const longestDelayMs = 900;
const longestRunMs = 9000;

export async function benchCrashSchedules(): Promise<BenchRow[]> {
  const count = Number(process.env['EVENKEEL_CRASH_SCHEDULES'] ?? 10);
  const name = `every process before and after every effect, and ${count} deaths at random moments`;
  const measured = (['embedded', 'haproxy'] as const).map((router, index) =>
    measure(name, router, [...matrix(), ...randomSchedules(count, 41 + index)]),
  );
  return await Promise.all(measured);
}

function matrix(): Schedule[] {
  return victims.flatMap((victim) =>
    effects.flatMap((effect) =>
      (['before', 'after'] as const).map((moment, index) => ({
        victim,
        effect,
        moment,
        delayMs: 0,
        then: index === 0 ? ('resume' as const) : ('rollback' as const),
      })),
    ),
  );
}

function randomSchedules(count: number, seed: number): Schedule[] {
  const random = seedRandom(seed, 'deaths', 0);
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[Math.floor(random() * values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  };
  return Array.from({ length: count }, () => {
    const effect = pick([null, ...effects]);
    return {
      victim: pick(victims),
      effect,
      moment: pick(['before', 'after'] as const),
      delayMs: Math.floor(random() * (effect === null ? longestRunMs : longestDelayMs)),
      then: pick(['resume', 'rollback'] as const),
    };
  });
}

async function measure(
  name: string,
  router: 'haproxy' | 'embedded',
  schedules: readonly Schedule[],
): Promise<BenchRow> {
  const scene = await openKillScene({ router, instances: 2, requestsPerSecond: 200 });
  let bad = 0;
  let deaths = 0;
  try {
    for (const schedule of schedules) {
      const { isKilled, phase, problems, seconds } = await runSchedule(scene, schedule);
      if (isKilled) deaths++;
      if (problems.length > 0) bad++;
      const { victim, effect, moment, delayMs, then } = schedule;
      const what = `${victim} ${moment} ${effect ?? 'the start'} + ${delayMs} ms, then ${then}`;
      const died = isKilled ? '' : ' (was not there to die)';
      process.stderr.write(
        `  ${router}: ${what}${died}: ${phase} in ${seconds.toFixed(0)} s${problems.map((one) => `\n    ${one}`).join('')}\n`,
      );
    }
  } finally {
    await scene.close();
  }
  return {
    name: `${router}: ${name}`,
    value: bad,
    unit: 'wrong',
    goal: '0',
    isMet: bad === 0 && deaths > 0,
    detail: `of ${schedules.length}, ${deaths} of them with a death`,
  };
}
